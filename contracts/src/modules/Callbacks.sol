// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLCallback} from "../interfaces/IOpMLCallback.sol";
import {Ids} from "../lib/Ids.sol";
import {Seam} from "../lib/Seam.sol";
import {RequestSlot, RequestSlotLib} from "../lib/Slots.sol";
import {State} from "./State.sol";

/// @title Callbacks
/// @notice Hands a final answer to the contract that the request names.
abstract contract Callbacks is State {
    /// @dev What is left over for the call itself (a cold account, twice for a delegated one) and for what
    ///      follows it.
    uint256 private constant GAS_MARGIN = 60_000;

    /// @notice Calls with exactly the gas that the request names, and records how it went.
    /// @dev The last thing of a call: everything else is written before.
    function _deliver(
        bytes32 requestId,
        RequestSlot slot,
        Request calldata request_,
        uint8 outcome,
        bytes calldata output,
        bytes calldata data
    ) internal {
        address callback = request_.callback;
        uint256 gasLimit = request_.gasLimit;
        bytes memory message = outcome == Seam.DONE
            ? abi.encodeCall(IOpMLCallback.onInference, (requestId, output, data))
            : abi.encodeCall(IOpMLCallback.onFailure, (requestId, outcome, data));

        // All but one 64th of the gas goes along with a call. Without this check anybody could finalise with so
        // little that the callback runs out and still count as delivered or failed.
        uint256 required = gasLimit + gasLimit / 63 + GAS_MARGIN;
        uint256 available = gasleft();
        if (available < required) revert NotEnoughGas(required, available);

        bool delivered;
        // No return data is copied. An account without code would accept any call.
        assembly ("memory-safe") {
            if extcodesize(callback) {
                delivered := call(gasLimit, callback, 0, add(message, 0x20), mload(message), 0, 0)
            }
        }

        if (delivered) {
            _requests[requestId] = slot.withCallback(RequestSlotLib.CALLBACK_DELIVERED);
            emit CallbackDelivered(requestId, callback);
        } else {
            _requests[requestId] = slot.withCallback(RequestSlotLib.CALLBACK_FAILED);
            emit CallbackFailed(requestId, callback);
        }
    }

    /// @notice Checks that request, claim, output and data belong together.
    function _checkAnswer(
        Request calldata request_,
        Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) internal view {
        bytes32 requestId = Ids.ofSentRequest(request_);
        if (requestId != claim_.requestId) revert WrongRequest(claim_.requestId, requestId);
        bytes32 outputHash = keccak256(output);
        if (outputHash != claim_.outputHash) revert WrongOutput(claim_.outputHash, outputHash);
        bytes32 dataHash = keccak256(data);
        if (dataHash != request_.dataHash) revert WrongData(request_.dataHash, dataHash);
    }
}
