// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";
import {Ids} from "../lib/Ids.sol";
import {Money} from "../lib/Money.sol";
import {Position} from "../lib/Position.sol";
import {ClaimSlotLib, DisputeSlot, DisputeSlotLib} from "../lib/Slots.sol";
import {Disputes} from "./Disputes.sol";

/// @title Settlement
/// @notice Hands out what lies in a dispute that is over, once, and reopens the request of a rejected claim.
/// @dev Apart from the verdict, so that a verdict costs the same whoever wins and rejection stays one write,
///      however many disputes were alive. Anybody may call: the receivers are fixed. The order does not matter: the
///      number of disputes that share a lost stake stands in the claim's slot and changes no more.
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
        if (slot.equals(DisputeSlotLib.NONE) || slot.isLive()) revert DisputeNotOver(disputeId);
        if (slot.isCollected()) revert AlreadyCollected(disputeId);
        _disputes[disputeId] = slot.collected();
        emit Collected(disputeId, claimId);

        Profile memory profile = _profiles[claim_.profile];
        uint256 base = _bond(profile);
        uint256 bond = Money.bond(base, slot.bondIndex());
        if (slot.rejectedClaim()) {
            uint256 stake = _stake(profile, claim_.round);
            uint256 others = _claims[claimId].liveDisputes();
            uint256 burnt = stake / 2;
            _burn(burnt);
            _credit(challenger, bond + stake - burnt - others * Money.share(stake, others));
            _requests[claim_.requestId] = _requests[claim_.requestId].nextRound();
            emit ClaimRejected(claimId, claim_.requestId, disputeId);
        } else {
            uint256 gain = Money.repelled(base, profile.arityBits, slot.lists());
            // At least a quarter goes to nobody: who plays both sides pays for it.
            _burn(bond - gain);
            _credit(claim_.submitter, gain);
        }
    }

    /// @inheritdoc IOpML
    function collectUnfinished(
        Claim calldata claim_,
        address challenger,
        uint64 nonce,
        uint256 position,
        bytes32 listRoot,
        address winner,
        uint64 winnerNonce
    ) external override nonReentrant {
        bytes32 claimId = Ids.ofSentClaim(claim_);
        bytes32 disputeId = Ids.ofDispute(claimId, challenger, nonce);
        DisputeSlot slot = _disputes[disputeId];
        if (!slot.isLive() && slot.isCollected()) revert AlreadyCollected(disputeId);
        if (_claims[claimId].status() != ClaimSlotLib.REJECTED) revert DisputeNotOver(disputeId);
        if (!slot.equals(DisputeSlotLib.live(position, listRoot))) revert StalePosition(disputeId);
        bytes32 winnerId = Ids.ofDispute(claimId, winner, winnerNonce);
        DisputeSlot verdict = _disputes[winnerId];
        if (verdict.isLive() || !verdict.rejectedClaim()) revert NotWinner(winnerId);
        _disputes[disputeId] = slot.collected();
        emit Collected(disputeId, claimId);

        Profile memory profile = _profiles[claim_.profile];
        uint256 base = _bond(profile);
        Position last = Position.wrap(position);
        uint256 share = Money.share(_stake(profile, claim_.round), _claims[claimId].liveDisputes());
        uint256 repaid = Money.repaid(share, base, profile.arityBits, last.lists());
        _credit(challenger, Money.bond(base, last.bondIndex()) + repaid);
        if (repaid != share) _credit(winner, share - repaid);
    }
}
