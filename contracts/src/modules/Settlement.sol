// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";
import {Ids} from "../lib/Ids.sol";
import {ClaimSlotLib, DisputeSlot, DisputeSlotLib} from "../lib/Slots.sol";
import {Disputes} from "./Disputes.sol";

/// @title Settlement
/// @notice Hands out what lies in a dispute that is over, once, and reopens the request of a rejected claim.
/// @dev Apart from the verdict, so that a verdict costs the same whoever wins and rejection stays one write,
///      however many disputes were alive. Anybody may call: the receivers are fixed.
abstract contract Settlement is Disputes {
    /// @inheritdoc IOpML
    function collect(Claim calldata claim_, address challenger, uint64 nonce)
        external
        override
        nonReentrant
    {
        bytes32 claimId = Ids.ofSentClaim(claim_);
        bytes32 disputeId = Ids.ofDispute(claimId, challenger, nonce);
        DisputeSlot slot = _disputes[disputeId];
        if (slot.equals(DisputeSlotLib.NONE)) revert DisputeNotOver(disputeId);
        bool live = slot.isLive();
        if (live && _claims[claimId].status() != ClaimSlotLib.REJECTED) {
            revert DisputeNotOver(disputeId);
        }
        if (!live && slot.isCollected()) revert AlreadyCollected(disputeId);
        _disputes[disputeId] = slot.collected();
        emit Collected(disputeId, claimId);

        Profile memory profile = _profiles[claim_.profile];
        uint256 bond = _bond(profile);
        if (live) {
            // Another dispute rejected the claim.
            _credit(challenger, bond);
        } else if (slot.winner() == DisputeSlotLib.SUBMITTER_WON) {
            // A quarter goes to nobody: who plays both sides pays for it.
            uint256 burnt = bond / 4;
            _burn(burnt);
            _credit(claim_.submitter, bond - burnt);
        } else {
            uint256 stake = _stake(profile, claim_.round);
            uint256 burnt = stake / 2;
            _burn(burnt);
            _credit(challenger, bond + stake - burnt);
            _requests[claim_.requestId] = _requests[claim_.requestId].nextRound();
            emit ClaimRejected(claimId, claim_.requestId, disputeId);
        }
    }
}
