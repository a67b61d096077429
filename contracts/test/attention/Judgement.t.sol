// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Attention} from "../../src/attention/Attention.sol";
import {IAttentionEvents as E} from "../../src/attention/IAttentionEvents.sol";
import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {Stage} from "./Stage.sol";

/// @title What the final claim makes of answers and silence
contract JudgementTest is Stage {
    Asked private asked;
    Made private made;

    function setUp() public override {
        super.setUp();
        seatAll();
        asked = enrolled();
        made = truthOf(asked);
        begin(made, keccak256("hash"));
        attention.draw(asked.requestId);
    }

    //// reward ////

    function test_reward_rightAnswer_paysOnce_succeeds() public {
        answerAs(alice, asked.requestId, made.claim.sn);
        finish(asked, made);
        vm.expectEmit(address(attention));
        emit E.Rewarded(asked.requestId, alice, REWARD);
        attention.reward(made.claim, alice, 0);
        vm.assertEq(attention.credits(alice), REWARD, "R");
        bytes memory error =
            abi.encodeWithSelector(E.AlreadyJudged.selector, asked.requestId, alice);
        declined(alice, 0, rewardCall(alice, 0), error);
        declined(stranger, 0, slashCall(alice, 0), error);
        nextEpoch();
        nextEpoch();
        attention.reclaim(asked.requestId);
        vm.assertEq(attention.credits(asker), FUNDING - REWARD, "the rest goes back");
    }

    function test_reward_wrongOrNoAnswer_reverts() public {
        answerAs(alice, asked.requestId, "not S_n");
        finish(asked, made);
        bytes4 error = E.WrongAnswer.selector;
        declined(
            alice, 0, rewardCall(alice, 0), abi.encodeWithSelector(error, asked.requestId, alice)
        );
        declined(bob, 0, rewardCall(bob, 1), abi.encodeWithSelector(error, asked.requestId, bob));
    }

    //// slash ////

    function test_slash_silence_takesOnce_succeeds() public {
        finish(asked, made);
        uint256 next = epochNow() + 1;
        vm.expectEmit(address(attention));
        emit E.Slashed(asked.requestId, alice, stranger, false);
        vm.expectEmit(address(attention));
        emit E.Left(model, alice, next);
        vm.expectEmit(address(attention));
        emit E.Burned(SLASH - SLASH / 4);
        vm.prank(stranger);
        attention.slash(made.claim, alice, 0);
        vm.assertEq(attention.members(model, alice).deposit, DEPOSIT - SLASH, "G");
        vm.assertEq(attention.credits(stranger), SLASH / 4, "a quarter to the caller");
        bytes memory error =
            abi.encodeWithSelector(E.AlreadyJudged.selector, asked.requestId, alice);
        declined(stranger, 0, slashCall(alice, 0), error);
        declined(alice, 0, rewardCall(alice, 0), error);
    }

    function test_slash_wrongAnswer_takes_succeeds() public {
        answerAs(alice, asked.requestId, "not S_n");
        finish(asked, made);
        vm.expectEmit(address(attention));
        emit E.Slashed(asked.requestId, alice, stranger, true);
        vm.prank(stranger);
        attention.slash(made.claim, alice, 0);
    }

    function test_slash_rightAnswer_reverts() public {
        answerAs(alice, asked.requestId, made.claim.sn);
        finish(asked, made);
        checkSlash(alice, 0, abi.encodeWithSelector(E.RightAnswer.selector, asked.requestId, alice));
    }

    /// @notice A seat whose deposit is not whole answers for nothing new, and can be taken off by anybody.
    function test_slash_emptiesTheSeat_fromTheNextEpoch_succeeds() public {
        finish(asked, made);
        attention.slash(made.claim, alice, 0);
        nextEpoch();
        asked = enrolled();
        made = truthOf(asked);
        begin(made, keccak256("hash"));
        attention.draw(asked.requestId);
        finish(asked, made);
        checkSlash(
            alice, 0, abi.encodeWithSelector(E.NotItsSeat.selector, asked.requestId, alice, 0)
        );
        attention.slash(made.claim, bob, 1);
        vm.expectEmit(address(attention));
        emit E.Vacated(model, alice, epochNow() + 1, 0, carol);
        vm.prank(stranger);
        attention.vacate(model, alice);
        vm.assertEq(attention.occupant(model, 0, epochNow() + 1), carol, "carol's now");
    }

    /// @notice It comes back with what it lacks, two epochs later.
    function test_slash_andJoinAgain_fillsTheDeposit_succeeds() public {
        finish(asked, made);
        attention.slash(made.claim, alice, 0);
        attention.vacate(model, alice);
        nextEpoch();
        nextEpoch();
        vm.prank(alice);
        attention.join{value: SLASH}(model);
        vm.assertEq(attention.members(model, alice).deposit, DEPOSIT, "whole");
    }

    /// @notice What is left of a deposit comes back; the seat goes along.
    function test_release_slashed_returnsTheRest_succeeds() public {
        finish(asked, made);
        attention.slash(made.claim, alice, 0);
        nextEpoch();
        nextEpoch();
        vm.prank(alice);
        attention.release(model);
        vm.assertEq(attention.credits(alice), DEPOSIT - SLASH, "the rest");
        vm.assertEq(attention.members(model, alice).seat, 0, "no seat");
        vm.assertEq(attention.rosterSize(model, epochNow() + 1), 2, "nor an empty one");
    }

    //// Who is judged, by what, and when ////

    function test_slash_notEnrolled_reverts() public {
        Asked memory other = ask();
        Made memory its = truthOf(other);
        commit(its);
        finish(other, its);
        declined(
            stranger,
            0,
            abi.encodeCall(attention.slash, (its.claim, alice, 0)),
            abi.encodeWithSelector(E.NotEnrolled.selector, other.requestId)
        );
    }

    function test_slash_notDrawn_reverts() public {
        Asked memory other = enrolled();
        Made memory its = truthOf(other);
        commit(its);
        finish(other, its);
        declined(
            stranger,
            0,
            abi.encodeCall(attention.slash, (its.claim, alice, 0)),
            abi.encodeWithSelector(E.NotDrawn.selector, other.requestId)
        );
    }

    function test_slash_noSuchDraw_reverts() public {
        finish(asked, made);
        checkSlash(alice, 3, abi.encodeWithSelector(E.BadDraw.selector, 3, 3));
    }

    function test_slash_anotherSeat_reverts() public {
        finish(asked, made);
        checkSlash(
            alice, 1, abi.encodeWithSelector(E.NotItsSeat.selector, asked.requestId, alice, 1)
        );
    }

    function test_slash_afterJudgement_reverts() public {
        finish(asked, made);
        uint256 epoch = epochNow();
        vm.warp((epoch + 2) * EPOCH - 1);
        attention.slash(made.claim, alice, 0);
        vm.warp((epoch + 2) * EPOCH);
        checkSlash(bob, 1, abi.encodeWithSelector(E.JudgementOver.selector, asked.requestId, epoch));
    }

    /// @notice A failure's end state may be known to everybody: FAULT is a constant.
    function test_slash_failedRequest_reverts() public {
        Asked memory other = enrolled();
        Made memory fault = prepare(other, 10, 3, 0, "");
        begin(fault, keccak256("hash"));
        answerAs(alice, other.requestId, fault.claim.sn);
        finish(other, fault);
        bytes memory error = abi.encodeWithSelector(E.NoAnswer.selector, other.requestId, uint8(3));
        declined(stranger, 0, abi.encodeCall(attention.slash, (fault.claim, bob, 1)), error);
        declined(alice, 0, abi.encodeCall(attention.reward, (fault.claim, alice, 0)), error);
    }

    /// @notice Under any terms, a validator is called by exactly the hash of the rule, and only then can it be judged.
    function testFuzz_judge_onlyCalled_succeeds(uint16 called, bytes32 hash, bool answers) public {
        called = uint16(bound(called, 1, 10_000));
        attention = new Attention(opml, termsOf(called));
        seatAll();
        asked = enrolled();
        made = truthOf(asked);
        begin(made, hash);
        if (answers) answerAs(bob, asked.requestId, made.claim.sn);
        else attention.draw(asked.requestId);
        finish(asked, made);
        uint192 rand = uint192(uint256(hash) >> 64);
        bytes32 number = keccak256(abi.encode(rand, asked.requestId, bob, made.claim.sn));
        uint256 share = type(uint256).max / 10_000;
        if (called != 10_000 && uint256(number) >= called * share) {
            bytes memory error = abi.encodeWithSelector(E.NotCalled.selector, asked.requestId, bob);
            checkSlash(bob, 1, error);
            declined(bob, 0, rewardCall(bob, 1), error);
        } else if (answers) {
            attention.reward(made.claim, bob, 1);
        } else {
            attention.slash(made.claim, bob, 1);
        }
    }

    /// @notice Of a roster that is larger than V, V seats are drawn by the hash, the same for everybody.
    function testFuzz_judge_onlyDrawn_succeeds(bytes32 hash) public {
        address[] memory all = new address[](9);
        (all[0], all[1], all[2]) = (alice, bob, carol);
        for (uint256 i = 3; i < all.length; ++i) {
            all[i] = address(uint160(0x2000 + i));
            vm.deal(all[i], 10 ether);
            join(all[i]);
        }
        nextEpoch();
        asked = enrolled();
        made = truthOf(asked);
        begin(made, hash);
        attention.draw(asked.requestId);
        finish(asked, made);
        uint256 rand = uint256(hash) >> 64;
        bool[9] memory done;
        for (uint256 i = 0; i < DRAWS; ++i) {
            uint256 seat = uint256(keccak256(abi.encode(rand, asked.requestId, i))) % 9;
            for (uint256 other = 0; other < 9; ++other) {
                bytes memory call = slashCall(all[other], i);
                if (other != seat) {
                    bytes4 error = E.NotItsSeat.selector;
                    declined(
                        stranger,
                        0,
                        call,
                        abi.encodeWithSelector(error, asked.requestId, all[other], seat)
                    );
                } else if (done[seat]) {
                    bytes4 error = E.AlreadyJudged.selector;
                    declined(
                        stranger, 0, call, abi.encodeWithSelector(error, asked.requestId, all[seat])
                    );
                } else {
                    attention.slash(made.claim, all[seat], i);
                    done[seat] = true;
                }
            }
        }
    }

    function rewardCall(address validator, uint256 index) private view returns (bytes memory) {
        return abi.encodeCall(attention.reward, (made.claim, validator, index));
    }

    function slashCall(address validator, uint256 index) private view returns (bytes memory) {
        return abi.encodeCall(attention.slash, (made.claim, validator, index));
    }

    function checkSlash(address validator, uint256 index, bytes memory error) private {
        declined(stranger, 0, slashCall(validator, index), error);
    }
}
