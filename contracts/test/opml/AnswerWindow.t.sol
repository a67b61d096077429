// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {Rejection} from "./Rejection.sol";

/// @title What a profile's answer window changes for commitments and reveals
contract AnswerWindowTest is Rejection {
    uint16 private constant ANSWERS = 120;

    uint8 private _plain;
    Asked private asked;

    function setUp() public override {
        super.setUp();
        _plain = profile;
        IOpMLTypes.Profile memory attentive = profileOf(ARITY_BITS);
        attentive.answerWindow = ANSWERS;
        vm.prank(registrar);
        profile = opml.addProfile(attentive);
        asked = ask();
    }

    function test_commit_first_keepsItsTimeAndBlock_succeeds() public {
        uint256 before = opml.requestSlot(asked.requestId);
        (uint256 time, uint256 number) = (vm.getBlockTimestamp(), vm.getBlockNumber());
        commit(truthOf(asked));
        uint256 slot = before | time << 160 | number << 192;
        vm.assertEq(opml.requestSlot(asked.requestId), slot, "the first");
        commit(inNameOf(rival, truthOf(asked)));
        vm.assertEq(opml.requestSlot(asked.requestId), slot, "and only the first");
    }

    function test_commit_withoutWindow_writesNoRequest_succeeds() public {
        profile = _plain;
        asked = ask();
        uint256 before = opml.requestSlot(asked.requestId);
        commit(truthOf(asked));
        vm.assertEq(opml.requestSlot(asked.requestId), before, "as it was");
    }

    function test_reveal_answersOpen_reverts() public {
        Made memory made = truthOf(asked);
        commit(made);
        pass(ANSWERS - 24 - 1);
        checkOpen(made, ANSWERS - 1);
        pass(1);
        reveal(asked, made);
        vm.assertEq(claimStatus(made.claimId), 1, "open");
    }

    /// @notice Seconds in which no block is made are nobody's: neither for answers nor for the reveal.
    function test_reveal_missedSlots_waits_succeeds() public {
        Made memory made = truthOf(asked);
        commit(made);
        skip(1 hours);
        vm.roll(vm.getBlockNumber() + 7);
        checkOpen(made, 9 * 12);
        vm.roll(vm.getBlockNumber() + 1);
        reveal(asked, made);
    }

    function testFuzz_reveal_waitsForTheWindow_succeeds(uint256 time, uint256 blocks) public {
        time = bound(time, 0, 2 * ANSWERS);
        blocks = bound(blocks, 0, 20);
        Made memory made = truthOf(asked);
        commit(made);
        skip(time);
        vm.roll(vm.getBlockNumber() + blocks);
        uint256 elapsed = 24 + (time < 12 * blocks ? time : 12 * blocks);
        if (elapsed < ANSWERS) checkOpen(made, elapsed);
        else reveal(asked, made);
    }

    /// @notice Who commits late has seen the answers, and still waits a whole window: others reveal before.
    function test_reveal_lateCommitment_waitsItsOwnWindow_succeeds() public {
        Made memory first = truthOf(asked);
        commit(first);
        pass(ANSWERS - 48);
        Made memory late = inNameOf(rival, lieOf(asked, 10, "lie"));
        commit(late);
        checkOpen(late, 24);
        reveal(asked, first);
        vm.assertEq(claimStatus(first.claimId), 1, "the first one wins the round");
    }

    /// @notice A commitment by another profile's window neither delays a request that has none, nor can it be revealed.
    function test_reveal_othersProfileHasWindow_isNotDelayed_succeeds() public {
        uint8 attentive = profile;
        profile = _plain;
        asked = ask();
        Made memory made = truthOf(asked);
        vm.prank(rival);
        opml.commit{value: STAKE}(asked.requestId, 0, attentive, "anything");
        vm.assertNotEq(uint32(opml.requestSlot(asked.requestId) >> 192), 0, "recorded");
        commit(made);
        reveal(asked, made);
        vm.assertEq(claimStatus(made.claimId), 1, "two blocks are enough");
    }

    /// @notice Round, status and deadline change around it.
    function test_collect_nextRound_keepsTheFirstCommitment_succeeds() public {
        uint256 number = vm.getBlockNumber();
        Made memory lie = lieOf(asked, 10, "lie");
        commit(lie);
        pass(ANSWERS);
        reveal(asked, lie);
        reject(lie);
        vm.assertEq(roundOf(asked.requestId), 1, "next round");
        vm.assertEq(uint32(opml.requestSlot(asked.requestId) >> 192), number, "kept");
        Made memory made = truthOf(asked);
        commit(made);
        vm.assertEq(uint32(opml.requestSlot(asked.requestId) >> 192), number, "not written again");
        pass(ANSWERS);
        reveal(asked, made);
        finalise(asked, made);
        vm.assertEq(uint32(opml.requestSlot(asked.requestId) >> 192), number, "to the end");
    }

    /// @notice Who commits in the last second has half a clock left when its window is over.
    function test_refund_lastCommitment_canBeRevealed_succeeds() public {
        pass(1 days);
        Made memory made = truthOf(asked);
        commit(made);
        pass(ANSWERS - 24);
        vm.assertLe(
            vm.getBlockTimestamp() + CLOCK / 2, deadlineOf(asked.requestId) + CLOCK, "half a clock"
        );
        reveal(asked, made);
    }

    function checkOpen(Made memory made, uint256 elapsed) private {
        refused(
            made.claim.submitter,
            0,
            revealCall(asked, made),
            abi.encodeWithSelector(
                IOpMLErrors.AnswersOpen.selector, made.claimId, elapsed, uint256(ANSWERS)
            )
        );
    }
}
