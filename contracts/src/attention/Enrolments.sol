// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLTypes} from "../interfaces/IOpMLTypes.sol";
import {Clock} from "../lib/Clock.sol";
import {Ids} from "../lib/Ids.sol";
import {RequestSlot, RequestSlotLib} from "../lib/Slots.sol";
import {AttentionState} from "./AttentionState.sol";
import {BlockHash} from "./BlockHash.sol";
import {EpochTrace} from "./EpochTrace.sol";
import {IAttention} from "./IAttention.sol";

/// @title Enrolments
/// @notice From a request that is put before the validators to their answers.
/// @dev The roster is fixed by the enrolment, who of it is drawn by the hash of a block that is made after it, and who is called by
///      the end state. Nobody can choose one knowing the next.
abstract contract Enrolments is AttentionState {
    using EpochTrace for EpochTrace.Point[];

    /// @dev In the place of an answer that was judged.
    bytes32 internal constant JUDGED = bytes32(uint256(1));

    /// @inheritdoc IAttention
    function enrol(IOpMLTypes.Request calldata request_) external payable override nonReentrant {
        bytes32 requestId = Ids.ofRequestAt(address(opml), request_);
        if (request_.profile != _profile) revert WrongProfile(_profile, request_.profile);
        if (msg.value != _funding()) revert WrongFunding(_funding(), msg.value);
        Enrolment storage enrolment = _enrolments[requestId];
        (address before, uint256 epoch) = (enrolment.funder, currentEpoch());
        if (before != address(0) && enrolment.epoch == epoch) revert AlreadyEnrolled(requestId);
        RequestSlot slot = RequestSlot.wrap(opml.requestSlot(requestId));
        bool open = slot.status() <= RequestSlotLib.OPEN && slot.committedBlock() == 0;
        if (!open) revert TooLate(requestId);

        bytes32 model = request_.model;
        uint256 size = _sizes[model].at(epoch);
        if (size == 0) revert NobodySeated(model, epoch);
        if (_enrolled[model][epoch] == _capacity) revert EpochFull(model, epoch);
        ++_enrolled[model][epoch];
        (enrolment.funder, enrolment.epoch) = (msg.sender, uint32(epoch));
        (enrolment.size, enrolment.model) = (uint32(size), model);
        emit Enrolled(requestId, model, msg.sender, epoch, size);
        // Nobody has answered, and nobody is kept from a full time of judgement by who enrols in advance.
        if (before != address(0)) _returnFunding(requestId, before, _funding());
    }

    /// @inheritdoc IAttention
    function draw(bytes32 requestId) external override nonReentrant {
        Enrolment storage enrolment = _enrolments[requestId];
        // Again, it would give the same as long as the chain remembers, and nothing afterwards.
        if (enrolment.blockNumber == 0) _draw(requestId, enrolment);
    }

    /// @inheritdoc IAttention
    function answer(bytes32 requestId, bytes32 value) external override nonReentrant {
        if (value == 0 || value == JUDGED) revert BadAnswer(value);
        Enrolment storage enrolment = _enrolments[requestId];
        if (enrolment.blockNumber == 0) _draw(requestId, enrolment);
        uint256 elapsed = Clock.elapsed(enrolment.time, enrolment.blockNumber, _secondsPerBlock);
        if (elapsed > answersFor) revert AnswersClosed(requestId, elapsed, answersFor);
        if (_answers[requestId][msg.sender] != 0) revert AlreadyAnswered(requestId, msg.sender);
        _answers[requestId][msg.sender] = value;
        emit Answered(requestId, msg.sender, value);
    }

    /// @inheritdoc IAttention
    function reclaim(bytes32 requestId) external override nonReentrant {
        Enrolment storage enrolment = _enrolments[requestId];
        (address funder, uint256 epoch) = (enrolment.funder, enrolment.epoch);
        if (funder == address(0)) revert NotEnrolled(requestId);
        if (_isJudged(epoch)) revert JudgementOpen(requestId, epoch);
        uint256 amount = _funding() - enrolment.rewarded * _reward;
        delete _enrolments[requestId];
        _returnFunding(requestId, funder, amount);
    }

    /// @inheritdoc IAttention
    function enrolled(bytes32 model, uint256 epoch) external view override returns (uint256) {
        return _enrolled[model][epoch];
    }

    /// @inheritdoc IAttention
    function enrolments(bytes32 requestId) external view override returns (Enrolment memory) {
        return _enrolments[requestId];
    }

    /// @inheritdoc IAttention
    function answers(bytes32 requestId, address validator)
        external
        view
        override
        returns (bytes32)
    {
        return _answers[requestId][validator];
    }

    function _returnFunding(bytes32 requestId, address funder, uint256 amount) private {
        emit Reclaimed(requestId, funder, amount);
        _credit(funder, amount);
    }

    /// @notice Keeps the hash of the first commitment's block, and when it was made.
    function _draw(bytes32 requestId, Enrolment storage enrolment) private {
        if (enrolment.funder == address(0)) revert NotEnrolled(requestId);
        RequestSlot slot = RequestSlot.wrap(opml.requestSlot(requestId));
        (uint256 time, uint256 number) = (slot.committedTime(), slot.committedBlock());
        if (number == 0) revert NotBegun(requestId);
        bytes32 hash = BlockHash.at(number);
        if (hash == 0) revert UnknownBlock(number);
        uint192 rand = uint192(bytes24(hash));
        (enrolment.rand, enrolment.time, enrolment.blockNumber) =
        (rand, uint32(time), uint32(number));
        emit Drawn(requestId, rand, time, number);
    }
}
