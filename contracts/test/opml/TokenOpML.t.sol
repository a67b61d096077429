// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {Match} from "./Match.sol";
import {Calling, Plain, Rebasing, Silent, Taking} from "./Tokens.sol";

/// @title A deployment over a token
/// @notice Which tokens it takes, and that nothing comes in but by them: docs/decisions/0012.
contract TokenOpMLTest is Match {
    function setUp() public override {
        token = new Plain();
        super.setUp();
    }

    /// @notice From here on the money is another token.
    function over(address token_) private {
        token = Plain(token_);
        opml = deployOver(token_, UNIT, guardian, guardianUntil);
        model = opml.registerModel(header(), hex"00");
        enter(ARITY_BITS, anyRoot());
    }

    function anyRoot() private pure returns (bytes32) {
        return keccak256("root");
    }

    function depositCall(uint256 amount) private view returns (bytes memory) {
        return abi.encodeCall(opml.deposit, (amount));
    }

    //// A whole life ////

    function test_money_isTheToken_succeeds() public view {
        (address token_, uint256 unit) = opml.money();
        vm.assertEq(token_, address(token), "token");
        vm.assertEq(unit, UNIT, "unit");
    }

    function test_claim_final_paysInTokens_succeeds() public {
        Asked memory asked = ask();
        vm.assertEq(opml.credits(asker), 0, "the fee is out of the balance");
        Made memory made = claimTruth(asked);
        vm.assertEq(held(), STAKE + FEE, "locked");
        finalise(asked, made);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Withdrawn(submitter, stranger, STAKE + FEE);
        vm.prank(submitter);
        opml.withdraw(payable(stranger));
        vm.assertEq(token.balanceOf(stranger), STAKE + FEE, "stake and fee");
        vm.assertEq(held(), 0, "nothing is left");
    }

    function test_dispute_lost_paysInTokens_succeeds() public {
        Asked memory asked = ask();
        Made memory made = claimLie(asked, 10, "lie");
        refute(begin(asked, made, honest(challenger, runOf(asked), 10), 0));
        opml.collect(made.claim, challenger, 0);
        vm.assertEq(opml.credits(challenger), BOND + STAKE / 2, "bond and half of the stake");
        vm.assertEq(held(), BOND + STAKE + FEE, "the other half is burned where it is");
    }

    function test_refund_paysInTokens_succeeds() public {
        Asked memory asked = ask();
        pass(1 days + CLOCK + 1);
        opml.refund(asked.request);
        vm.assertEq(opml.credits(asker), FEE, "fee");
    }

    /// @notice Of six decimals, a unit is one.
    function testFuzz_unit_measuresStakesAndFees_succeeds(uint256 unit) public {
        unit = bound(unit, 1, 1e18);
        opml = deployOver(address(token), unit, guardian, guardianUntil);
        model = opml.registerModel(header(), hex"00");
        enter(ARITY_BITS, anyRoot());
        IOpMLTypes.Question[] memory questions = new IOpMLTypes.Question[](1);
        questions[0] = IOpMLTypes.Question(
            model,
            guest,
            profile,
            0,
            uint32(vm.getBlockTimestamp() + 1 days),
            "",
            address(0),
            0,
            "",
            3 * unit
        );
        uint256 stake = STAKE / 1 gwei * unit;
        pay(asker, 3 * unit);
        vm.prank(asker);
        bytes32 id = opml.requestBatch(questions)[0];
        vm.assertEq(uint64(opml.requestSlot(id)), 3, "units");
        bytes memory call = abi.encodeCall(opml.commit, (id, 0, profile, "content"));
        pay(submitter, stake - 1);
        refused(
            submitter, 0, call, abi.encodeWithSelector(IOpMLErrors.WrongStake.selector, stake, 0)
        );
        pay(submitter, 1);
        vm.prank(submitter);
        opml.commit(id, 0, profile, "content");
        vm.assertEq(opml.credits(submitter), 0, "the whole balance");
        if (unit == 1) return;
        questions[0].nonce = 1;
        questions[0].fee = unit + 1;
        refused(
            asker,
            0,
            abi.encodeCall(opml.requestBatch, (questions)),
            abi.encodeWithSelector(IOpMLErrors.FeeNotInUnits.selector, unit + 1, unit)
        );
    }

    //// No ether ////

    function test_nativeValue_everyPayableFunction_reverts() public {
        Asked memory asked = ask();
        Made memory made = claimTruth(asked);
        deposit(stranger, 1 ether);
        Asked memory next = ask();
        bytes[5] memory calls = [
            depositCall(1),
            abi.encodeCall(opml.requestBatch, (new IOpMLTypes.Question[](0))),
            abi.encodeCall(
                opml.request, (model, guest, profile, 9, type(uint32).max, "", address(0), 0, "")
            ),
            abi.encodeCall(opml.commit, (next.requestId, 0, profile, "content")),
            openCall(made, 0, "")
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            refused(
                stranger, 1, calls[i], abi.encodeWithSelector(IOpMLErrors.NoNativeValue.selector, 1)
            );
        }
        vm.assertEq(address(opml).balance, 0, "no ether");
    }

    //// Tokens ////

    function test_deposit_notApproved_reverts() public {
        token.mint(submitter, 5);
        vm.prank(submitter);
        (bool success,) = address(opml).call(depositCall(5));
        vm.assertFalse(success, "not approved");
        vm.assertEq(opml.credits(submitter), 0, "not credited");
    }

    function test_deposit_takingToken_reverts() public {
        over(address(new Taking()));
        provide(submitter, 1000);
        refused(
            submitter,
            0,
            depositCall(1000),
            abi.encodeWithSelector(IOpMLErrors.WrongReceipt.selector, 1000, 990)
        );
        vm.assertEq(opml.credits(submitter), 0, "not credited");
    }

    /// @notice Once it has shrunk, nobody else loses money to it; who is fast gets what is left.
    function test_deposit_afterRebase_reverts() public {
        Rebasing rebasing = new Rebasing();
        over(address(rebasing));
        deposit(submitter, 1000);
        rebasing.mint(address(opml), 50);
        deposit(submitter, 1);
        rebasing.shrink(address(opml), 51);
        provide(challenger, 10);
        refused(
            challenger,
            0,
            depositCall(10),
            abi.encodeWithSelector(IOpMLErrors.TokensMissing.selector, 1001, 1000)
        );
        rebasing.mint(address(opml), 1);
        vm.prank(challenger);
        opml.deposit(10);
        vm.prank(submitter);
        opml.withdraw(payable(submitter));
        vm.assertEq(token.balanceOf(submitter), 1001, "whole again");
        vm.assertEq(held(), 10, "the other's");
    }

    function test_deposit_silentToken_succeeds() public {
        over(address(new Silent()));
        deposit(submitter, 7);
        vm.prank(submitter);
        opml.withdraw(payable(stranger));
        vm.assertEq(token.balanceOf(stranger), 7, "paid out");
    }

    function test_transfer_refusedByToken_reverts() public {
        Silent silent = new Silent();
        over(address(silent));
        deposit(submitter, 7);
        silent.refuse();
        bytes memory error =
            abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, address(silent));
        refused(submitter, 0, abi.encodeCall(opml.withdraw, (payable(submitter))), error);
        vm.assertEq(opml.credits(submitter), 7, "still there");
        silent.mint(challenger, 7);
        refused(challenger, 0, depositCall(7), error);
    }

    /// @notice In the middle of a transfer everything is locked, the way in and the way out.
    function test_transfer_callingToken_findsTheLock_succeeds() public {
        Calling calling = new Calling();
        over(address(calling));
        provide(address(calling), 5);
        bytes[3] memory calls = [
            depositCall(5),
            abi.encodeCall(opml.withdraw, (payable(address(calling)))),
            abi.encodeCall(opml.nameOperator, (stranger))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            calling.arm(address(0), "");
            provide(submitter, 7);
            calling.arm(address(opml), calls[i]);
            vm.prank(submitter);
            opml.deposit(7);
            checkLocked(calling);
            vm.prank(submitter);
            opml.withdraw(payable(submitter));
            checkLocked(calling);
        }
    }

    function checkLocked(Calling calling) private view {
        vm.assertFalse(calling.succeeded(), "locked");
        vm.assertEq(
            calling.returned(), abi.encodeWithSelector(IOpMLErrors.Reentered.selector), "locked"
        );
    }

    //// Deployment ////

    function isDeployed(address token_, uint256 unit) private returns (bool) {
        return address(deployOver(token_, unit, address(0), 0)) != address(0);
    }

    function test_constructor_badMoney_reverts() public {
        vm.assertTrue(isDeployed(address(token), 1), "one");
        vm.assertTrue(isDeployed(address(token), 1e18), "the most");
        vm.assertFalse(isDeployed(address(token), 0), "no unit");
        vm.assertFalse(isDeployed(address(token), 1e18 + 1), "too many");
        vm.assertFalse(isDeployed(stranger, 1), "no contract");
        vm.assertFalse(isDeployed(address(0), 1), "nothing");
    }
}
