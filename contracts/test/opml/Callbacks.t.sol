// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {IOpMLCallback} from "../../src/interfaces/IOpMLCallback.sol";
import {Arena} from "./Arena.sol";

/// @notice A receiver with moods.
contract Receiver is IOpMLCallback {
    enum Mood {
        Takes,
        Reverts,
        BurnsGas,
        ReturnsMuch,
        Reenters
    }

    Mood public mood;
    uint256 public calls;
    uint256 public gasSeen;
    bytes32 public seen;
    bytes[] public reentries;
    bytes4[] public refusals;

    function become(Mood mood_) external {
        mood = mood_;
    }

    function attack(bytes calldata call) external {
        reentries.push(call);
    }

    function refusalCount() external view returns (uint256) {
        return refusals.length;
    }

    function onInference(bytes32 requestId, bytes calldata output, bytes calldata data)
        external
        override
    {
        take(keccak256(abi.encode(requestId, output, data)));
    }

    function onFailure(bytes32 requestId, uint8 outcome, bytes calldata data) external override {
        take(keccak256(abi.encode(requestId, outcome, data)));
    }

    function take(bytes32 message) private {
        uint256 available = gasleft();
        if (mood == Mood.Reverts) revert("no");
        if (mood == Mood.BurnsGas) {
            while (true) {
                ++available;
            }
        }
        if (mood == Mood.ReturnsMuch) {
            assembly ("memory-safe") {
                return(0, 200000)
            }
        }
        if (mood == Mood.Reenters) {
            for (uint256 i = 0; i < reentries.length; ++i) {
                (bool success, bytes memory returned) = msg.sender.call(reentries[i]);
                refusals.push(success ? bytes4(0) : bytes4(returned));
            }
        }
        calls += 1;
        gasSeen = available;
        seen = message;
    }
}

