// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {Money} from "../../src/lib/Money.sol";
import {Match} from "./Match.sol";

/// @title Money
/// @notice Who gets what of a dispute that is over, once; and what the next round begins with.
contract SettlementTest is Match {
    Asked private asked;
    Made private made;
    uint64 private nonces;

    function setUp() public override {
        super.setUp();
        asked = ask();
        made = claimLie(asked, 10, "lie");
    }

    function dispute(address by) internal returns (Duel memory) {
        return begin(asked, made, honest(by, runOf(asked), 10), nonces++);
    }

    /// @notice The challenger answers no more.
    function repel(Duel memory duel) internal {
        turn(duel, Player(submitter, 5, made.claim.sn, 30, 0, NEVER, "lie"));
        runOut(duel);
        checkVerdict(duel, 1, BY_TIMEOUT);
    }

    function collect(Duel memory duel) internal {
        vm.prank(stranger);
        (bool success,) = address(opml).call(collectCall(duel));
        vm.assertTrue(success, "collect");
    }

    function collectUnfinished(Duel memory duel, Duel memory winner) internal {
        vm.prank(stranger);
        (bool success,) = address(opml).call(unfinishedCall(duel, winner));
        vm.assertTrue(success, "collectUnfinished");
    }

    function notOver(bytes memory call, Duel memory duel) internal {
        refused(
            stranger,
            0,
            call,
            abi.encodeWithSelector(IOpMLErrors.DisputeNotOver.selector, duel.disputeId)
        );
    }

    function checkUnfinishedCollected(Duel memory duel, Duel memory winner) internal {
        refused(
            stranger,
            0,
            unfinishedCall(duel, winner),
            abi.encodeWithSelector(IOpMLErrors.AlreadyCollected.selector, duel.disputeId)
        );
    }

    function checkCollected(Duel memory duel) internal {
        refused(
            stranger,
            0,
            collectCall(duel),
            abi.encodeWithSelector(IOpMLErrors.AlreadyCollected.selector, duel.disputeId)
        );
    }

    function test_collect_rejectedClaim_paysChallengerAndReopens_succeeds() public {
        Duel memory duel = dispute(challenger);
        refute(duel);
        vm.assertEq(requestStatus(asked.requestId), 2, "the verdict knows no request");
        uint32 deadline = deadlineOf(asked.requestId);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.ClaimRejected(made.claimId, asked.requestId, duel.disputeId, deadline);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Collected(duel.disputeId, made.claimId);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Burned(STAKE / 2);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Credited(challenger, BOND + STAKE / 2);
        collect(duel);
        vm.assertEq(deadlineOf(asked.requestId), deadline, "far enough away");
        vm.assertEq(opml.credits(challenger), BOND + STAKE / 2, "challenger");
        vm.assertEq(requestStatus(asked.requestId), 1, "open");
        vm.assertEq(roundOf(asked.requestId), 1, "round");
        checkCollected(duel);

        // By anybody, with the same state too.
        Made memory again = claimLie(asked, 10, "lie");
        vm.assertNotEq(again.claimId, made.claimId, "another claim");
        vm.assertEq(again.claim.sn, made.claim.sn, "of the same state");
        checkCollected(duel);
        finalise(asked, again);
        checkCollected(duel);
        vm.assertEq(opml.credits(submitter), 2 * STAKE + FEE, "for twice the stake");
    }

    function test_collect_repelledDispute_paysSubmitter_succeeds() public {
        Duel memory duel = dispute(challenger);
        repel(duel);
        finalise(asked, made);
        uint256 gain = gainOf(2);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Burned(BOND - gain);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Credited(submitter, gain);
        collect(duel);
        checkCollected(duel);
        vm.assertEq(opml.credits(submitter), gain + STAKE + FEE, "submitter");
    }

    /// @notice A bond lost by proof is paid at once, and stays lost when the claim falls.
    function test_collect_lostByProofOnRejectedClaim_paysSubmitter_succeeds() public {
        Duel memory lost =
            begin(asked, made, Player(stranger, 3, "other lie", 20, 0, NEVER, "other"), nonces++);
        Duel memory duel = dispute(challenger);
        Player memory defence = Player(submitter, 5, made.claim.sn, 30, 0, NEVER, "lie");
        play(lost, defence, Player(stranger, 3, "other lie", 20, 0, NEVER, "other"), 0);
        checkVerdict(lost, 1, BY_PROOF);
        collect(lost);
        uint256 gain = gainOf(lost.moves);
        vm.assertEq(opml.credits(submitter), gain, "at once");
        refute(duel);
        collect(duel);
        vm.assertEq(opml.credits(submitter), gain, "submitter");
        vm.assertEq(opml.credits(stranger), 0, "stranger");
    }

    /// @notice Who was not the fastest has its bond back, and what its moves have cost out of the stake.
    function test_collectUnfinished_repaysMoves_succeeds() public {
        Duel memory other = dispute(stranger);
        Duel memory duel = dispute(challenger);
        turn(other, Player(submitter, 5, made.claim.sn, 30, 0, NEVER, "lie"));
        turn(other, honest(stranger, runOf(asked), 10));
        notOver(collectCall(other), other);
        notOver(unfinishedCall(other, duel), other);
        refute(duel);
        notOver(collectCall(other), other);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Collected(other.disputeId, made.claimId);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Credited(stranger, BOND + costOf(2));
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Credited(challenger, STAKE / 4 - costOf(2));
        collectUnfinished(other, duel);
        vm.assertEq(opml.disputeSlot(other.disputeId), 1 << 24, "no winner, collected");
        vm.assertEq(requestStatus(asked.requestId), 2, "reopened by the winner's only");
        checkCollected(other);
        checkUnfinishedCollected(other, duel);
        collect(duel);
        vm.assertEq(requestStatus(asked.requestId), 1, "reopened");
        uint256 rest = STAKE / 2 - costOf(2);
        vm.assertEq(opml.credits(challenger), bondOf(1) + rest, "all that is not burned");
    }

    /// @notice A liar that rejects its own claim by another name, before the honest dispute comes to its end, gets no
    ///         more than half of its stake together; the honest challenger has its costs.
    function test_collectUnfinished_selfChallenge_honestIsRepaid_succeeds() public {
        Duel memory other = dispute(challenger);
        Duel memory own = dispute(rival);
        turn(other, Player(submitter, 5, made.claim.sn, 30, 0, NEVER, "lie"));
        turn(other, honest(challenger, runOf(asked), 10));
        refute(own);
        collect(own);
        collectUnfinished(other, own);
        vm.assertEq(opml.credits(challenger), BOND + costOf(2), "bond and costs");
        uint256 back = opml.credits(rival) + opml.credits(submitter);
        vm.assertEq(back, bondOf(1) + STAKE / 2 - costOf(2), "less than half the stake");
    }

    /// @notice So many share the quarter of the stake that nobody's moves are paid for; it is never exceeded.
    function test_collectUnfinished_many_shareAQuarter_succeeds() public {
        uint256 count = 120;
        bytes[] memory others = new bytes[](count);
        for (uint256 i = 0; i < count; ++i) {
            others[i] = abi.encode(dispute(stranger));
        }
        Duel memory duel = dispute(challenger);
        refute(duel);
        uint256 share = STAKE / 4 / count;
        vm.assertLt(share, costOf(1), "a share is less than one list");
        uint256 bonds;
        for (uint256 i = 0; i < count; ++i) {
            collectUnfinished(abi.decode(others[i], (Duel)), duel);
            bonds += bondOf(i);
        }
        vm.assertEq(opml.credits(stranger), bonds + count * share, "bonds and shares");
        vm.assertEq(opml.credits(challenger), 0, "nothing is left over");
        collect(duel);
        uint256 rest = STAKE / 2 - count * share;
        vm.assertEq(opml.credits(challenger), bondOf(count) + rest, "winner");
    }

    function test_collectUnfinished_wrongParts_reverts() public {
        Duel memory other = dispute(stranger);
        Duel memory repelled = dispute(stranger);
        Duel memory duel = dispute(challenger);
        turn(repelled, Player(submitter, 5, made.claim.sn, 30, 0, NEVER, "lie"));
        turn(duel, Player(submitter, 5, made.claim.sn, 30, 0, NEVER, "lie"));
        turn(other, Player(submitter, 5, made.claim.sn, 30, 0, NEVER, "lie"));
        pass(CLOCK);
        turn(other, honest(stranger, runOf(asked), 10));
        turn(duel, honest(challenger, runOf(asked), 10));
        pass(1);
        done(timeoutCall(repelled));
        refute(duel);

        bytes memory stale =
            abi.encodeWithSelector(IOpMLErrors.StalePosition.selector, other.disputeId);
        Duel memory wrong = copy(other);
        wrong.position += 1 << 192; // one list more
        refused(stranger, 0, unfinishedCall(wrong, duel), stale);
        wrong.position = other.position + (16 << 208); // twice the bond
        refused(stranger, 0, unfinishedCall(wrong, duel), stale);
        stale = abi.encodeWithSelector(IOpMLErrors.StalePosition.selector, repelled.disputeId);
        refused(stranger, 0, unfinishedCall(repelled, duel), stale);
        stale = abi.encodeWithSelector(IOpMLErrors.StalePosition.selector, duel.disputeId);
        refused(stranger, 0, unfinishedCall(duel, duel), stale);

        Duel[2] memory losers = [other, repelled];
        for (uint256 i = 0; i < losers.length; ++i) {
            refused(
                stranger,
                0,
                unfinishedCall(other, losers[i]),
                abi.encodeWithSelector(IOpMLErrors.NotWinner.selector, losers[i].disputeId)
            );
        }
    }

    //// Coalitions ////

    /// @notice Whoever plays both sides of a dispute loses at least a quarter of the bond that is lost, at every arity,
    ///         for all dispute lengths that there are.
    function test_repelled_everyLength_burnsAQuarter_succeeds() public pure {
        for (uint256 bits = 1; bits <= 6; ++bits) {
            // n below 2^64 large steps, m up to 2^40 small ones.
            uint256 longest = (64 + bits - 1) / bits + (40 + bits - 1) / bits;
            uint256 gain = Money.repelled(BOND, bits, longest);
            vm.assertLe(gain, BOND - BOND / 4, "a quarter is burned");
            vm.assertGt(gain, BOND / 2, "and hardly more, where most moves are repaid");
        }
    }

    /// @notice A coalition that owns the claim and all of its disputes gets back no more than its bonds and half of
    ///         the stake.
    function test_collect_coalition_losesHalfTheStake_succeeds() public {
        uint256 before = STAKE;
        Duel memory other = dispute(submitter);
        Duel memory duel = dispute(submitter);
        before += bondOf(0) + bondOf(1);
        refute(duel);
        collect(duel);
        collectUnfinished(other, duel);
        vm.assertEq(before - opml.credits(submitter), STAKE / 2, "lost");
    }

    function test_collect_unknown_reverts() public {
        bytes32 id = keccak256(abi.encode(made.claimId, challenger, uint64(3)));
        refused(
            stranger,
            0,
            abi.encodeCall(opml.collect, (made.claim, challenger, 3)),
            abi.encodeWithSelector(IOpMLErrors.DisputeNotOver.selector, id)
        );
    }

    /// @notice A rejected claim does not keep the fee: reopened, then past the deadline, it goes back.
    function test_refund_afterRejection_succeeds() public {
        Duel memory duel = dispute(challenger);
        refute(duel);
        pass(1 days + CLOCK);
        refused(
            asker,
            0,
            abi.encodeCall(opml.refund, (asked.request)),
            abi.encodeWithSelector(IOpMLErrors.RequestNotOpen.selector, asked.requestId, uint8(2))
        );
        collect(duel);
        // Nobody has lost the round that has only just begun.
        uint256 last = vm.getBlockTimestamp() + 2 * CLOCK;
        pass(2 * CLOCK);
        refused(
            asker,
            0,
            abi.encodeCall(opml.refund, (asked.request)),
            abi.encodeWithSelector(IOpMLErrors.DeadlineNotPassed.selector, asked.requestId, last)
        );
        pass(1);
        opml.refund(asked.request);
        vm.assertEq(opml.credits(asker), FEE, "fee");
    }

    /// @notice Deciding a dispute twice: a claim that is rejected hears no other verdict.
    function test_decide_afterRejection_reverts() public {
        Duel memory other = dispute(stranger);
        Duel memory duel = dispute(challenger);
        refute(duel);
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.ClaimNotOpen.selector, made.claimId, uint8(3));
        refused(stranger, 0, timeoutCall(other), error);
        refused(
            stranger,
            0,
            abi.encodeCall(opml.finalise, (asked.request, made.claim, made.output, asked.data)),
            error
        );
    }

    //// withdraw ////

    function test_withdraw_succeeds() public {
        finalise(asked, made);
        address payable to = payable(makeAddr("cold wallet"));
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Withdrawn(submitter, to, STAKE + FEE);
        vm.prank(submitter);
        opml.withdraw(to);
        vm.assertEq(to.balance, STAKE + FEE, "paid");
        vm.assertEq(opml.credits(submitter), 0, "once");
        refused(
            submitter,
            0,
            abi.encodeCall(opml.withdraw, (to)),
            abi.encodeWithSelector(IOpMLErrors.NothingToWithdraw.selector, submitter)
        );
    }

    function test_withdraw_refusedByReceiver_reverts() public {
        finalise(asked, made);
        refused(
            submitter,
            0,
            abi.encodeCall(opml.withdraw, (payable(address(court)))),
            abi.encodeWithSelector(IOpMLErrors.TransferFailed.selector, address(court))
        );
        vm.assertEq(opml.credits(submitter), STAKE + FEE, "still owed");
    }
}
