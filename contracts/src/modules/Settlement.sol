// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {Ids} from "../lib/Ids.sol";
import {Money} from "../lib/Money.sol";
import {Position} from "../lib/Position.sol";
import {
    ClaimSlot,
    ClaimSlotLib,
    DisputeSlot,
    DisputeSlotLib,
    RequestSlot,
    RequestSlotLib
} from "../lib/Slots.sol";
import {Refunds} from "./Refunds.sol";

/// @title Settlement
/// @notice Hands out what lies in a dispute that is over, once, and reopens the request of a rejected claim.
/// @dev Apart from the verdict, so that a verdict costs the same whoever wins and rejection stays one write,
///      however many disputes were alive. Anybody may call: the receivers are fixed. The order does not matter: the
///      number of disputes that share a lost stake stands in the claim's slot and changes no more.
///      What was lost by time waits for the end of the request, because a clock proves nothing: docs/protocol.md §9.
abstract contract Settlement is Refunds {
    /// @notice What the end of a claim says about the money in its disputes.
    enum End {
        OPEN, // nothing yet
        TRUE, // it is the answer
        FALSE, // it is not
        UNKNOWN, // there will be no answer: what was played counts
        ANNULLED // there will be no answer, because the guest version was retired: what waits goes back
    }

    /// @inheritdoc IBackOffice
    function collect(Claim calldata claim_, address challenger, uint64 nonce)
        external
        override
        delegated
        nonReentrant
    {
        bytes32 claimId = Ids.ofSentClaim(claim_);
        bytes32 disputeId = Ids.ofDispute(claimId, challenger, nonce);
        DisputeSlot slot = _disputes[disputeId];
        if (slot.equals(DisputeSlotLib.NONE) || slot.isLive()) revert DisputeNotOver(disputeId);
        if (slot.isCollected()) revert AlreadyCollected(disputeId);
        Profile memory profile = _profiles[claim_.profile];
        bool rejected = slot.rejectedClaim();
        bool byTimeout = slot.byTimeout();
        bool reopened = rejected && _reopen(claim_, claimId, disputeId, profile.clock);
        End end = _endOf(claimId, claim_.requestId);
        if (byTimeout && end == End.OPEN) {
            if (reopened) return;
            revert DisputeNotOver(disputeId);
        }
        _disputes[disputeId] = slot.collected();
        emit Collected(disputeId, claimId);

        uint256 bond = Money.bond(_bond(profile), slot.bondIndex());
        if (rejected && end == End.ANNULLED) {
            _credit(challenger, bond);
            _credit(claim_.submitter, _stake(profile, claim_.round));
        } else if (rejected && end != End.TRUE) {
            uint256 stake = _stake(profile, claim_.round);
            uint256 others = _claims[claimId].liveDisputes();
            uint256 burnt = stake / 2;
            _burn(burnt);
            _credit(challenger, bond + stake - burnt - others * Money.share(stake, others));
        } else if (byTimeout && (end == End.FALSE || end == End.ANNULLED)) {
            _credit(challenger, bond);
        } else {
            _forfeit(claim_.submitter, profile, bond, slot.lists());
        }
    }

    /// @inheritdoc IBackOffice
    function collectUnfinished(
        Claim calldata claim_,
        address challenger,
        uint64 nonce,
        uint256 position,
        bytes32 listRoot,
        address winner,
        uint64 winnerNonce
    ) external override delegated nonReentrant {
        bytes32 claimId = Ids.ofSentClaim(claim_);
        bytes32 disputeId = Ids.ofDispute(claimId, challenger, nonce);
        DisputeSlot slot = _disputes[disputeId];
        if (!slot.isLive() && slot.isCollected()) revert AlreadyCollected(disputeId);
        End end = _endOf(claimId, claim_.requestId);
        if (end == End.OPEN) revert DisputeNotOver(disputeId);
        if (!slot.equals(DisputeSlotLib.live(position, listRoot))) revert StalePosition(disputeId);
        if (end != End.ANNULLED) {
            bytes32 winnerId = Ids.ofDispute(claimId, winner, winnerNonce);
            DisputeSlot verdict = _disputes[winnerId];
            if (verdict.isLive() || !verdict.rejectedClaim()) revert NotWinner(winnerId);
        }
        _disputes[disputeId] = slot.collected();
        emit Collected(disputeId, claimId);

        Profile memory profile = _profiles[claim_.profile];
        uint256 base = _bond(profile);
        Position last = Position.wrap(position);
        uint256 bond = Money.bond(base, last.bondIndex());
        if (end == End.ANNULLED) return _credit(challenger, bond);
        if (end == End.TRUE) return _forfeit(claim_.submitter, profile, bond, last.lists());
        uint256 share = Money.share(_stake(profile, claim_.round), _claims[claimId].liveDisputes());
        uint256 repaid = Money.repaid(share, base, profile.arityBits, last.lists());
        _credit(challenger, bond + repaid);
        if (repaid != share) _credit(winner, share - repaid);
    }

    /// @inheritdoc IBackOffice
    function judge(Claim calldata claim_, Claim calldata final_)
        external
        override
        delegated
        nonReentrant
    {
        bytes32 claimId = Ids.ofSentClaim(claim_);
        ClaimSlot slot = _claims[claimId];
        uint8 status = slot.status();
        if (status != ClaimSlotLib.TIMED_OUT) revert ClaimNotTimedOut(claimId, status);
        bool right = _isAnswer(claim_, final_);
        _claims[claimId] = slot.withStatus(right ? ClaimSlotLib.LATE : ClaimSlotLib.REJECTED);
        emit Judged(claimId, claim_.requestId, right);
        if (!right) return;

        Profile memory profile = _profiles[claim_.profile];
        uint256 stake = _stake(profile, claim_.round);
        uint256 fee = Money.latenessFee(stake);
        uint256 reward = Money.successor(_bond(profile));
        _burn(fee - reward);
        _credit(claim_.submitter, stake - fee);
        _credit(final_.submitter, reward);
    }

    /// @notice Opens the request of a rejected claim to its next round, if nobody has.
    function _reopen(Claim calldata claim_, bytes32 claimId, bytes32 disputeId, uint256 clock)
        private
        returns (bool)
    {
        bytes32 requestId = claim_.requestId;
        RequestSlot slot = _requests[requestId];
        if (slot.round() != claim_.round) return false;
        slot = slot.nextRound(block.timestamp + clock);
        _requests[requestId] = slot;
        emit ClaimRejected(claimId, requestId, disputeId, slot.deadline());
        return true;
    }

    function _endOf(bytes32 claimId, bytes32 requestId) private view returns (End) {
        uint8 status = _claims[claimId].status();
        if (status == ClaimSlotLib.FINAL || status == ClaimSlotLib.LATE) return End.TRUE;
        if (status == ClaimSlotLib.REJECTED) return End.FALSE;
        if (status == ClaimSlotLib.ANNULLED) return End.ANNULLED;
        RequestSlot request_ = _requests[requestId];
        if (status != ClaimSlotLib.TIMED_OUT || request_.status() != RequestSlotLib.REFUNDED) {
            return End.OPEN;
        }
        return request_.isAnnulled() ? End.ANNULLED : End.UNKNOWN;
    }

    /// @notice Pays the submitter for its answers out of a bond that is lost. At least a quarter goes to nobody: who plays both
    ///         sides pays for it.
    function _forfeit(address submitter, Profile memory profile, uint256 bond, uint256 lists)
        private
    {
        uint256 gain = Money.repelled(_bond(profile), profile.arityBits, lists);
        _burn(bond - gain);
        _credit(submitter, gain);
    }
}
