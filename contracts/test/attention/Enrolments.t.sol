// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IAttentionEvents as E} from "../../src/attention/IAttentionEvents.sol";
import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {Stage} from "./Stage.sol";

/// @title From a request that is put before the validators to their answers
contract EnrolmentsTest is Stage {
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;

    Asked private asked;

    function setUp() public override {
        super.setUp();
        seatAll();
        asked = ask();
    }

    //// enrol ////

    function test_enrol_fixesRosterAndEpoch_succeeds() public {
        // Who joins now is not of this epoch.
        join(rival);
        uint256 epoch = epochNow();
        vm.expectEmit(address(attention));
        emit E.Enrolled(asked.requestId, model, asker, epoch, 3);
        enrol(asked);
        E.Enrolment memory kept = E.Enrolment(asker, uint32(epoch), 3, 0, model, 0, 0, 0);
        vm.assertEq(abi.encode(attention.enrolments(asked.requestId)), abi.encode(kept), "kept");
        vm.assertEq(attention.enrolled(model, epoch), 1, "counted");
    }

    /// @notice The id says all about a request, so it can be enrolled before anybody is able to commit to it.
    function test_enrol_beforeTheRequest_succeeds() public {
        uint256 snapshot = vm.snapshotState();
        Asked memory next = ask();
        vm.revertToState(snapshot);
        enrol(next);
        Asked memory made = ask();
        vm.assertEq(made.requestId, next.requestId, "the same");
        begin(truthOf(made), "hash");
        attention.draw(made.requestId);
    }

    function test_enrol_wrongFunding_reverts() public {
        bytes memory call = abi.encodeCall(attention.enrol, (asked.request));
        bytes4 error = E.WrongFunding.selector;
        declined(asker, FUNDING - 1, call, abi.encodeWithSelector(error, FUNDING, FUNDING - 1));
        declined(asker, FUNDING + 1, call, abi.encodeWithSelector(error, FUNDING, FUNDING + 1));
    }

    function test_enrol_otherProfile_reverts() public {
        asked.request.profile = 0;
        checkEnrol(abi.encodeWithSelector(IOpMLErrors.WrongProfile.selector, profile, 0));
    }

    function test_enrol_twice_reverts() public {
        enrol(asked);
        checkEnrol(abi.encodeWithSelector(E.AlreadyEnrolled.selector, asked.requestId));
    }

    /// @notice Who enrols another's request in advance does not shorten the time of its judgement.
    function test_enrol_inALaterEpoch_isEnrolledAnew_succeeds() public {
        vm.deal(rival, FUNDING);
        vm.prank(rival);
        attention.enrol{value: FUNDING}(asked.request);
        join(stranger);
        nextEpoch();
        vm.expectEmit(address(attention));
        emit E.Enrolled(asked.requestId, model, asker, epochNow(), 4);
        enrol(asked);
        vm.assertEq(attention.credits(rival), FUNDING, "the first one's comes back");
        vm.assertEq(attention.enrolments(asked.requestId).funder, asker, "the second one's counts");
        nextEpoch();
        nextEpoch();
        attention.reclaim(asked.requestId);
        vm.assertEq(attention.credits(asker), FUNDING, "once");
    }

    function test_enrol_afterCommitment_reverts() public {
        commit(truthOf(asked));
        checkEnrol(abi.encodeWithSelector(E.TooLate.selector, asked.requestId));
    }

    function test_enrol_refunded_reverts() public {
        pass(1 days + CLOCK + 1);
        opml.refund(asked.request);
        checkEnrol(abi.encodeWithSelector(E.TooLate.selector, asked.requestId));
    }

    function test_enrol_nobodySeated_reverts() public {
        asked.request.model = "another model";
        bytes32 other = "another model";
        checkEnrol(abi.encodeWithSelector(E.NobodySeated.selector, other, epochNow()));
    }

    function test_enrol_full_untilTheNextEpoch_succeeds() public {
        enrol(asked);
        enrolled();
        asked = ask();
        checkEnrol(abi.encodeWithSelector(E.EpochFull.selector, model, epochNow()));
        nextEpoch();
        asked = ask();
        enrol(asked);
    }

    //// draw ////

    function test_draw_hashOfFirstCommitment_isKept_succeeds() public {
        enrol(asked);
        (uint256 time, uint256 number) = (vm.getBlockTimestamp(), vm.getBlockNumber());
        bytes32 hash = keccak256("hash");
        begin(truthOf(asked), hash);
        vm.expectEmit(address(attention));
        emit E.Drawn(asked.requestId, uint192(bytes24(hash)), time, number);
        attention.draw(asked.requestId);
        E.Enrolment memory kept = attention.enrolments(asked.requestId);
        vm.assertEq(kept.rand, uint256(hash) >> 64, "24 bytes");
        vm.assertEq(kept.time, time, "time");
        vm.assertEq(kept.blockNumber, number, "block");
        // Once for ever.
        vm.setBlockhash(number, keccak256("another"));
        attention.draw(asked.requestId);
        vm.assertEq(attention.enrolments(asked.requestId).rand, uint256(hash) >> 64, "the same");
    }

    function test_draw_notEnrolled_reverts() public {
        checkDraw(abi.encodeWithSelector(E.NotEnrolled.selector, asked.requestId));
    }

    function test_draw_beforeCommitment_reverts() public {
        enrol(asked);
        checkDraw(abi.encodeWithSelector(E.NotBegun.selector, asked.requestId));
    }

    /// @notice Nobody knows the hash of a block within it.
    function test_draw_inTheSameBlock_reverts() public {
        enrol(asked);
        uint256 number = vm.getBlockNumber();
        commit(truthOf(asked));
        vm.roll(number);
        checkDraw(abi.encodeWithSelector(E.UnknownBlock.selector, number));
    }

    function test_draw_olderBlock_asksTheHistory_succeeds() public {
        enrol(asked);
        uint256 number = vm.getBlockNumber();
        commit(truthOf(asked));
        vm.roll(number + 300);
        bytes32 hash = keccak256("old");
        vm.mockCall(HISTORY, abi.encode(number), abi.encode(hash));
        attention.draw(asked.requestId);
        vm.assertEq(attention.enrolments(asked.requestId).rand, uint256(hash) >> 64, "rand");
    }

    function test_draw_forgottenBlock_reverts() public {
        enrol(asked);
        uint256 number = vm.getBlockNumber();
        commit(truthOf(asked));
        vm.roll(number + 300);
        vm.mockCallRevert(HISTORY, abi.encode(number), "");
        checkDraw(abi.encodeWithSelector(E.UnknownBlock.selector, number));
        // A chain without the contract.
        vm.mockCall(HISTORY, abi.encode(number), "");
        checkDraw(abi.encodeWithSelector(E.UnknownBlock.selector, number));
    }

    //// answer ////

    function test_answer_first_alsoDraws_succeeds() public {
        enrol(asked);
        begin(truthOf(asked), keccak256("hash"));
        bytes32 value = answerOf(alice, asked.requestId, "S");
        vm.expectEmit(address(attention));
        emit E.Answered(asked.requestId, alice, value);
        answerAs(alice, asked.requestId, "S");
        vm.assertEq(attention.answers(asked.requestId, alice), value, "kept");
        vm.assertNotEq(attention.enrolments(asked.requestId).rand, 0, "drawn");
    }

    function test_answer_lastSecond_succeeds() public {
        enrol(asked);
        begin(truthOf(asked), keccak256("hash"));
        pass(ANSWERS_FOR - 24);
        answerAs(alice, asked.requestId, "S");
        pass(1);
        checkClosed(ANSWERS_FOR + 1);
    }

    function testFuzz_answer_closesBeforeAnyReveal_succeeds(uint256 time, uint256 blocks) public {
        time = bound(time, 0, 2 * ANSWERS);
        blocks = bound(blocks, 1, 20);
        enrol(asked);
        Made memory made = truthOf(asked);
        begin(made, keccak256("hash"));
        skip(time);
        vm.roll(vm.getBlockNumber() + blocks);
        uint256 elapsed = 24 + time < 24 + 12 * blocks ? 24 + time : 24 + 12 * blocks;
        if (elapsed > ANSWERS_FOR) return checkClosed(elapsed);
        answerAs(bob, asked.requestId, made.claim.sn);
        vm.prank(submitter);
        (bool revealed,) = address(opml).call(revealCall(asked, made));
        vm.assertFalse(revealed, "nobody has said what it is");
        // Nor within three blocks.
        pass(36);
        vm.prank(submitter);
        (revealed,) = address(opml).call(revealCall(asked, made));
        vm.assertTrue(!revealed || elapsed == ANSWERS_FOR, "only just");
    }

    function test_answer_twice_reverts() public {
        enrol(asked);
        begin(truthOf(asked), keccak256("hash"));
        answerAs(alice, asked.requestId, "S");
        checkAnswer("S", abi.encodeWithSelector(E.AlreadyAnswered.selector, asked.requestId, alice));
    }

    function test_answer_noAnswer_reverts() public {
        for (uint256 value = 0; value < 2; ++value) {
            declined(
                alice,
                0,
                abi.encodeCall(attention.answer, (asked.requestId, bytes32(value))),
                abi.encodeWithSelector(E.BadAnswer.selector, bytes32(value))
            );
        }
    }

    function test_answer_beforeCommitment_reverts() public {
        checkAnswer("S", abi.encodeWithSelector(E.NotEnrolled.selector, asked.requestId));
        enrol(asked);
        checkAnswer("S", abi.encodeWithSelector(E.NotBegun.selector, asked.requestId));
    }

    //// reclaim ////

    function test_reclaim_afterJudgement_returnsAll_succeeds() public {
        enrol(asked);
        uint256 epoch = epochNow();
        bytes memory call = abi.encodeCall(attention.reclaim, (asked.requestId));
        bytes memory error =
            abi.encodeWithSelector(E.JudgementOpen.selector, asked.requestId, epoch);
        declined(stranger, 0, call, error);
        vm.warp((epoch + 2) * EPOCH - 1);
        declined(stranger, 0, call, error);
        vm.warp((epoch + 2) * EPOCH);
        vm.expectEmit(address(attention));
        emit E.Reclaimed(asked.requestId, asker, FUNDING);
        attention.reclaim(asked.requestId);
        vm.assertEq(attention.credits(asker), FUNDING, "to who enrolled");
        declined(stranger, 0, call, abi.encodeWithSelector(E.NotEnrolled.selector, asked.requestId));
    }

    function checkEnrol(bytes memory error) private {
        declined(asker, FUNDING, abi.encodeCall(attention.enrol, (asked.request)), error);
    }

    function checkDraw(bytes memory error) private {
        declined(stranger, 0, abi.encodeCall(attention.draw, (asked.requestId)), error);
    }

    function checkAnswer(bytes32 sn, bytes memory error) private {
        bytes32 value = answerOf(alice, asked.requestId, sn);
        declined(alice, 0, abi.encodeCall(attention.answer, (asked.requestId, value)), error);
    }

    function checkClosed(uint256 elapsed) private {
        bytes memory error =
            abi.encodeWithSelector(E.AnswersClosed.selector, asked.requestId, elapsed, ANSWERS_FOR);
        bytes32 value = answerOf(bob, asked.requestId, "S");
        declined(bob, 0, abi.encodeCall(attention.answer, (asked.requestId, value)), error);
    }
}
