// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {TrueClaim} from "./TrueClaim.sol";

/// @title Attacks on the clocks
/// @notice What is charged to whom, and what the first call makes of clocks that have run out.
contract TicksTest is TrueClaim {
    function liar(bytes32 salt) private view returns (Player memory) {
        return Player(challenger, 5, salt, 30, 0, NEVER, salt);
    }

    function refusedOver(Duel memory duel, bytes memory error) private {
        refused(stranger, 0, timeoutCall(duel), error);
    }

    /// @notice Only who is to move is charged: the time that ends the dispute would have been too much for the other side as well,
    ///         and whoever calls, the mover has lost, once.
    function test_timeout_bothClocksSpent_moverLosesOnce_succeeds() public {
        Duel memory duel = begin(asked, made, liar("end"), 0);
        pass(CLOCK);
        turn(duel, truth());
        uint256[2] memory left = budgetsOf(duel.position);
        vm.assertEq(left[0], INCREMENT, "the submitter has spent its clock to the last tick");
        pass(left[1] + left[0] + 1);
        address[3] memory callers = [challenger, submitter, stranger];
        for (uint256 i = 0; i < 3; ++i) {
            uint256 snapshot = vm.snapshotState();
            vm.prank(callers[i]);
            (bool success,) = address(opml).call(timeoutCall(duel));
            vm.assertTrue(success, "over, whoever says so");
            checkVerdict(duel, 1, BY_TIMEOUT);
            vm.assertEq(claimStatus(made.claimId), 1, "the claim stands");
            refusedOver(
                duel, abi.encodeWithSelector(IOpMLErrors.DisputeDecided.selector, duel.disputeId)
            );
            vm.revertToState(snapshot);
        }
    }

    /// @notice Two disputes on a claim in which either side has fallen silent: the order of the calls says what becomes of the one
    ///         that its challenger has lost. The claim falls in both orders, and every bond and stake comes out once.
    function test_timeout_bothSidesSilent_firstCallDecides_succeeds() public {
        Duel memory lost = begin(asked, made, liar("lost"), 0);
        Duel memory won = begin(asked, made, liar("won"), 1);
        turn(lost, truth());
        pass(CLOCK + 1);
        uint256 snapshot = vm.snapshotState();
        done(timeoutCall(won));
        vm.assertEq(claimStatus(made.claimId), 6, "fallen");
        refusedOver(
            lost, abi.encodeWithSelector(IOpMLErrors.ClaimNotOpen.selector, made.claimId, uint8(6))
        );
        vm.assertEq(liveDisputes(made.claimId), 1, "live for ever");
        done(collectCall(won));
        checkMoney(lost, won, unfinishedCall(lost, won));

        vm.revertToState(snapshot);
        done(timeoutCall(lost));
        checkVerdict(lost, 1, BY_TIMEOUT);
        done(timeoutCall(won));
        checkVerdict(won, 2, BY_TIMEOUT);
        vm.assertEq(claimStatus(made.claimId), 6, "fallen all the same");
        done(collectCall(won));
        checkMoney(lost, won, collectCall(lost));
    }

    /// @notice The same claim again, by somebody who is there: with it final, both bonds are lost whichever call came first.
    function checkMoney(Duel memory lost, Duel memory won, bytes memory collectLost) private {
        Made memory last = inNameOf(rival, truthOf(asked));
        commit(last);
        reveal(asked, last);
        finalise(asked, last);
        done(judgeCall(made, last));
        uint256 before = opml.credits(submitter);
        vm.assertEq(before, STAKE - STAKE / 5, "late, not false");
        done(collectCall(won));
        done(collectLost);
        vm.assertEq(opml.credits(challenger), 0, "no bond comes back");
        uint256 gains = gainOf(won.moves) + gainOf(lost.moves);
        vm.assertEq(opml.credits(submitter) - before, gains, "costs and tenths of both");
    }

    /// @notice At the last tick the mover moves, and nobody takes it away.
    function test_timeout_lastTick_reverts() public {
        Duel memory duel = begin(asked, made, liar("end"), 0);
        pass(CLOCK);
        refusedOver(
            duel,
            abi.encodeWithSelector(
                IOpMLErrors.ClockRunning.selector, duel.disputeId, uint256(CLOCK), uint256(CLOCK)
            )
        );
        turn(duel, truth());
    }

    /// @notice Missed slots, or a sequencer that is down: hours pass and no block does, so nobody could have moved, and nobody is
    ///         charged more than one block's time.
    function test_timeout_noBlockComes_reverts() public {
        Duel memory duel = begin(asked, made, liar("end"), 0);
        vm.warp(vm.getBlockTimestamp() + 100 * uint256(CLOCK));
        refusedOver(
            duel,
            abi.encodeWithSelector(
                IOpMLErrors.ClockRunning.selector, duel.disputeId, 0, uint256(CLOCK)
            )
        );
        vm.roll(vm.getBlockNumber() + 1);
        refusedOver(
            duel,
            abi.encodeWithSelector(
                IOpMLErrors.ClockRunning.selector, duel.disputeId, 12, uint256(CLOCK)
            )
        );
        turn(duel, truth());
        vm.assertEq(budgetsOf(duel.position)[0], CLOCK - 12 + INCREMENT, "a block was charged");
    }

    /// @notice Nor does the window close on who could not open a dispute.
    function test_finalise_noBlockComes_reverts() public {
        vm.warp(vm.getBlockTimestamp() + 100 * uint256(WINDOW));
        vm.roll(vm.getBlockNumber() + 1);
        refused(
            stranger,
            0,
            abi.encodeCall(opml.finalise, (asked.request, made.claim, made.output, asked.data)),
            abi.encodeWithSelector(
                IOpMLErrors.WindowOpen.selector, made.claimId, 12, uint256(WINDOW)
            )
        );
        begin(asked, made, liar("end"), 0);
    }
}
