// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {Match} from "./Match.sol";

/// @title Balances
/// @notice A balance pays what a call's value lacks, and never more than it holds: docs/decisions/0010.
contract BalancesTest is Match {
    Asked private asked;

    function setUp() public override {
        super.setUp();
        asked = ask();
    }

    function commitCall(Made memory made) private view returns (bytes memory) {
        IOpMLTypes.Claim memory c = made.claim;
        return abi.encodeCall(opml.commit, (c.requestId, c.round, c.profile, contentOf(c)));
    }

    function wrongStake(uint256 sent) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IOpMLErrors.WrongStake.selector, STAKE, sent);
    }

    function succeed(address account, uint256 value, bytes memory call) private {
        vm.prank(account);
        (bool success,) = address(opml).call{value: value}(call);
        vm.assertTrue(success, "accepted");
    }

    //// deposit ////

    function testFuzz_deposit_addsToTheBalance_succeeds(uint64 first, uint64 second) public {
        vm.assume(first != 0 && second != 0);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Credited(submitter, first);
        deposit(submitter, first);
        deposit(submitter, second);
        vm.assertEq(opml.credits(submitter), uint256(first) + second, "balance");
        uint256 before = stranger.balance;
        vm.prank(submitter);
        opml.withdraw(payable(stranger));
        vm.assertEq(stranger.balance - before, uint256(first) + second, "at once");
    }

    function test_deposit_otherValue_reverts() public {
        for (uint256 value = 0; value < 4; ++value) {
            if (value == 2) continue;
            refused(
                submitter,
                value,
                abi.encodeCall(opml.deposit, (2)),
                abi.encodeWithSelector(IOpMLErrors.WrongDeposit.selector, 2, value)
            );
        }
    }

    function test_money_isEther_succeeds() public view {
        (address token, uint256 unit) = opml.money();
        vm.assertEq(token, address(0), "no token");
        vm.assertEq(unit, 1 gwei, "gwei");
    }

    function test_deposit_nothing_reverts() public {
        refused(
            submitter,
            0,
            abi.encodeCall(opml.deposit, (0)),
            abi.encodeWithSelector(IOpMLErrors.NothingToDeposit.selector, submitter)
        );
    }

    //// commit ////

    function testFuzz_commit_valueAndBalance_makeUpTheStake_succeeds(uint256 value, uint256 balance)
        public
    {
        value = bound(value, 0, 2 * STAKE);
        balance = bound(balance, 1, 2 * STAKE);
        deposit(submitter, balance);
        deposit(rival, STAKE);
        bytes memory call = commitCall(truthOf(asked));
        if (value > STAKE || value + balance < STAKE) {
            refused(submitter, value, call, wrongStake(value));
            vm.assertEq(opml.credits(submitter), balance, "untouched");
        } else {
            succeed(submitter, value, call);
            vm.assertEq(opml.credits(submitter), value + balance - STAKE, "what is left");
        }
        vm.assertEq(opml.credits(rival), STAKE, "another's");
    }

    /// @notice A balance for one stake backs one claim, not two, and while it is locked cannot be withdrawn.
    function test_commit_secondOnTheSameBalance_reverts() public {
        deposit(submitter, STAKE + 1);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Debited(submitter, STAKE);
        succeed(submitter, 0, commitCall(truthOf(asked)));
        refused(submitter, 0, commitCall(lieOf(asked, 10, "lie")), wrongStake(0));
        vm.prank(submitter);
        opml.withdraw(payable(submitter));
        vm.assertEq(address(opml).balance, STAKE + FEE, "the stake stays");
        refused(
            submitter,
            0,
            abi.encodeCall(opml.withdraw, (payable(submitter))),
            abi.encodeWithSelector(IOpMLErrors.NothingToWithdraw.selector, submitter)
        );
    }

    /// @notice What was won pays for what is next.
    function test_commit_fromEarnings_succeeds() public {
        finalise(asked, claimTruth(asked));
        Asked memory next = ask();
        succeed(submitter, 0, commitCall(truthOf(next)));
        vm.assertEq(opml.credits(submitter), FEE, "the stake is locked again");
    }

    //// open ////

    function testFuzz_open_valueAndBalance_makeUpTheBond_succeeds(uint256 value, uint256 balance)
        public
    {
        value = bound(value, 0, 2 * BOND);
        balance = bound(balance, 1, 2 * BOND);
        Made memory made = claimLie(asked, 10, "lie");
        deposit(challenger, balance);
        Duel memory duel;
        duel.run = runOf(asked);
        duel.claim = made.claim;
        duel.phase = 1;
        duel.entries = new bytes32[](1);
        duel.entries[0] = made.claim.s0;
        bytes memory body = post(duel, honest(challenger, duel.run, 10), 0, 10);
        bytes memory call = openCall(made, 0, body);
        if (value + balance < BOND) {
            bytes memory error = abi.encodeWithSelector(IOpMLErrors.WrongBond.selector, BOND, value);
            refused(challenger, value, call, error);
            vm.assertEq(opml.credits(challenger), balance, "untouched");
        } else {
            succeed(challenger, value, call);
            vm.assertEq(opml.credits(challenger), value + balance - BOND, "what is left");
            vm.assertEq(liveDisputes(made.claimId), 1, "open");
        }
    }
}
