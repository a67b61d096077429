// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../../src/interfaces/IOpML.sol";
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

    /// @notice The submitter never answers.
    function reject(Duel memory duel) internal {
        runOut(duel);
        checkVerdict(duel, 2, BY_TIMEOUT);
    }

    /// @notice The challenger answers no more.
    function repel(Duel memory duel) internal {
        turn(duel, Player(submitter, 5, made.claim.sn, 30, 0, NEVER, "lie"));
        runOut(duel);
        checkVerdict(duel, 1, BY_TIMEOUT);
    }

    function collectCall(Duel memory duel) internal view returns (bytes memory) {
        return abi.encodeCall(opml.collect, (made.claim, duel.challenger, duel.nonce));
    }

    function collect(Duel memory duel) internal {
        vm.prank(stranger);
        (bool success,) = address(opml).call(collectCall(duel));
        vm.assertTrue(success, "collect");
    }

    function checkCollected(Duel memory duel) internal {
        refused(
            stranger,
            0,
            collectCall(duel),
            abi.encodeWithSelector(IOpML.AlreadyCollected.selector, duel.disputeId)
        );
    }

    function test_collect_rejectedClaim_paysChallengerAndReopens() public {
        Duel memory duel = dispute(challenger);
        reject(duel);
        vm.assertEq(requestStatus(asked.requestId), 2, "the verdict knows no request");
        vm.expectEmit(address(opml));
        emit IOpML.Collected(duel.disputeId, made.claimId);
        vm.expectEmit(address(opml));
        emit IOpML.Burned(STAKE / 2);
        vm.expectEmit(address(opml));
        emit IOpML.Credited(challenger, BOND + STAKE / 2);
        vm.expectEmit(address(opml));
        emit IOpML.ClaimRejected(made.claimId, asked.requestId, duel.disputeId);
        collect(duel);
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

    function test_collect_repelledDispute_paysSubmitter() public {
        Duel memory duel = dispute(challenger);
        repel(duel);
        vm.expectEmit(address(opml));
        emit IOpML.Burned(BOND / 4);
        vm.expectEmit(address(opml));
        emit IOpML.Credited(submitter, BOND - BOND / 4);
        collect(duel);
        vm.assertEq(requestStatus(asked.requestId), 2, "untouched");
        checkCollected(duel);
        finalise(asked, made);
        checkCollected(duel);
        vm.assertEq(opml.credits(submitter), BOND - BOND / 4 + STAKE + FEE, "submitter");
    }

    /// @notice A bond lost before the claim fell stays lost.
    function test_collect_repelledOnRejectedClaim_paysSubmitter() public {
        Duel memory repelled = dispute(stranger);
        Duel memory duel = dispute(challenger);
        turn(repelled, Player(submitter, 5, made.claim.sn, 30, 0, NEVER, "lie"));
        turn(duel, Player(submitter, 5, made.claim.sn, 30, 0, NEVER, "lie"));
        pass(CLOCK);
        turn(duel, honest(challenger, runOf(asked), 10));
        runOut(repelled);
        reject(duel);
        collect(repelled);
        collect(duel);
        vm.assertEq(opml.credits(submitter), BOND - BOND / 4, "submitter");
        vm.assertEq(opml.credits(stranger), 0, "stranger");
    }

    function test_collect_liveOnRejectedClaim_returnsBond() public {
        Duel memory other = dispute(stranger);
        Duel memory duel = dispute(challenger);
        refused(
            stranger,
            0,
            collectCall(other),
            abi.encodeWithSelector(IOpML.DisputeNotOver.selector, other.disputeId)
        );
        reject(duel);
        vm.expectEmit(address(opml));
        emit IOpML.Collected(other.disputeId, made.claimId);
        vm.expectEmit(address(opml));
        emit IOpML.Credited(stranger, BOND);
        collect(other);
        vm.assertEq(opml.disputeSlot(other.disputeId), 1 << 24, "no winner, collected");
        vm.assertEq(requestStatus(asked.requestId), 2, "reopened by the winner's only");
        checkCollected(other);
        collect(duel);
        vm.assertEq(requestStatus(asked.requestId), 1, "reopened");
    }

    function test_collect_unknown_reverts() public {
        bytes32 id = keccak256(abi.encode(made.claimId, challenger, uint64(3)));
        refused(
            stranger,
            0,
            abi.encodeCall(opml.collect, (made.claim, challenger, 3)),
            abi.encodeWithSelector(IOpML.DisputeNotOver.selector, id)
        );
    }

    /// @notice A rejected claim does not keep the fee: reopened, then past the deadline, it goes back.
    function test_refund_afterRejection_succeeds() public {
        Duel memory duel = dispute(challenger);
        reject(duel);
        pass(1 days + CLOCK);
        refused(
            asker,
            0,
            abi.encodeCall(opml.refund, (asked.request)),
            abi.encodeWithSelector(IOpML.RequestNotOpen.selector, asked.requestId, uint8(2))
        );
        collect(duel);
        opml.refund(asked.request);
        vm.assertEq(opml.credits(asker), FEE, "fee");
    }

    /// @notice Deciding a dispute twice: a claim that is rejected hears no other verdict.
    function test_decide_afterRejection_reverts() public {
        Duel memory other = dispute(stranger);
        Duel memory duel = dispute(challenger);
        reject(duel);
        bytes memory error =
            abi.encodeWithSelector(IOpML.ClaimNotOpen.selector, made.claimId, uint8(3));
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
        emit IOpML.Withdrawn(submitter, to, STAKE + FEE);
        vm.prank(submitter);
        opml.withdraw(to);
        vm.assertEq(to.balance, STAKE + FEE, "paid");
        vm.assertEq(opml.credits(submitter), 0, "once");
        refused(
            submitter,
            0,
            abi.encodeCall(opml.withdraw, (to)),
            abi.encodeWithSelector(IOpML.NothingToWithdraw.selector, submitter)
        );
    }

    function test_withdraw_refusedByReceiver_reverts() public {
        finalise(asked, made);
        refused(
            submitter,
            0,
            abi.encodeCall(opml.withdraw, (payable(address(court)))),
            abi.encodeWithSelector(IOpML.TransferFailed.selector, address(court))
        );
        vm.assertEq(opml.credits(submitter), STAKE + FEE, "still owed");
    }
}
