// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLTypes} from "../interfaces/IOpMLTypes.sol";
import {Ids} from "../lib/Ids.sol";
import {Seam} from "../lib/Seam.sol";
import {ClaimSlot, ClaimSlotLib} from "../lib/Slots.sol";
import {Draws} from "./Draws.sol";
import {Enrolments} from "./Enrolments.sol";
import {EpochTrace} from "./EpochTrace.sol";
import {IAttention} from "./IAttention.sol";
import {Seats} from "./Seats.sol";

/// @title Judgement
/// @notice Holds answers, and the lack of one, against the end state of the final claim: nobody else's word counts.
abstract contract Judgement is Seats, Enrolments {
    using EpochTrace for EpochTrace.Point[];

    /// @dev Part of what is taken that goes to who shows it. The rest is burned: a validator that shows its own silence gets no
    ///      more than this back.
    uint256 private constant BOUNTY_DIVISOR = 4;

    /// @inheritdoc IAttention
    function reward(IOpMLTypes.Claim calldata final_, address validator, uint256 index)
        external
        override
        nonReentrant
    {
        (bool right,) = _judge(final_, validator, index);
        if (!right) revert WrongAnswer(final_.requestId, validator);
        // At most one for each draw: funded.
        ++_enrolments[final_.requestId].rewarded;
        emit Rewarded(final_.requestId, validator, _reward);
        _credit(validator, _reward);
    }

    /// @inheritdoc IAttention
    function slash(IOpMLTypes.Claim calldata final_, address validator, uint256 index)
        external
        override
        nonReentrant
    {
        (bool right, bool answered) = _judge(final_, validator, index);
        if (right) revert RightAnswer(final_.requestId, validator);
        bytes32 model = _enrolments[final_.requestId].model;
        Member storage member = _members[model][validator];
        member.deposit -= uint128(_slash);
        emit Slashed(final_.requestId, validator, msg.sender, answered);
        // Its deposit is no more what a seat has to have.
        _dismiss(model, validator, member);
        uint256 bounty = _slash / BOUNTY_DIVISOR;
        emit Burned(_slash - bounty);
        _credit(msg.sender, bounty);
    }

    /// @notice Judges a validator that was drawn and called, once.
    /// @return right Whether it has answered with the end state of the final claim.
    /// @return answered Whether it has answered.
    function _judge(IOpMLTypes.Claim calldata final_, address validator, uint256 index)
        private
        returns (bool right, bool answered)
    {
        bytes32 requestId = final_.requestId;
        Enrolment memory enrolment = _enrolments[requestId];
        if (enrolment.funder == address(0)) revert NotEnrolled(requestId);
        if (!_isJudged(enrolment.epoch)) revert JudgementOver(requestId, enrolment.epoch);
        if (enrolment.blockNumber == 0) revert NotDrawn(requestId);
        _checkFinal(final_);
        _checkDrawn(requestId, enrolment, validator, index);
        bool called = Draws.called(enrolment.rand, requestId, validator, final_.sn, _target);
        if (!called) revert NotCalled(requestId, validator);

        bytes32 given = _answers[requestId][validator];
        if (given == JUDGED) revert AlreadyJudged(requestId, validator);
        _answers[requestId][validator] = JUDGED;
        return (given == Draws.answer(requestId, final_.sn, validator), given != 0);
    }

    /// @notice Only the answer of the request judges: not a claim that may fall, nor a failure, whose end state anybody may know.
    function _checkFinal(IOpMLTypes.Claim calldata final_) private view {
        bytes32 claimId = Ids.ofSentClaim(final_);
        uint8 status = ClaimSlot.wrap(opml.claimSlot(claimId)).status();
        if (status != ClaimSlotLib.FINAL) revert ClaimNotFinal(claimId, status);
        if (final_.outcome != Seam.DONE) revert NoAnswer(final_.requestId, final_.outcome);
    }

    /// @notice Reverts unless draw `index` is of a seat that was the validator's when the request was enrolled.
    function _checkDrawn(
        bytes32 requestId,
        Enrolment memory enrolment,
        address validator,
        uint256 index
    ) private view {
        uint256 count = Draws.count(enrolment.size, _draws);
        if (index >= count) revert BadDraw(index, count);
        uint256 seat = Draws.seat(enrolment.rand, requestId, index, enrolment.size, _draws);
        uint256 epoch = enrolment.epoch;
        bool its = _seats[enrolment.model][seat].at(epoch) == uint160(validator);
        Member memory member = _members[enrolment.model][validator];
        // A seat that its validator has lost stays on the roster until somebody takes it off.
        bool liable = member.from <= epoch && epoch < member.until;
        if (!its || !liable) revert NotItsSeat(requestId, validator, seat);
    }
}
