// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {Ids} from "../lib/Ids.sol";
import {Money} from "../lib/Money.sol";
import {ClaimSlot, ClaimSlotLib, RequestSlot, RequestSlotLib} from "../lib/Slots.sol";
import {Delegated} from "./Delegated.sol";
import {State} from "./State.sol";

/// @title Refunds
/// @notice Fees and stakes that go back to who put them in: of a request that nobody answers, of a commitment that lost its race,
///         and of what was open when its guest version was retired.
abstract contract Refunds is State, Delegated, IBackOffice {
    /// @inheritdoc IBackOffice
    function refund(Request calldata request_) external override delegated nonReentrant {
        bytes32 requestId = Ids.ofSentRequest(request_);
        RequestSlot slot = _openRequest(requestId);
        bool annulled = _guests[request_.guest].retired;
        // Who committed in time has a clock's time to reveal.
        uint256 last = slot.deadline() + uint256(_profiles[request_.profile].clock);
        if (!annulled && block.timestamp <= last) revert DeadlineNotPassed(requestId, last);
        _refund(requestId, slot, request_.requester, annulled);
    }

    /// @inheritdoc IBackOffice
    function annul(Request calldata request_, Claim calldata claim_)
        external
        override
        delegated
        nonReentrant
    {
        bytes32 claimId = Ids.ofSentClaim(claim_);
        ClaimSlot slot = _openClaim(claimId);
        if (!_guests[claim_.guest].retired) revert ServingGuest(claim_.guest);
        bytes32 requestId = Ids.ofSentRequest(request_);
        if (requestId != claim_.requestId) revert WrongRequest(claim_.requestId, requestId);

        _claims[claimId] = slot.withStatus(ClaimSlotLib.ANNULLED);
        emit ClaimAnnulled(claimId, requestId);
        _refund(requestId, _requests[requestId], request_.requester, true);
        _credit(claim_.submitter, _stake(_profiles[claim_.profile], claim_.round));
    }

    /// @inheritdoc IBackOffice
    function takeBack(Claim calldata claim_, Claim calldata final_)
        external
        override
        delegated
        nonReentrant
    {
        (bytes32 claimId, uint256 stake) = _release(claim_);
        if (!_isAnswer(claim_, final_)) revert WrongEndState(final_.sn, claim_.sn);

        emit TakenBack(claimId, claim_.requestId);
        _credit(claim_.submitter, stake);
    }

    /// @inheritdoc IBackOffice
    function takeBackLate(Claim calldata claim_) external override delegated nonReentrant {
        (bytes32 claimId, uint256 stake) = _release(claim_);
        bytes32 requestId = claim_.requestId;
        RequestSlot slot = _requests[requestId];
        uint8 status = slot.status();
        if (status != RequestSlotLib.REFUNDED) revert RequestNotRefunded(requestId, status);

        emit TakenBack(claimId, requestId);
        if (slot.isAnnulled()) return _credit(claim_.submitter, stake);
        uint256 fee = Money.latenessFee(stake);
        _burn(fee);
        _credit(claim_.submitter, stake - fee);
    }

    /// @notice Ends a request without an answer.
    /// @param annulled Whether it ends because its guest version was retired: then nothing that was open is lost.
    function _refund(bytes32 requestId, RequestSlot slot, address requester, bool annulled)
        private
    {
        slot = slot.withStatus(RequestSlotLib.REFUNDED);
        _requests[requestId] = annulled ? slot.annulled() : slot;
        uint256 fee = slot.fee() * _unit();
        emit Refunded(requestId, requester, fee);
        if (annulled) emit RequestAnnulled(requestId);
        _credit(requester, fee);
    }

    /// @notice Whether `claim_` has the end state of `final_`, which must be the final claim of the same request.
    function _isAnswer(Claim calldata claim_, Claim calldata final_) internal view returns (bool) {
        bytes32 finalId = Ids.ofSentClaim(final_);
        uint8 status = _claims[finalId].status();
        if (status != ClaimSlotLib.FINAL) revert ClaimNotFinal(finalId, status);
        if (final_.requestId != claim_.requestId) {
            revert WrongRequest(claim_.requestId, final_.requestId);
        }
        return final_.sn == claim_.sn;
    }

    /// @notice Closes a commitment that is opened to `claim_`.
    /// @return claimId Its id.
    /// @return stake What was paid with it: by the profile in its slot, for nobody has looked whether it is the request's.
    function _release(Claim calldata claim_) private returns (bytes32 claimId, uint256 stake) {
        claimId = Ids.ofSentClaim(claim_);
        ClaimSlot slot = _claims[claimId];
        uint8 status = slot.status();
        if (status != ClaimSlotLib.COMMITTED) revert NotCommitted(claimId, status);
        _claims[claimId] = slot.withStatus(ClaimSlotLib.TAKEN_BACK);
        stake = _stake(_profiles[slot.profile()], claim_.round);
    }
}
