// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";
import {Ids} from "../lib/Ids.sol";
import {RequestSlot, RequestSlotLib} from "../lib/Slots.sol";
import {Credits} from "./Credits.sol";
import {Registry} from "./Registry.sol";

/// @title Requests
/// @notice A question with its fee: which model, which court, which input, whom to call.
abstract contract Requests is Registry, Credits {
    /// @dev A request that could not be finalised within one transaction would lock its submitter's stake. With these
    ///      two bounds an output that fits into a claim of 2^24 gas (EIP-7825) fits into `finalise`, too: a claim
    ///      hashes the output to a tree, which costs more than callback and data.
    uint32 private constant MAX_CALLBACK_GAS = 2_000_000;
    uint256 private constant MAX_DATA = 4096;

    mapping(bytes32 requestId => RequestSlot) internal _requests;

    /// @inheritdoc IOpML
    function request(
        bytes32 model,
        uint8 guest,
        uint8 profile,
        uint64 nonce,
        uint32 deadline,
        bytes calldata input,
        address callback,
        uint32 gasLimit,
        bytes calldata data
    ) external payable override nonReentrant returns (bytes32 requestId) {
        ModelBounds memory bounds = _models[model];
        if (bounds.maxLargeSteps == 0) revert UnknownModel(model);
        if (address(_guests[guest].verifier) == address(0)) revert UnknownGuest(guest);
        if (_profiles[profile].window == 0) revert UnknownProfile(profile);
        if (input.length < bounds.minInput || input.length > bounds.maxInput) {
            revert BadInputLength(input.length, bounds.minInput, bounds.maxInput);
        }
        if (data.length > MAX_DATA) revert BadDataLength(data.length, MAX_DATA);
        if (gasLimit > MAX_CALLBACK_GAS) revert BadGasLimit(gasLimit, MAX_CALLBACK_GAS);
        if (deadline <= block.timestamp) revert BadDeadline(deadline);
        uint256 feeGwei = msg.value / 1 gwei;
        if (msg.value % 1 gwei != 0 || feeGwei > type(uint64).max) revert FeeNotInGwei(msg.value);

        Request memory asked = Request({
            requester: msg.sender,
            nonce: nonce,
            model: model,
            guest: guest,
            profile: profile,
            inputHash: keccak256(input),
            callback: callback,
            gasLimit: gasLimit,
            dataHash: keccak256(data)
        });
        requestId = Ids.ofRequest(asked);
        if (_requests[requestId].status() != RequestSlotLib.NONE) revert RequestExists(requestId);
        _requests[requestId] = RequestSlotLib.opened(feeGwei, deadline, callback != address(0));
        emit Requested(requestId, model, asked, msg.value, deadline, input, data);
    }

    /// @inheritdoc IOpML
    function refund(Request calldata request_) external override nonReentrant {
        bytes32 requestId = Ids.ofSentRequest(request_);
        RequestSlot slot = _openRequest(requestId);
        // Who committed in time has a clock's time to reveal.
        uint256 last = slot.deadline() + uint256(_profiles[request_.profile].clock);
        if (block.timestamp <= last) revert DeadlineNotPassed(requestId, last);

        _requests[requestId] = slot.withStatus(RequestSlotLib.REFUNDED);
        uint256 fee = slot.fee();
        emit Refunded(requestId, request_.requester, fee);
        _credit(request_.requester, fee);
    }

    /// @inheritdoc IOpML
    function requestSlot(bytes32 requestId) external view override returns (uint256) {
        return RequestSlot.unwrap(_requests[requestId]);
    }

    /// @notice The slot of a request that is open to a claim.
    function _openRequest(bytes32 requestId) internal view returns (RequestSlot slot) {
        slot = _requests[requestId];
        uint8 status = slot.status();
        if (status != RequestSlotLib.OPEN) revert RequestNotOpen(requestId, status);
    }
}
