// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {Ids} from "../lib/Ids.sol";
import {ClaimSlotLib, RequestSlot, RequestSlotLib} from "../lib/Slots.sol";
import {Callbacks} from "./Callbacks.sol";
import {Delegated} from "./Delegated.sol";

/// @title Withdrawals
/// @notice What waits to be fetched: credits, and answers whose callback has failed.
abstract contract Withdrawals is Callbacks, Delegated, IBackOffice {
    /// @inheritdoc IBackOffice
    function withdraw(address payable to) external override delegated nonReentrant {
        uint256 amount = _credits[msg.sender];
        if (amount == 0) revert NothingToWithdraw(msg.sender);
        _credits[msg.sender] = 0;
        emit Withdrawn(msg.sender, to, amount);

        bool success;
        // No return data is copied: it could be made to cost more gas than there is.
        assembly ("memory-safe") {
            success := call(gas(), to, amount, 0, 0, 0, 0)
        }
        if (!success) revert TransferFailed(to);
    }

    /// @inheritdoc IBackOffice
    function retryCallback(
        Request calldata request_,
        Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) external override delegated nonReentrant {
        bytes32 claimId = Ids.ofSentClaim(claim_);
        uint8 status = _claims[claimId].status();
        if (status != ClaimSlotLib.FINAL) revert ClaimNotFinal(claimId, status);
        _checkAnswer(request_, claim_, output, data);
        bytes32 requestId = claim_.requestId;
        RequestSlot slot = _requests[requestId];
        uint8 state = slot.callbackState();
        if (state != RequestSlotLib.CALLBACK_FAILED) revert CallbackNotPending(requestId, state);

        _deliver(requestId, slot, request_, claim_.outcome, output, data);
    }

    /// @inheritdoc IBackOffice
    function credits(address account) external view override delegated returns (uint256) {
        return _credits[account];
    }
}
