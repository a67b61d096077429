// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Ids} from "../lib/Ids.sol";
import {RequestSlotLib} from "../lib/Slots.sol";
import {State} from "./State.sol";

/// @title Asking
/// @notice What makes a request of a question, alone or in a batch.
abstract contract Asking is State {
    /// @dev A request that could not be finalised within one transaction would lock its submitter's stake. With these
    ///      two bounds an output that fits into a claim of 2^24 gas (EIP-7825) fits into `finalise`, too: a claim
    ///      hashes the output to a tree and has it in its event, which costs more than callback and data. Dapps of
    ///      other oracles ask for callbacks of five million gas, and a front adds what its delivery takes.
    uint32 private constant MAX_CALLBACK_GAS = 6_000_000;
    uint256 private constant MAX_DATA = 4096;

    /// @notice Opens a request to claims. The fee is somebody else's to take.
    /// @param asked The request; its hashes of input and data are filled in here.
    /// @param fee In base units.
    function _ask(
        Request memory asked,
        uint32 deadline,
        uint256 fee,
        bytes calldata input,
        bytes calldata data
    ) internal returns (bytes32 requestId) {
        ModelBounds memory bounds = _models[asked.model];
        if (bounds.maxLargeSteps == 0) revert UnknownModel(asked.model);
        if (address(_guests[asked.guest].verifier) == address(0)) revert UnknownGuest(asked.guest);
        _checkServing(asked.guest);
        if (_profiles[asked.profile].window == 0) revert UnknownProfile(asked.profile);
        if (input.length < bounds.minInput || input.length > bounds.maxInput) {
            revert BadInputLength(input.length, bounds.minInput, bounds.maxInput);
        }
        if (data.length > MAX_DATA) revert BadDataLength(data.length, MAX_DATA);
        if (asked.gasLimit > MAX_CALLBACK_GAS) {
            revert BadGasLimit(asked.gasLimit, MAX_CALLBACK_GAS);
        }
        if (deadline <= block.timestamp) revert BadDeadline(deadline);
        uint256 units = fee / _unit();
        if (fee % _unit() != 0 || units > type(uint64).max) revert FeeNotInUnits(fee, _unit());

        asked.inputHash = keccak256(input);
        asked.dataHash = keccak256(data);
        requestId = Ids.ofRequest(asked);
        if (_requests[requestId].status() != RequestSlotLib.NONE) revert RequestExists(requestId);
        _requests[requestId] =
            RequestSlotLib.opened(units, deadline, asked.guest, asked.callback != address(0));
        emit Requested(requestId, asked.model, asked, fee, deadline, input, data);
    }
}
