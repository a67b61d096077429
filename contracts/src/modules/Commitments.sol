// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";
import {Ids} from "../lib/Ids.sol";
import {Money} from "../lib/Money.sol";
import {ClaimSlot, ClaimSlotLib, RequestSlot, RequestSlotLib} from "../lib/Slots.sol";
import {Callbacks} from "./Callbacks.sol";

/// @title Commitments
/// @notice The stake and the hash of an answer, before the answer itself, so that nobody can copy one that it has not computed.
/// @dev A commitment is the slot of the claim that it may become. What it committed to decides about its money, whether it was
///      revealed or not; so to commit to several answers costs the stakes of all but one.
abstract contract Commitments is Callbacks {
    mapping(bytes32 claimId => ClaimSlot) internal _claims;

    /// @inheritdoc IOpML
    function commit(bytes32 requestId, uint32 round, uint8 profile, bytes32 content)
        external
        payable
        override
        nonReentrant
        returns (bytes32 claimId)
    {
        RequestSlot slot = _openRequest(requestId);
        if (block.timestamp > slot.deadline()) revert DeadlinePassed(requestId, slot.deadline());
        if (round != slot.round()) revert WrongRound(slot.round(), round);
        Profile memory parameters = _profiles[profile];
        if (parameters.window == 0) revert UnknownProfile(profile);
        uint256 stake = _stake(parameters, round);
        if (msg.value != stake) revert WrongStake(stake, msg.value);
        claimId = Ids.ofCommitment(requestId, round, msg.sender, content);
        uint8 status = _claims[claimId].status();
        if (status != ClaimSlotLib.NONE) revert CommitmentExists(claimId, status);

        _claims[claimId] = ClaimSlotLib.committed(msg.sender, profile);
        emit Committed(claimId, requestId, msg.sender, round, profile);
    }

    /// @inheritdoc IOpML
    function takeBack(Claim calldata claim_, Claim calldata final_) external override nonReentrant {
        (bytes32 claimId, uint256 stake) = _release(claim_);
        if (!_isAnswer(claim_, final_)) revert WrongEndState(final_.sn, claim_.sn);

        emit TakenBack(claimId, claim_.requestId);
        _credit(claim_.submitter, stake);
    }

    /// @inheritdoc IOpML
    function takeBackLate(Claim calldata claim_) external override nonReentrant {
        (bytes32 claimId, uint256 stake) = _release(claim_);
        bytes32 requestId = claim_.requestId;
        uint8 status = _requests[requestId].status();
        if (status != RequestSlotLib.REFUNDED) revert RequestNotRefunded(requestId, status);

        emit TakenBack(claimId, requestId);
        uint256 fee = Money.latenessFee(stake);
        _burn(fee);
        _credit(claim_.submitter, stake - fee);
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
