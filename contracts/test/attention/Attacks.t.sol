// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Attention} from "../../src/attention/Attention.sol";
import {IAttentionEvents as E} from "../../src/attention/IAttentionEvents.sol";
import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {Stage} from "./Stage.sol";

/// @title The attacks that attention has its rules for
contract AttacksTest is Stage {
    bytes32 private constant HASH = keccak256("hash");

    function setUp() public override {
        super.setUp();
        seatAll();
    }

    //// On the judge ////

    /// @notice A false claim is nobody's measure, not while it stands and not after its fall; who answered the truth is paid.
    function test_judgedByAFalseClaim_honestAnswersCount_succeeds() public {
        Asked memory asked = enrolled();
        Made memory lie = lieOf(asked, 10, "lie");
        begin(lie, HASH);
        Made memory truth = truthOf(asked);
        answerAs(alice, asked.requestId, truth.claim.sn);
        pass(ANSWERS);
        reveal(asked, lie);
        checkSlash(lie, alice, 0, notFinal(lie, 1));
        reject(lie);
        checkSlash(lie, alice, 0, notFinal(lie, 6));

        truth = truthOf(asked);
        commit(truth);
        checkSlash(truth, alice, 0, notFinal(truth, 4));
        finish(asked, truth);
        opml.judge(lie.claim, truth.claim);
        checkSlash(lie, alice, 0, notFinal(lie, 3));
        checkSlash(
            truth, alice, 0, abi.encodeWithSelector(E.RightAnswer.selector, asked.requestId, alice)
        );
        attention.reward(truth.claim, alice, 0);
        attention.slash(truth.claim, bob, 1);
    }

    /// @notice Another request's final claim says nothing of this one.
    function test_judgedByAnotherRequest_reverts() public {
        Asked memory asked = enrolled();
        begin(truthOf(asked), HASH);
        attention.draw(asked.requestId);
        Asked memory other = ask();
        Made memory its = truthOf(other);
        commit(its);
        finish(other, its);
        its.claim.requestId = asked.requestId;
        its.claimId = claimIdOf(its.claim);
        checkSlash(its, alice, 0, notFinal(its, 0));
    }

    /// @notice Before finality nobody is judged, not even by the claim that will be final.
    function test_judgedBeforeFinality_reverts() public {
        Asked memory asked = enrolled();
        Made memory made = truthOf(asked);
        begin(made, HASH);
        attention.draw(asked.requestId);
        pass(ANSWERS);
        reveal(asked, made);
        pass(WINDOW);
        checkSlash(made, alice, 0, notFinal(made, 1));
    }

    /// @notice A request that ends without an answer costs no validator anything.
    function test_noAnswer_slashesNobody_succeeds() public {
        Asked memory asked = enrolled();
        Made memory made = truthOf(asked);
        begin(made, HASH);
        attention.draw(asked.requestId);
        pass(ANSWERS);
        reveal(asked, made);
        vm.prank(guardian);
        opml.retire(guest);
        opml.annul(asked.request, made.claim);
        checkSlash(made, alice, 0, notFinal(made, 8));
    }

    /// @notice The liar's accomplice commits to the truth, so that answers open; nobody answers; then the liar commits. It has lost
    ///         its lead: whoever commits to the truth within the window reveals no later.
    function test_freeOption_lateLiar_waitsAsLong_succeeds() public {
        Asked memory asked = enrolled();
        begin(inNameOf(stranger, truthOf(asked)), HASH);
        pass(ANSWERS_FOR - 24 + 1);
        Made memory lie = inNameOf(rival, lieOf(asked, 10, "lie"));
        Made memory truth = truthOf(asked);
        commit(truth);
        commit(lie);
        pass(ANSWERS - 48);
        refused(
            rival,
            0,
            revealCall(asked, lie),
            abi.encodeWithSelector(
                IOpMLErrors.AnswersOpen.selector, lie.claimId, ANSWERS - 24, uint256(ANSWERS)
            )
        );
        reveal(asked, truth);
    }

    //// On validators ////

    /// @notice All requests that a model takes, in two epochs, and silence in each: what can be taken is what is there, to the wei.
    function test_flood_takesAtMostTheDeposit_succeeds() public {
        Made[4] memory all;
        for (uint256 i = 0; i < 4; ++i) {
            if (i == CAPACITY) nextEpoch();
            Asked memory asked = enrolled();
            all[i] = truthOf(asked);
            begin(all[i], HASH);
            attention.draw(asked.requestId);
            finish(asked, all[i]);
        }
        Asked memory more = ask();
        declined(
            asker,
            FUNDING,
            abi.encodeCall(attention.enrol, (more.request)),
            abi.encodeWithSelector(E.EpochFull.selector, model, epochNow())
        );
        for (uint256 i = 0; i < 4; ++i) {
            attention.slash(all[i].claim, alice, 0);
        }
        vm.assertEq(attention.members(model, alice).deposit, 0, "nothing is left");
        nextEpoch();
        enrolled();
        vm.assertEq(attention.members(model, alice).until, epochNow(), "and nothing more can be");
    }

    /// @notice A model that its validators do not hold is not theirs.
    function test_privateModel_hasNoValidators_succeeds() public {
        Asked memory asked = ask();
        asked.request.model = "private";
        bytes32 other = "private";
        declined(
            asker,
            FUNDING,
            abi.encodeCall(attention.enrol, (asked.request)),
            abi.encodeWithSelector(E.NobodySeated.selector, other, epochNow())
        );
    }

    /// @notice Who has computed and then takes a seat is not of the roster.
    function test_joinAfterComputing_isNotDrawn_succeeds() public {
        vm.prank(carol);
        attention.leave(model);
        nextEpoch();
        Asked memory asked = enrolled();
        Made memory made = truthOf(asked);
        join(rival);
        begin(made, HASH);
        answerAs(rival, asked.requestId, made.claim.sn);
        finish(asked, made);
        bytes memory call = abi.encodeCall(attention.reward, (made.claim, rival, 2));
        declined(rival, 0, call, abi.encodeWithSelector(E.BadDraw.selector, 2, 2));
        call = abi.encodeCall(attention.reward, (made.claim, rival, 1));
        bytes4 error = E.NotItsSeat.selector;
        declined(rival, 0, call, abi.encodeWithSelector(error, asked.requestId, rival, 1));
    }

    /// @notice Who is called and leaves stays liable, whoever has its seat since.
    function test_leaveAfterComputing_isSlashed_succeeds() public {
        Asked memory asked = enrolled();
        vm.prank(alice);
        attention.leave(model);
        Made memory made = truthOf(asked);
        begin(made, HASH);
        attention.draw(asked.requestId);
        finish(asked, made);
        nextEpoch();
        checkSlash(
            made, carol, 0, abi.encodeWithSelector(E.NotItsSeat.selector, asked.requestId, carol, 0)
        );
        vm.prank(alice);
        (bool released,) = address(attention).call(abi.encodeCall(attention.release, (model)));
        vm.assertFalse(released, "its deposit waits");
        attention.slash(made.claim, alice, 0);
    }

    /// @notice Whatever nonce the requester has found, a block that nobody knows decides who is called.
    function test_grindNonce_calledByTheBlock_succeeds() public {
        attention = new Attention(opml, termsOf(5_000));
        seatAll();
        Asked memory asked = enrolled();
        Made memory made = truthOf(asked);
        uint256 snapshot = vm.snapshotState();
        uint256 calls;
        for (uint256 i = 0; i < 32; ++i) {
            begin(made, keccak256(abi.encode(i)));
            attention.draw(asked.requestId);
            finish(asked, made);
            bytes memory call = abi.encodeCall(attention.slash, (made.claim, alice, 0));
            (bool called,) = address(attention).call(call);
            if (called) ++calls;
            vm.revertToState(snapshot);
        }
        vm.assertGt(calls, 6, "called by some blocks");
        vm.assertLt(calls, 26, "not called by others");
    }

    /// @notice An answer is its author's: a copy is wrong.
    function test_copyAnswer_isWrong_succeeds() public {
        Asked memory asked = enrolled();
        Made memory made = truthOf(asked);
        begin(made, HASH);
        answerAs(alice, asked.requestId, made.claim.sn);
        bytes32 copied = attention.answers(asked.requestId, alice);
        vm.prank(bob);
        attention.answer(asked.requestId, copied);
        finish(asked, made);
        attention.reward(made.claim, alice, 0);
        attention.slash(made.claim, bob, 1);
    }

    /// @notice Who waits for the reveal to learn S_n comes too late.
    function test_answerLate_reverts() public {
        Asked memory asked = enrolled();
        Made memory made = truthOf(asked);
        begin(made, HASH);
        pass(ANSWERS - 24);
        reveal(asked, made);
        bytes32 value = answerOf(alice, asked.requestId, made.claim.sn);
        declined(
            alice,
            0,
            abi.encodeCall(attention.answer, (asked.requestId, value)),
            abi.encodeWithSelector(
                E.AnswersClosed.selector, asked.requestId, uint256(ANSWERS), ANSWERS_FOR
            )
        );
    }

    /// @notice Sybils neither share a reward nor leave less for others.
    function test_sybils_rewardIsNotDiluted_succeeds() public {
        Asked memory asked = enrolled();
        Made memory made = truthOf(asked);
        begin(made, HASH);
        address[3] memory all = [alice, bob, carol];
        for (uint256 i = 0; i < 3; ++i) {
            answerAs(all[i], asked.requestId, made.claim.sn);
        }
        finish(asked, made);
        for (uint256 i = 3; i != 0; --i) {
            attention.reward(made.claim, all[i - 1], i - 1);
            vm.assertEq(attention.credits(all[i - 1]), REWARD, "R for each");
        }
        nextEpoch();
        nextEpoch();
        attention.reclaim(asked.requestId);
        vm.assertEq(attention.credits(asker), 0, "all of it was paid");
    }

    /// @notice Many names that join and leave again: no draw hits a seat that they have left empty.
    function test_sybils_leaveNoHoles_succeeds() public {
        address[] memory names = new address[](20);
        for (uint256 i = 0; i < names.length; ++i) {
            names[i] = address(uint160(0x3000 + i));
            vm.deal(names[i], 10 ether);
            join(names[i]);
        }
        nextEpoch();
        // All but the last one, which holds its place.
        for (uint256 i = 0; i < names.length - 1; ++i) {
            vm.prank(names[i]);
            attention.leave(model);
        }
        nextEpoch();
        vm.assertEq(attention.rosterSize(model, epochNow()), 4, "who is there");
        for (uint256 i = 0; i < 4; ++i) {
            address seated = attention.occupant(model, i, epochNow());
            vm.assertGt(attention.members(model, seated).until, epochNow(), "and has not left");
        }
    }

    /// @notice A silent validator that shows its own silence loses three quarters of G all the same.
    function test_slashOneself_losesThreeQuarters_succeeds() public {
        Asked memory asked = enrolled();
        Made memory made = truthOf(asked);
        begin(made, HASH);
        attention.draw(asked.requestId);
        finish(asked, made);
        vm.startPrank(alice);
        attention.slash(made.claim, alice, 0);
        attention.leave(model);
        vm.stopPrank();
        nextEpoch();
        nextEpoch();
        vm.prank(alice);
        attention.release(model);
        vm.assertEq(attention.credits(alice), DEPOSIT - SLASH + SLASH / 4, "all it gets");
    }

    /// @notice Who shows a silence takes a quarter, and a copy that is mined first takes it instead: to slash is open to anybody, and
    ///         it needs nothing that its caller has computed. What the validator loses and what is burned is the same, and the
    ///         copied call gets nothing. (Who has computed something is safe from copies by commitments: claims, and answers.)
    function test_copySlash_callerTakesTheQuarter_succeeds() public {
        Asked memory asked = enrolled();
        Made memory made = truthOf(asked);
        begin(made, HASH);
        attention.draw(asked.requestId);
        finish(asked, made);
        bytes memory call = abi.encodeCall(attention.slash, (made.claim, alice, 0));
        vm.expectEmit(address(attention));
        emit E.Burned(SLASH - SLASH / 4);
        vm.prank(rival);
        (bool success,) = address(attention).call(call);
        vm.assertTrue(success, "the copy");
        declined(
            bob, 0, call, abi.encodeWithSelector(E.AlreadyJudged.selector, asked.requestId, alice)
        );
        vm.assertEq(attention.credits(rival), SLASH / 4, "who called first");
        vm.assertEq(attention.credits(bob), 0, "who was copied");
        vm.assertEq(attention.members(model, alice).deposit, DEPOSIT - SLASH, "taken once");
        vm.assertEq(opml.credits(submitter), STAKE + FEE, "nothing of it is the submitter's");
    }

    function checkSlash(Made memory made, address validator, uint256 index, bytes memory error)
        private
    {
        bytes memory call = abi.encodeCall(attention.slash, (made.claim, validator, index));
        declined(stranger, 0, call, error);
    }

    function notFinal(Made memory made, uint8 status) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IOpMLErrors.ClaimNotFinal.selector, made.claimId, status);
    }
}
