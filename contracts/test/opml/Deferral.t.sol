// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {Match} from "./Match.sol";

/// @title Deferral
/// @notice Money that was lost by time waits for the end of its request: docs/protocol.md §9, one test for each line of
///         the table, and for each attack of docs/decisions/0007.
contract DeferralTest is Match {
    Asked private asked;

    function setUp() public override {
        super.setUp();
        asked = ask();
    }

    //// Players ////

    function truthOfRival() internal view returns (Made memory) {
        return inNameOf(rival, truthOf(asked));
    }

    /// @notice A false dispute.
    function lyingDispute(Made memory made, address by, uint64 nonce)
        internal
        returns (Duel memory)
    {
        return begin(asked, made, Player(by, 5, "end", 30, 0, NEVER, "challenger"), nonce);
    }

    function trueDispute(Made memory made, address by, uint64 nonce)
        internal
        returns (Duel memory)
    {
        return begin(asked, made, honest(by, runOf(asked), made.claim.n), nonce);
    }

    /// @notice The submitter is gone until its clock is out.
    function knockOut(Duel memory duel) internal {
        runOut(duel);
        checkVerdict(duel, 2, BY_TIMEOUT);
        done(collectCall(duel));
    }

    /// @notice The submitter answers once, and then the challenger is gone.
    function abandon(Duel memory duel, Made memory made, bool truth) internal {
        turn(
            duel,
            truth
                ? honest(submitter, runOf(asked), made.claim.n)
                : Player(submitter, 5, made.claim.sn, 30, 0, NEVER, "lie")
        );
        pass(CLOCK + 1);
        done(timeoutCall(duel));
        checkVerdict(duel, 1, BY_TIMEOUT);
    }

    /// @notice The rival claims the truth, and nobody disputes it.
    function answer() internal returns (Made memory last) {
        last = truthOfRival();
        commit(last);
        reveal(asked, last);
        finalise(asked, last);
    }

    function refund() internal {
        pass(1 days + CLOCK);
        opml.refund(asked.request);
    }

    function waits(Duel memory duel) internal {
        refused(
            stranger,
            0,
            collectCall(duel),
            abi.encodeWithSelector(IOpMLErrors.DisputeNotOver.selector, duel.disputeId)
        );
    }

    //// The submitter was away ////

    function test_collect_timedOutClaim_opensTheRoundAndPaysNothing_succeeds() public {
        Made memory made = claimTruth(asked);
        Duel memory duel = lyingDispute(made, challenger, 0);
        runOut(duel);
        vm.assertEq(claimStatus(made.claimId), 6, "timed out");
        uint256 balance = address(opml).balance;
        uint32 deadline = deadlineOf(asked.requestId);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.ClaimRejected(made.claimId, asked.requestId, duel.disputeId, deadline);
        done(collectCall(duel));
        checkVerdict(duel, 2, BY_TIMEOUT);
        vm.assertEq(requestStatus(asked.requestId), 1, "open");
        vm.assertEq(roundOf(asked.requestId), 1, "to the next round");
        vm.assertEq(opml.credits(challenger) + opml.credits(submitter), 0, "to nobody");
        vm.assertEq(address(opml).balance, balance, "all there");
        waits(duel);
        // Also while the next claim is open.
        claimTruth(asked);
        waits(duel);
        vm.assertEq(roundOf(asked.requestId), 1, "opened once");
    }

    function test_judge_rightClaim_returnsTheStakeLessTheFee_succeeds() public {
        Made memory made = claimTruth(asked);
        Duel memory duel = lyingDispute(made, challenger, 0);
        knockOut(duel);
        Made memory last = answer();
        waits(duel);
        uint256 before = opml.credits(rival);
        vm.assertEq(before, 2 * STAKE + FEE, "the final claim's own");
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Judged(made.claimId, asked.requestId, true);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Burned(STAKE / 5 - BOND / 2);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Credited(submitter, STAKE - STAKE / 5);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Credited(rival, BOND / 2);
        done(judgeCall(made, last));
        vm.assertEq(claimStatus(made.claimId), 7, "late");
        refused(
            stranger,
            0,
            judgeCall(made, last),
            abi.encodeWithSelector(IOpMLErrors.ClaimNotTimedOut.selector, made.claimId, uint8(7))
        );

        vm.expectEmit(address(opml));
        emit IOpMLEvents.Burned(BOND - gainOf(1));
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Credited(submitter, gainOf(1));
        done(collectCall(duel));
        vm.assertEq(opml.credits(challenger), 0, "lost its bond");
        vm.assertEq(opml.credits(submitter), STAKE - STAKE / 5 + gainOf(1), "four fifths and more");
        refused(
            stranger,
            0,
            collectCall(duel),
            abi.encodeWithSelector(IOpMLErrors.AlreadyCollected.selector, duel.disputeId)
        );
    }

    /// @notice A halted state is its own successor: it is the state that counts, not the number of steps.
    function test_judge_moreSteps_isTheSameAnswer_succeeds() public {
        Made memory made = truthOf(asked);
        made.claim.n += 5;
        made.claimId = claimIdOf(made.claim);
        commit(made);
        reveal(asked, made);
        knockOut(lyingDispute(made, challenger, 0));
        done(judgeCall(made, answer()));
        vm.assertEq(claimStatus(made.claimId), 7, "late");
    }

    function test_judge_wrongClaim_isRejectedAndPaysTheWinner_succeeds() public {
        Made memory made = claimLie(asked, 10, "lie");
        Duel memory duel = trueDispute(made, challenger, 0);
        knockOut(duel);
        Made memory last = answer();
        waits(duel);
        uint256 balance = address(opml).balance;
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Judged(made.claimId, asked.requestId, false);
        done(judgeCall(made, last));
        vm.assertEq(claimStatus(made.claimId), 3, "rejected");
        vm.assertEq(address(opml).balance, balance, "nothing yet");
        done(collectCall(duel));
        vm.assertEq(opml.credits(challenger), BOND + STAKE / 2, "bond and half the stake");
        vm.assertEq(opml.credits(submitter), 0, "nothing");
        vm.assertEq(roundOf(asked.requestId), 1, "opened once");
    }

    /// @notice Without an answer everything counts as it was played.
    function test_collect_refundedRequest_countsAsPlayed_succeeds() public {
        Made memory made = claimTruth(asked);
        Duel memory gone = lyingDispute(made, stranger, 0);
        abandon(gone, made, true);
        Duel memory other = lyingDispute(made, rival, 0);
        Duel memory duel = lyingDispute(made, challenger, 0);
        knockOut(duel);
        waits(gone);
        refund();
        refused(
            stranger,
            0,
            judgeCall(made, made),
            abi.encodeWithSelector(IOpMLErrors.ClaimNotFinal.selector, made.claimId, uint8(6))
        );
        done(collectCall(gone));
        vm.assertEq(opml.credits(submitter), gainOf(2), "of the bond that was lost before");
        vm.assertEq(opml.credits(stranger), 0, "lost, though its claim fell");
        done(unfinishedCall(other, duel));
        vm.assertEq(opml.credits(rival), BOND + costOf(1), "bond and costs");
        done(collectCall(duel));
        uint256 won = bondOf(1) + STAKE / 2 - costOf(1);
        vm.assertEq(opml.credits(challenger), won, "bond and the rest of half the stake");
        vm.assertEq(address(opml).balance, owed() + STAKE / 2 + BOND - gainOf(2), "the burn");
    }

    function owed() internal view returns (uint256) {
        return opml.credits(submitter) + opml.credits(challenger) + opml.credits(rival)
            + opml.credits(stranger) + opml.credits(asker);
    }

    //// The challenger was away ////

    function test_collect_challengerAway_waitsForTheClaim_succeeds() public {
        Made memory made = claimTruth(asked);
        Duel memory gone = lyingDispute(made, challenger, 0);
        abandon(gone, made, true);
        waits(gone);
        finalise(asked, made);
        uint256 before = opml.credits(submitter);
        done(collectCall(gone));
        vm.assertEq(opml.credits(submitter) - before, gainOf(2), "the claim is final");
        vm.assertEq(opml.credits(challenger), 0, "lost");
    }

    function test_collect_challengerAwayOnRefutedClaim_bondComesBack_succeeds() public {
        Made memory made = claimLie(asked, 10, "lie");
        Duel memory gone = trueDispute(made, challenger, 0);
        abandon(gone, made, false);
        Duel memory duel = trueDispute(made, rival, 0);
        waits(gone);
        refute(duel);
        done(collectCall(gone));
        vm.assertEq(opml.credits(challenger), BOND, "all of it, at once");
        vm.assertEq(opml.credits(submitter), 0, "nothing");
        refused(
            stranger,
            0,
            collectCall(gone),
            abi.encodeWithSelector(IOpMLErrors.AlreadyCollected.selector, gone.disputeId)
        );
    }

    function test_collect_challengerAwayOnWrongClaim_bondComesBack_succeeds() public {
        Made memory made = claimLie(asked, 10, "lie");
        Duel memory gone = trueDispute(made, challenger, 0);
        abandon(gone, made, false);
        knockOut(trueDispute(made, challenger, 1));
        waits(gone);
        Made memory last = answer();
        waits(gone);
        done(judgeCall(made, last));
        done(collectCall(gone));
        vm.assertEq(opml.credits(challenger), BOND, "all of it");
    }

    function test_collect_challengerAwayOnRightClaim_bondIsLost_succeeds() public {
        Made memory made = claimTruth(asked);
        Duel memory gone = lyingDispute(made, challenger, 0);
        abandon(gone, made, true);
        knockOut(lyingDispute(made, challenger, 1));
        done(judgeCall(made, answer()));
        uint256 before = opml.credits(submitter);
        done(collectCall(gone));
        vm.assertEq(opml.credits(challenger), 0, "lost");
        vm.assertEq(opml.credits(submitter) - before, gainOf(2), "to who answered");
    }

    //// Attacks ////

    /// @notice Knocks a host out, times its true claim out and claims the same: half a bond is lost at least, less the fee
    ///         of the request, however great the stake is.
    function test_judge_knockedOutAndCopied_losesHalfABond_succeeds() public {
        for (uint256 times = 1; times <= 100; times *= 10) {
            IOpMLTypes.Profile memory dear = profileOf(ARITY_BITS);
            dear.bondGwei = uint64(dear.bondGwei / times);
            vm.prank(registrar);
            profile = opml.addProfile(dear);
            asked = ask();
            Made memory made = claimTruth(asked);
            // What is sent beyond the bond is credited at once.
            Duel memory duel = lyingDispute(made, rival, 0);
            knockOut(duel);
            done(judgeCall(made, answer()));
            done(collectCall(duel));
            uint256 spent = BOND + 2 * STAKE;
            uint256 back = opml.credits(rival) - FEE;
            vm.assertEq(spent - back, BOND / times / 2, "half a bond");
            vm.prank(rival);
            opml.withdraw(payable(rival));
        }
    }

    /// @notice One owner of claim, dispute and next claim loses three twentieths of the stake and a quarter of the bond.
    function test_judge_coalitionOnBothSides_losesTheBurn_succeeds() public {
        Made memory made = inNameOf(rival, truthOf(asked));
        commit(made);
        reveal(asked, made);
        Duel memory duel = lyingDispute(made, rival, 0);
        knockOut(duel);
        done(judgeCall(made, answer()));
        done(collectCall(duel));
        uint256 lost = STAKE + BOND + 2 * STAKE + FEE - opml.credits(rival);
        vm.assertEq(lost, STAKE / 5 - BOND / 2 + BOND - gainOf(1), "burned");
        vm.assertGe(lost, STAKE * 3 / 20 + BOND / 4, "at least");
    }

    /// @notice To knock a host out of one of many false disputes frees none of the others, whether it had answered or not.
    function test_collectUnfinished_oneKnockOut_freesNoOther_succeeds() public {
        Made memory made = claimTruth(asked);
        Duel memory first = lyingDispute(made, challenger, 0);
        Duel memory second = lyingDispute(made, challenger, 1);
        Duel memory duel = lyingDispute(made, challenger, 2);
        turn(second, honest(submitter, runOf(asked), made.claim.n));
        knockOut(duel);
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.DisputeNotOver.selector, first.disputeId);
        refused(stranger, 0, unfinishedCall(first, duel), error);
        Made memory last = answer();
        refused(stranger, 0, unfinishedCall(first, duel), error);
        done(judgeCall(made, last));
        uint256 before = opml.credits(submitter);
        done(unfinishedCall(first, duel));
        done(unfinishedCall(second, duel));
        done(collectCall(duel));
        vm.assertEq(opml.credits(challenger), 0, "every bond is lost");
        uint256 gain = opml.credits(submitter) - before;
        vm.assertEq(gain, 2 * gainOf(1) + gainOf(2), "each pays for its answers");
    }

    /// @notice The deadline passes while the host is knocked out: the answer can still be given again.
    function test_collect_knockedOutAtTheDeadline_canBeClaimedAgain_succeeds() public {
        pass(1 days - 24);
        Made memory made = claimTruth(asked);
        Duel memory duel = lyingDispute(made, challenger, 0);
        runOut(duel);
        vm.assertGt(vm.getBlockTimestamp(), deadlineOf(asked.requestId), "too late");
        uint32 deadline = uint32(vm.getBlockTimestamp() + CLOCK);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.ClaimRejected(made.claimId, asked.requestId, duel.disputeId, deadline);
        done(collectCall(duel));
        vm.assertEq(deadlineOf(asked.requestId), deadline, "a clock from now");
        pass(CLOCK);
        Made memory last = truthOfRival();
        commit(last);
        reveal(asked, last);
        finalise(asked, last);
        done(judgeCall(made, last));
        vm.assertEq(opml.credits(submitter), STAKE - STAKE / 5, "nothing is lost but the fee");
    }

    /// @notice A liar runs out of time against its own dispute, before the honest one proves it wrong: the honest challenger
    ///         has its costs and the liar has lost half of its stake, as by proof.
    function test_collectUnfinished_fallingBeforeTheProof_paysTheHonest_succeeds() public {
        Made memory made = claimLie(asked, 10, "lie");
        Duel memory other = trueDispute(made, challenger, 0);
        Duel memory own = lyingDispute(made, submitter, 0);
        turn(other, Player(submitter, 5, made.claim.sn, 30, 0, NEVER, "lie"));
        turn(other, honest(challenger, runOf(asked), 10));
        knockOut(own);
        done(judgeCall(made, answer()));
        done(collectCall(own));
        done(unfinishedCall(other, own));
        vm.assertEq(opml.credits(challenger), BOND + costOf(2), "bond and costs");
        uint256 back = opml.credits(submitter);
        vm.assertEq(back, bondOf(1) + STAKE / 2 - costOf(2), "less than half the stake");
    }

    /// @notice A challenger that is about to be proved wrong falls silent, and has the claim fall by another clock: its bond
    ///         comes back neither by the answer nor by a refund.
    function test_collect_silentLiar_neverHasItsBondBack_succeeds() public {
        Made memory made = claimTruth(asked);
        Duel memory gone = lyingDispute(made, challenger, 0);
        abandon(gone, made, true);
        knockOut(lyingDispute(made, challenger, 1));
        uint256 snapshot = vm.snapshotState();
        refund();
        done(collectCall(gone));
        vm.assertEq(opml.credits(challenger), 0, "refunded");
        vm.revertToState(snapshot);
        done(judgeCall(made, answer()));
        done(collectCall(gone));
        vm.assertEq(opml.credits(challenger), 0, "answered");
    }

    //// judge ////

    function test_judge_notTimedOut_reverts() public {
        Made memory made = claimLie(asked, 10, "lie");
        refused(
            stranger,
            0,
            judgeCall(made, made),
            abi.encodeWithSelector(IOpMLErrors.ClaimNotTimedOut.selector, made.claimId, uint8(1))
        );
        Duel memory duel = trueDispute(made, challenger, 0);
        refute(duel);
        done(collectCall(duel));
        Made memory last = answer();
        refused(
            stranger,
            0,
            judgeCall(made, last),
            abi.encodeWithSelector(IOpMLErrors.ClaimNotTimedOut.selector, made.claimId, uint8(3))
        );
        refused(
            stranger,
            0,
            judgeCall(last, last),
            abi.encodeWithSelector(IOpMLErrors.ClaimNotTimedOut.selector, last.claimId, uint8(2))
        );
        Made memory late = lieOf(asked, 3, "never made");
        refused(
            stranger,
            0,
            judgeCall(late, last),
            abi.encodeWithSelector(IOpMLErrors.ClaimNotTimedOut.selector, late.claimId, uint8(0))
        );
    }

    function test_judge_notTheFinalClaim_reverts() public {
        Made memory made = claimTruth(asked);
        knockOut(lyingDispute(made, challenger, 0));
        Made memory next = claimTruth(asked);
        refused(
            stranger,
            0,
            judgeCall(made, next),
            abi.encodeWithSelector(IOpMLErrors.ClaimNotFinal.selector, next.claimId, uint8(1))
        );
        Asked memory other = ask();
        Made memory final_ = claimTruth(other);
        finalise(other, final_);
        refused(
            stranger,
            0,
            judgeCall(made, final_),
            abi.encodeWithSelector(
                IOpMLErrors.WrongRequest.selector, asked.requestId, other.requestId
            )
        );
    }
}
