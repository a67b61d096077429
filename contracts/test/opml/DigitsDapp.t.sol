// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {DigitsDapp} from "../../src/examples/DigitsDapp.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {Arena} from "./Arena.sol";

contract DigitsDappTest is Arena {
    DigitsDapp private dapp;

    function setUp() public override {
        super.setUp();
        dapp = new DigitsDapp(opml, model, guest, profile);
    }

    function picture(uint8 seed) internal pure returns (bytes memory pixels) {
        pixels = new bytes(64);
        pixels[seed % 64] = 0x10;
    }

    function askDapp(uint8 seed) internal returns (Asked memory asked) {
        asked.input = picture(seed);
        asked.request = IOpMLTypes.Request(
            address(dapp),
            seed,
            model,
            guest,
            profile,
            keccak256(asked.input),
            address(dapp),
            dapp.CALLBACK_GAS(),
            keccak256("")
        );
        vm.prank(asker);
        asked.requestId = dapp.ask{value: FEE}(asked.input);
        vm.assertEq(
            asked.requestId,
            keccak256(abi.encode(block.chainid, address(opml), asked.request)),
            "request id"
        );
    }

    function test_ask_answered_keepsDigit_succeeds() public {
        Asked memory asked = askDapp(0);
        Made memory made = claim(asked, 10, 1, "C", hex"07000000");
        vm.expectEmit(address(dapp));
        emit DigitsDapp.DigitRead(asked.requestId, 7);
        finalise(asked, made);
        (address who, uint64 feeGwei, bool answered, uint8 digit) = dapp.questions(asked.requestId);
        vm.assertEq(who, asker, "asker");
        vm.assertEq(feeGwei, FEE / 1 gwei, "fee");
        vm.assertTrue(answered, "answered");
        vm.assertEq(digit, 7, "digit");
    }

    function test_ask_failedRun_keepsNothing_succeeds() public {
        Asked memory asked = askDapp(0);
        Made memory made = claim(asked, 10, 3, 0, "");
        vm.expectEmit(address(dapp));
        emit DigitsDapp.DigitFailed(asked.requestId, 3);
        finalise(asked, made);
        (,, bool answered,) = dapp.questions(asked.requestId);
        vm.assertFalse(answered, "no digit");
        vm.assertEq(callbackState(asked.requestId), 2, "delivered");
    }

    function test_ask_notAPicture_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(DigitsDapp.NotAPicture.selector, 63));
        dapp.ask(new bytes(63));
    }

    function test_onInference_notOpML_reverts() public {
        vm.expectRevert(abi.encodeWithSelector(DigitsDapp.NotOpML.selector, address(this)));
        dapp.onInference("request", hex"07000000", "");
        vm.expectRevert(abi.encodeWithSelector(DigitsDapp.NotOpML.selector, address(this)));
        dapp.onFailure("request", 2, "");
        (bool success,) = address(dapp).call{value: 1}("");
        vm.assertFalse(success, "and takes no gifts");
    }

    /// @notice Anybody may have OpML call the dapp, with the answer of a model of its own.
    function test_onInference_notAsked_keepsNothing_succeeds() public {
        Asked memory foreign = ask(address(dapp), dapp.CALLBACK_GAS());
        finalise(foreign, claim(foreign, 10, 1, "C", hex"07"));
        vm.assertEq(callbackState(foreign.requestId), 3, "refused");
        (,, bool answered, uint8 digit) = dapp.questions(foreign.requestId);
        vm.assertFalse(answered, "no answer");
        vm.assertEq(digit, 0, "no digit");
    }

    /// @notice Two askers whose questions nobody answered: each gets its fee, once.
    function test_reclaim_afterRefund_succeeds() public {
        Asked memory first = askDapp(0);
        Asked memory second = askDapp(1);
        bytes memory error =
            abi.encodeWithSelector(DigitsDapp.NotRefundable.selector, first.requestId);
        vm.expectRevert(error);
        dapp.reclaim(first.requestId);
        pass(1 days + CLOCK + 1);
        opml.refund(first.request);
        opml.refund(second.request);
        uint256 before = asker.balance;
        dapp.reclaim(first.requestId);
        vm.assertEq(asker.balance, before + FEE, "first");
        dapp.reclaim(second.requestId);
        vm.assertEq(asker.balance, before + 2 * FEE, "second");
        vm.expectRevert(error);
        dapp.reclaim(first.requestId);
    }
}
