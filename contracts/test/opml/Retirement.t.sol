// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {Match} from "./Match.sol";

/// @title Retirement
/// @notice What becomes of everything that is under way when its guest version is retired: docs/protocol.md §9.
contract RetirementTest is Match {
    Asked private asked;
    bytes private retiredError;

    function setUp() public override {
        super.setUp();
        asked = ask();
        retiredError = abi.encodeWithSelector(IOpMLErrors.RetiredGuest.selector, guest);
    }

    function retire() private {
        vm.prank(guardian);
        opml.retire(guest);
    }

    function annulCall(Made memory made) private view returns (bytes memory) {
        return abi.encodeCall(opml.annul, (asked.request, made.claim));
    }

    function refundCall() private view returns (bytes memory) {
        return abi.encodeCall(opml.refund, (asked.request));
    }

    function finaliseCall(Made memory made) private view returns (bytes memory) {
        return abi.encodeCall(opml.finalise, (asked.request, made.claim, made.output, asked.data));
    }

    function lying(address by) private pure returns (Player memory) {
        return Player(by, 3, "other lie", 20, 0, NEVER, "other");
    }

    function liesOn(Made memory made, uint64 nonce) private returns (Duel memory) {
        return begin(asked, made, lying(challenger), nonce);
    }

    /// @notice The liar defends its dispute to the end, and is proved wrong.
    function repel(Duel memory duel, Made memory made) private {
        play(duel, honest(submitter, runOf(asked), made.claim.n), lying(challenger), 0);
        checkVerdict(duel, 1, BY_PROOF);
    }

    /// @notice The challenger does not answer the submitter's list.
    function abandon(Duel memory duel, Made memory made) private {
        turn(duel, honest(submitter, runOf(asked), made.claim.n));
        pass(CLOCK + 1);
        done(timeoutCall(duel));
        checkVerdict(duel, 1, BY_TIMEOUT);
    }

    function annulledClaim() private returns (Made memory made) {
        made = claimTruth(asked);
        retire();
        done(annulCall(made));
    }

    function credited() private view returns (uint256) {
        return opml.credits(asker) + opml.credits(submitter) + opml.credits(challenger)
            + opml.credits(rival) + opml.credits(stranger) + opml.credits(guardian);
    }

    //// Nothing new, and no verdict ////

    function test_request_retiredGuest_reverts() public {
        retire();
        bytes memory call = abi.encodeCall(
            opml.request,
            (model, guest, profile, 9, type(uint32).max, asked.input, address(0), 0, "")
        );
        refused(asker, FEE, call, retiredError);
    }

    function test_commit_retiredGuest_reverts() public {
        guest = addGuest(opml.guestVersions(guest).root);
        asked = ask();
        retire();
        retiredError = abi.encodeWithSelector(IOpMLErrors.RetiredGuest.selector, guest);
        bytes memory call =
            abi.encodeCall(opml.commit, (asked.requestId, 0, profile, bytes32("content")));
        refused(submitter, STAKE, call, retiredError);
    }

    function test_reveal_retiredGuest_reverts() public {
        Made memory made = truthOf(asked);
        commit(made);
        retire();
        refused(submitter, 0, revealCall(asked, made), retiredError);
    }

    function test_open_retiredGuest_reverts() public {
        Made memory made = claimLie(asked, 10, "lie");
        retire();
        refused(challenger, BOND, openCall(made, 0, ""), retiredError);
    }

    /// @notice Nobody may dispute it any more, so it must not become final either.
    function test_finalise_retiredGuest_reverts() public {
        Made memory made = claimLie(asked, 10, "lie");
        retire();
        pass(WINDOW + 1);
        refused(submitter, 0, finaliseCall(made), retiredError);
    }

    function test_timeout_retiredGuest_reverts() public {
        Duel memory duel = liesOn(claimTruth(asked), 0);
        retire();
        pass(CLOCK + 1);
        refused(stranger, 0, timeoutCall(duel), retiredError);
    }

    /// @notice One turn before its end by proof.
    function test_evaluate_retiredGuest_reverts() public {
        Made memory made = claimTruth(asked);
        Duel memory duel = liesOn(made, 0);
        Player memory truth = honest(submitter, runOf(asked), made.claim.n);
        while (!duel.over) {
            Player memory player = sideOf(duel.position) == 0 ? truth : lying(challenger);
            uint256 snapshot = vm.snapshotState();
            Duel memory before = copy(duel);
            turn(duel, player);
            if (!duel.over) continue;
            vm.revertToState(snapshot);
            (uint256 pick,) = choose(before, player);
            retire();
            refused(
                player.account,
                0,
                evaluateCall(before, pick, evaluateBody(before, pick)),
                retiredError
            );
        }
    }

    //// What is open goes back ////

    function test_refund_retiredGuest_atOnce_succeeds() public {
        retire();
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Refunded(asked.requestId, asker, FEE);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.RequestAnnulled(asked.requestId);
        done(refundCall());
        vm.assertEq(requestStatus(asked.requestId), 5, "refunded");
        vm.assertEq(opml.credits(asker), FEE, "the fee");
        refused(
            stranger,
            0,
            refundCall(),
            abi.encodeWithSelector(IOpMLErrors.RequestNotOpen.selector, asked.requestId, uint8(5))
        );
    }

    function test_annul_openClaim_returnsStakeAndFee_succeeds() public {
        Made memory made = claimTruth(asked);
        retire();
        vm.expectEmit(address(opml));
        emit IOpMLEvents.ClaimAnnulled(made.claimId, asked.requestId);
        done(annulCall(made));
        vm.assertEq(claimStatus(made.claimId), 8, "annulled");
        vm.assertEq(requestStatus(asked.requestId), 5, "refunded");
        vm.assertEq(opml.credits(submitter), STAKE, "the stake");
        vm.assertEq(opml.credits(asker), FEE, "the fee");
        vm.assertEq(address(opml).balance, STAKE + FEE, "and nothing else");
        refused(
            stranger,
            0,
            annulCall(made),
            abi.encodeWithSelector(IOpMLErrors.ClaimNotOpen.selector, made.claimId, uint8(8))
        );
    }

    function test_annul_servingGuest_reverts() public {
        Made memory made = claimTruth(asked);
        refused(
            asker,
            0,
            annulCall(made),
            abi.encodeWithSelector(IOpMLErrors.ServingGuest.selector, guest)
        );
    }

    function test_annul_anotherRequest_reverts() public {
        Made memory made = claimTruth(asked);
        Asked memory other = ask();
        retire();
        refused(
            asker,
            0,
            abi.encodeCall(opml.annul, (other.request, made.claim)),
            abi.encodeWithSelector(
                IOpMLErrors.WrongRequest.selector, asked.requestId, other.requestId
            )
        );
    }

    function test_annul_finalClaim_reverts() public {
        Made memory made = claimTruth(asked);
        finalise(asked, made);
        uint256 credit = opml.credits(submitter);
        retire();
        refused(
            guardian,
            0,
            annulCall(made),
            abi.encodeWithSelector(IOpMLErrors.ClaimNotOpen.selector, made.claimId, uint8(2))
        );
        refused(
            guardian,
            0,
            refundCall(),
            abi.encodeWithSelector(IOpMLErrors.RequestNotOpen.selector, asked.requestId, uint8(3))
        );
        vm.assertEq(opml.credits(submitter), credit, "its own");
    }

    function test_collectUnfinished_annulledClaim_returnsTheBond_succeeds() public {
        Made memory made = claimTruth(asked);
        Duel memory duel = liesOn(made, 0);
        turn(duel, honest(submitter, runOf(asked), made.claim.n));
        Duel memory second = begin(asked, made, lying(rival), 0);
        retire();
        refused(
            stranger,
            0,
            unfinishedCall(duel, duel),
            abi.encodeWithSelector(IOpMLErrors.DisputeNotOver.selector, duel.disputeId)
        );
        done(annulCall(made));
        done(unfinishedCall(duel, duel));
        done(unfinishedCall(second, second));
        vm.assertEq(opml.credits(challenger), bondOf(0), "the bond");
        vm.assertEq(opml.credits(rival), bondOf(1), "as it had grown");
        vm.assertEq(address(opml).balance, credited(), "everything is somebody's again");
        refused(
            stranger,
            0,
            unfinishedCall(duel, duel),
            abi.encodeWithSelector(IOpMLErrors.AlreadyCollected.selector, duel.disputeId)
        );
    }

    /// @notice Moves need not ask whether the version serves: after one the dispute is as open as before.
    function test_move_retiredGuest_changesNobodysMoney_succeeds() public {
        Made memory made = claimTruth(asked);
        Duel memory duel = liesOn(made, 0);
        retire();
        turn(duel, honest(submitter, runOf(asked), made.claim.n));
        done(annulCall(made));
        done(unfinishedCall(duel, duel));
        vm.assertEq(opml.credits(challenger), BOND, "the bond");
        vm.assertEq(opml.credits(submitter), STAKE, "the stake");
    }

    /// @notice Whatever was committed to: it will never be known which was the answer.
    function test_takeBackLate_annulledRequest_returnsTheWholeStake_succeeds() public {
        Made memory lie = inNameOf(rival, lieOf(asked, 10, "lie"));
        commit(lie);
        Made memory truth = truthOf(asked);
        commit(truth);
        retire();
        refused(
            stranger,
            0,
            abi.encodeCall(opml.takeBackLate, (lie.claim)),
            abi.encodeWithSelector(
                IOpMLErrors.RequestNotRefunded.selector, asked.requestId, uint8(1)
            )
        );
        done(refundCall());
        done(abi.encodeCall(opml.takeBackLate, (lie.claim)));
        done(abi.encodeCall(opml.takeBackLate, (truth.claim)));
        vm.assertEq(opml.credits(rival), STAKE, "whole");
        vm.assertEq(opml.credits(submitter), STAKE, "whole");
        refused(
            stranger,
            0,
            abi.encodeCall(opml.takeBackLate, (lie.claim)),
            abi.encodeWithSelector(IOpMLErrors.NotCommitted.selector, lie.claimId, uint8(5))
        );
    }

    /// @notice A clock proves nothing: the guardian cannot make a winner of who has knocked a host out.
    function test_collect_timedOutClaimAnnulled_returnsEverything_succeeds() public {
        Made memory made = claimTruth(asked);
        Duel memory duel = liesOn(made, 0);
        Duel memory other = begin(asked, made, lying(rival), 0);
        runOut(duel);
        retire();
        done(collectCall(duel)); // opens the round
        vm.assertEq(credited(), 0, "waits");
        done(refundCall());
        done(collectCall(duel));
        vm.assertEq(opml.credits(submitter), STAKE, "the stake");
        vm.assertEq(opml.credits(challenger), BOND, "the bond");
        done(unfinishedCall(other, other));
        vm.assertEq(opml.credits(rival), bondOf(1), "the bond");
        vm.assertEq(address(opml).balance, credited(), "everything is somebody's again");
        refused(
            stranger,
            0,
            collectCall(duel),
            abi.encodeWithSelector(IOpMLErrors.AlreadyCollected.selector, duel.disputeId)
        );
    }

    /// @notice In a later round, too: what waits for an answer that will not come goes back.
    function test_collect_timedOutInAnEarlierRound_returnsEverything_succeeds() public {
        Made memory made = claimTruth(asked);
        Duel memory duel = liesOn(made, 0);
        runOut(duel);
        done(collectCall(duel));
        Made memory second = inNameOf(rival, truthOf(asked));
        commit(second);
        reveal(asked, second);
        retire();
        done(annulCall(second));
        done(collectCall(duel));
        vm.assertEq(opml.credits(submitter), STAKE, "the stake");
        vm.assertEq(opml.credits(challenger), BOND, "the bond");
        vm.assertEq(opml.credits(rival), 2 * STAKE, "the stake of the second round");
        vm.assertEq(address(opml).balance, credited(), "everything is somebody's again");
    }

    function test_collect_timedOutChallengerAnnulled_returnsTheBond_succeeds() public {
        Made memory made = claimTruth(asked);
        Duel memory duel = liesOn(made, 0);
        abandon(duel, made);
        retire();
        done(annulCall(made));
        done(collectCall(duel));
        vm.assertEq(opml.credits(challenger), BOND, "the bond");
        vm.assertEq(opml.credits(submitter), STAKE, "the stake");
    }

    //// What is decided stands ////

    function test_collect_rejectedByProof_standsAfterRetirement_succeeds() public {
        Made memory made = claimLie(asked, 10, "lie");
        Duel memory duel = begin(asked, made, honest(challenger, runOf(asked), made.claim.n), 0);
        refute(duel);
        retire();
        done(collectCall(duel));
        vm.assertEq(opml.credits(challenger), BOND + STAKE / 2, "half the stake");
        done(refundCall());
        vm.assertEq(opml.credits(asker), FEE, "the fee");
        vm.assertEq(address(opml).balance, credited() + STAKE / 2, "the rest is burned");
    }

    function test_collect_repelledByProof_standsAfterRetirement_succeeds() public {
        Made memory made = claimTruth(asked);
        Duel memory duel = liesOn(made, 0);
        repel(duel, made);
        retire();
        done(annulCall(made));
        done(collectCall(duel));
        vm.assertEq(opml.credits(challenger), 0, "lost its bond");
        vm.assertEq(opml.credits(submitter), STAKE + gainOf(duel.moves), "was repaid");
    }

    /// @notice Refunded by its deadline before: as it was played.
    function test_collect_refundedBeforeRetirement_countsAsPlayed_succeeds() public {
        Made memory made = claimLie(asked, 10, "lie");
        Duel memory duel = begin(asked, made, honest(challenger, runOf(asked), made.claim.n), 0);
        runOut(duel);
        done(collectCall(duel));
        Made memory waiting = inNameOf(rival, truthOf(asked));
        commit(waiting);
        pass(1 days + CLOCK);
        done(refundCall());
        retire();
        done(collectCall(duel));
        vm.assertEq(opml.credits(challenger), BOND + STAKE / 2, "half the stake");
        done(abi.encodeCall(opml.takeBackLate, (waiting.claim)));
        vm.assertEq(opml.credits(rival), 2 * STAKE - 2 * STAKE / 5, "four fifths");
    }

    /// @notice A final claim judges what was timed out before it, retired or not.
    function test_judge_retiredGuest_standsAfterRetirement_succeeds() public {
        Made memory made = claimTruth(asked);
        Duel memory duel = liesOn(made, 0);
        runOut(duel);
        done(collectCall(duel));
        Made memory last = inNameOf(rival, truthOf(asked));
        commit(last);
        reveal(asked, last);
        finalise(asked, last);
        retire();
        done(judgeCall(made, last));
        done(collectCall(duel));
        vm.assertEq(opml.credits(submitter), STAKE - STAKE / 5 + gainOf(1), "late, and right");
        vm.assertEq(opml.credits(challenger), 0, "lost its bond");
    }
}
