// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLGame} from "../interfaces/IOpMLGame.sol";
import {Ids} from "../lib/Ids.sol";
import {RequestSlot, RequestSlotLib} from "../lib/Slots.sol";
import {State} from "./State.sol";

/// @title Requests
/// @notice A question with its fee: which model, which court, which input, whom to call.
abstract contract Requests is State, IOpMLGame {
    /// @dev A request that could not be finalised within one transaction would lock its submitter's stake. With these
    ///      two bounds an output that fits into a claim of 2^24 gas (EIP-7825) fits into `finalise`, too: a claim
    ///      hashes the output to a tree, which costs more than callback and data.
    uint32 private constant MAX_CALLBACK_GAS = 2_000_000;
    uint256 private constant MAX_DATA = 4096;

    /// @inheritdoc IOpMLGame
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
        _checkServing(guest);
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
        _requests[requestId] =
            RequestSlotLib.opened(feeGwei, deadline, guest, callback != address(0));
        emit Requested(requestId, model, asked, msg.value, deadline, input, data);
    }

    /// @inheritdoc IOpMLGame
    function requestSlot(bytes32 requestId) external view override returns (uint256) {
        return RequestSlot.unwrap(_requests[requestId]);
    }
}