contract CallbacksTest is Arena {
    uint32 private constant GAS = 300_000;

    Receiver private receiver;
    Asked private asked;
    Made private made;

    function setUp() public override {
        super.setUp();
        receiver = new Receiver();
        asked = ask(address(receiver), GAS);
        made = claim(asked, 10, 1, "C", "answer");
        pass(WINDOW + 1);
    }

    function finaliseCall() internal view returns (bytes memory) {
        return abi.encodeCall(opml.finalise, (asked.request, made.claim, made.output, asked.data));
    }

    function retryCall() internal view returns (bytes memory) {
        return
            abi.encodeCall(opml.retryCallback, (asked.request, made.claim, made.output, asked.data));
    }

    function succeed(bytes memory call) internal {
        vm.prank(stranger);
        (bool success,) = address(opml).call(call);
        vm.assertTrue(success, "call");
    }

    function test_finalise_delivers_once_succeeds() public {
        vm.assertEq(callbackState(asked.requestId), 1, "pending");
        vm.expectEmit(address(opml));
        emit IOpMLEvents.CallbackDelivered(asked.requestId, address(receiver));
        succeed(finaliseCall());
        vm.assertEq(callbackState(asked.requestId), 2, "delivered");
        vm.assertEq(receiver.calls(), 1, "once");
        bytes32 expected = keccak256(abi.encode(asked.requestId, bytes("answer"), asked.data));
        vm.assertEq(receiver.seen(), expected, "everything");
        vm.assertLe(receiver.gasSeen(), GAS, "exact gas");
        vm.assertGe(receiver.gasSeen(), GAS - 2000, "but for its own prologue");
        refused(
            stranger,
            0,
            retryCall(),
            abi.encodeWithSelector(
                IOpMLErrors.CallbackNotPending.selector, asked.requestId, uint8(2)
            )
        );
    }

    function test_finalise_failedRun_callsOnFailure_succeeds() public {
        asked = ask(address(receiver), GAS);
        made = claim(asked, 10, 3, 0, "");
        pass(WINDOW + 1);
        succeed(finaliseCall());
        bytes32 expected = keccak256(abi.encode(asked.requestId, uint8(3), asked.data));
        vm.assertEq(receiver.seen(), expected, "fault");
    }

    function test_finalise_receiverFails_canBeRetried_succeeds() public {
        Receiver.Mood[2] memory moods = [Receiver.Mood.Reverts, Receiver.Mood.BurnsGas];
        for (uint256 i = 0; i < moods.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            receiver.become(moods[i]);
            vm.expectEmit(address(opml));
            emit IOpMLEvents.CallbackFailed(asked.requestId, address(receiver));
            succeed(finaliseCall());
            vm.assertEq(callbackState(asked.requestId), 3, "failed");
            vm.assertEq(requestStatus(asked.requestId), 3, "final all the same");
            vm.assertEq(opml.credits(submitter), STAKE + FEE, "and paid");

            succeed(retryCall());
            vm.assertEq(callbackState(asked.requestId), 3, "fails again");
            receiver.become(Receiver.Mood.Takes);
            succeed(retryCall());
            vm.assertEq(callbackState(asked.requestId), 2, "delivered");
            vm.assertEq(receiver.calls(), 1, "once");
            vm.revertToState(snapshot);
        }
    }

    /// @notice To return 200 000 bytes costs the receiver 95 k gas of its own; to copy them would cost the
    ///         finaliser 114 k.
    function test_finalise_returnedBytes_areNotCopied_succeeds() public {
        bytes memory call = finaliseCall();
        uint256 before = gasleft();
        succeed(call);
        uint256 plain = before - gasleft();
        asked = ask(address(receiver), GAS);
        made = claim(asked, 10, 1, "C", "answer");
        pass(WINDOW + 1);
        receiver.become(Receiver.Mood.ReturnsMuch);
        call = finaliseCall();
        before = gasleft();
        succeed(call);
        vm.assertLt(before - gasleft(), plain + 60_000, "cheap");
        vm.assertEq(callbackState(asked.requestId), 2, "delivered");
    }

    function test_finalise_noCode_fails_succeeds() public {
        asked = ask(makeAddr("nobody"), GAS);
        made = claim(asked, 10, 1, "C", "answer");
        pass(WINDOW + 1);
        succeed(finaliseCall());
        vm.assertEq(callbackState(asked.requestId), 3, "an empty account takes no answer");
    }

    /// @notice Whatever gas a finaliser sends, the receiver has all that the request names, or nothing happens.
    function testFuzz_finalise_anyGas_exactOrNothing_succeeds(uint256 gas) public {
        gas = bound(gas, 60_000, 700_000);
        bytes memory call = finaliseCall();
        vm.prank(stranger);
        (bool success, bytes memory returned) = address(opml).call{gas: gas}(call);
        if (success) {
            vm.assertEq(callbackState(asked.requestId), 2, "delivered");
            vm.assertGe(receiver.gasSeen(), GAS - 2000, "all of it");
        } else {
            vm.assertEq(claimStatus(made.claimId), 1, "as before");
            bool named = bytes4(returned) == IOpMLErrors.NotEnoughGas.selector;
            vm.assertTrue(named || returned.length == 0, "out of gas");
        }
    }

    function test_finalise_notEnoughGas_reverts() public {
        bytes memory call = finaliseCall();
        vm.prank(stranger);
        (bool success, bytes memory returned) = address(opml).call{gas: 350_000}(call);
        vm.assertFalse(success, "refused");
        vm.assertEq(bytes4(returned), IOpMLErrors.NotEnoughGas.selector, "error");
    }

    function test_retryCallback_notFinal_reverts() public {
        refused(
            stranger,
            0,
            retryCall(),
            abi.encodeWithSelector(IOpMLErrors.ClaimNotFinal.selector, made.claimId, uint8(1))
        );
    }

    function test_retryCallback_wrongParts_reverts() public {
        receiver.become(Receiver.Mood.Reverts);
        succeed(finaliseCall());
        Asked memory other = ask(address(receiver), GAS);
        refused(
            stranger,
            0,
            abi.encodeCall(
                opml.retryCallback, (other.request, made.claim, made.output, other.data)
            ),
            abi.encodeWithSelector(
                    IOpMLErrors.WrongRequest.selector, asked.requestId, other.requestId
                )
        );
        refused(
            stranger,
            0,
            abi.encodeCall(opml.retryCallback, (asked.request, made.claim, "other", asked.data)),
            abi.encodeWithSelector(
                IOpMLErrors.WrongOutput.selector, keccak256("answer"), keccak256("other")
            )
        );
    }

    /// @notice A callback finds every writing entry point locked.
    function test_finalise_reentrancy_reverts() public {
        bytes[16] memory calls = [
            finaliseCall(),
            retryCall(),
            abi.encodeCall(opml.refund, (asked.request)),
            abi.encodeCall(opml.withdraw, (payable(address(receiver)))),
            abi.encodeCall(opml.collect, (made.claim, challenger, 0)),
            abi.encodeCall(
                opml.collectUnfinished, (made.claim, challenger, 0, 0, 0, challenger, 1)
            ),
            abi.encodeCall(opml.judge, (made.claim, made.claim)),
            abi.encodeCall(opml.open, (made.claim, 0, "")),
            abi.encodeCall(opml.move, (made.claimId, challenger, 0, 0, 1, "")),
            abi.encodeCall(opml.evaluate, (made.claimId, challenger, 0, 0, 1, "")),
            abi.encodeCall(opml.evaluateFault, (made.claimId, challenger, 0, 0, 1, "")),
            abi.encodeCall(opml.timeout, (made.claimId, challenger, 0, 0, 0)),
            abi.encodeCall(opml.registerModel, (header(), hex"00")),
            abi.encodeCall(opml.addProfile, (profileOf(3))),
            abi.encodeCall(opml.addGuestVersion, (guestOf("root"))),
            abi.encodeCall(
                opml.request, (model, guest, profile, 0, type(uint32).max, "", address(0), 0, "")
            )
        ];
        asked = ask(address(receiver), 6_000_000);
        made = claim(asked, 10, 1, "C", "answer");
        pass(WINDOW + 1);
        receiver.become(Receiver.Mood.Reenters);
        for (uint256 i = 0; i < calls.length; ++i) {
            receiver.attack(calls[i]);
        }
        receiver.attack(
            abi.encodeCall(opml.reveal, (asked.request, 0, 1, 1, 0, 0, asked.input, ""))
        );
        receiver.attack(abi.encodeCall(opml.commit, (asked.requestId, 0, profile, "content")));
        receiver.attack(abi.encodeCall(opml.takeBack, (made.claim, made.claim)));
        receiver.attack(abi.encodeCall(opml.takeBackLate, (made.claim)));
        receiver.attack(abi.encodeCall(opml.annul, (asked.request, made.claim)));
        receiver.attack(abi.encodeCall(opml.retire, (guest)));
        receiver.attack(abi.encodeCall(opml.nameOperator, (stranger)));
        receiver.attack(abi.encodeCall(opml.dismissOperator, (stranger)));
        receiver.attack(abi.encodeCall(opml.deposit, (0)));
        receiver.attack(abi.encodeCall(opml.requestBatch, (new IOpMLTypes.Question[](0))));
        receiver.attack(abi.encodeCall(opml.publish, (made.claim, made.output)));
        succeed(finaliseCall());
        vm.assertEq(receiver.refusalCount(), 27, "all tried");
        for (uint256 i = 0; i < 27; ++i) {
            vm.assertEq(receiver.refusals(i), IOpMLErrors.Reentered.selector, "locked");
        }
        // And open again afterwards.
        vm.prank(submitter);
        opml.withdraw(payable(submitter));
    }
}
