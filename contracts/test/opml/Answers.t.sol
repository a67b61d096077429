// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {Match} from "./Match.sol";
import {Toy} from "./Toy.sol";

/// @title Answers
/// @notice What a contract can ask about a request, and answers that were published for it.
contract AnswersTest is Match {
    Asked private asked;
    Made private made;

    function setUp() public override {
        super.setUp();
        asked = ask();
    }

    function answered(bytes memory output) private {
        made = claim(asked, 10, 1, "C", output);
        finalise(asked, made);
    }

    function publishCall(bytes memory output) private view returns (bytes memory) {
        return abi.encodeCall(opml.publish, (made.claim, output));
    }

    function checkStatus(IOpMLTypes.RequestStatus expected, bool finalized) private view {
        vm.assertEq(uint8(opml.status(asked.requestId)), uint8(expected), "status");
        vm.assertEq(opml.isFinalized(asked.requestId), finalized, "final");
    }

    //// status, isFinalized ////

    function test_status_answered_followsTheRequest_succeeds() public {
        vm.assertEq(uint8(opml.status("none")), uint8(IOpMLTypes.RequestStatus.None), "none");
        vm.assertFalse(opml.isFinalized("none"), "none");
        checkStatus(IOpMLTypes.RequestStatus.Open, false);
        made = truthOf(asked);
        commit(made);
        checkStatus(IOpMLTypes.RequestStatus.Open, false);
        reveal(asked, made);
        checkStatus(IOpMLTypes.RequestStatus.Claimed, false);
        pass(WINDOW + 1);
        checkStatus(IOpMLTypes.RequestStatus.Claimed, false);
        finalise(asked, made);
        checkStatus(IOpMLTypes.RequestStatus.Done, true);
    }

    /// @notice A claim that is proved false is never final: its request waits to be collected, then is open.
    function test_status_rejectedClaim_opensAgain_succeeds() public {
        made = claimLie(asked, 10, "lie");
        Duel memory duel = begin(asked, made, honest(challenger, runOf(asked), 10), 0);
        refute(duel);
        checkStatus(IOpMLTypes.RequestStatus.Claimed, false);
        opml.collect(made.claim, challenger, 0);
        checkStatus(IOpMLTypes.RequestStatus.Open, false);
    }

    function test_status_failedRun_isFinal_succeeds() public {
        made = claim(asked, 10, 2, "C", "");
        finalise(asked, made);
        checkStatus(IOpMLTypes.RequestStatus.Failed, true);
    }

    function test_status_refunded_isNotFinal_succeeds() public {
        pass(1 days + CLOCK + 1);
        opml.refund(asked.request);
        checkStatus(IOpMLTypes.RequestStatus.Refunded, false);
    }

    function test_status_annulled_isNotFinal_succeeds() public {
        vm.prank(guardian);
        opml.retire(guest);
        checkStatus(IOpMLTypes.RequestStatus.Open, false);
        opml.refund(asked.request);
        checkStatus(IOpMLTypes.RequestStatus.Annulled, false);
    }

    //// publish, getOutput ////

    /// @notice Of every length that the model's bound allows.
    function testFuzz_publish_anybody_getOutputTellsIt_succeeds(
        bytes32 a,
        bytes32 b,
        uint256 length
    ) public {
        bytes memory output = abi.encode(a, b);
        length = bound(length, 0, 64);
        assembly ("memory-safe") {
            mstore(output, length)
        }
        answered(output);
        vm.prank(stranger);
        opml.publish(made.claim, output);
        (uint8 outcome, bytes memory got) = opml.getOutput(asked.requestId);
        vm.assertEq(outcome, 1, "done");
        vm.assertEq(got, output, "output");
    }

    /// @notice Nothing can be called in the account that keeps the bytes: its code begins with STOP.
    function test_publish_eventAndCode_succeeds() public {
        answered("answer");
        // The third contract of the deployment, after the back office.
        address data = address(
            uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(opml), hex"02"))))
        );
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Published(asked.requestId, made.claimId, data);
        opml.publish(made.claim, "answer");
        vm.assertEq(data.code, bytes.concat(hex"00", "answer"), "code");
        (bool success, bytes memory returned) = data.call("anything");
        vm.assertTrue(success && returned.length == 0, "stops");
    }

    function test_publish_failedRun_tellsItsOutcome_succeeds() public {
        made = claim(asked, 10, 3, 0, "");
        finalise(asked, made);
        opml.publish(made.claim, "");
        (uint8 outcome, bytes memory output) = opml.getOutput(asked.requestId);
        vm.assertEq(outcome, 3, "fault");
        vm.assertEq(output.length, 0, "without output");
    }

    function test_getOutput_notPublished_reverts() public {
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.NotPublished.selector, asked.requestId);
        bytes memory call = abi.encodeCall(opml.getOutput, (asked.requestId));
        refused(stranger, 0, call, error);
        answered("answer");
        refused(stranger, 0, call, error);
    }

    /// @notice What may still be overthrown, or was, is nobody's answer.
    function test_publish_claimNotFinal_reverts() public {
        made = claimLie(asked, 10, "lie");
        bytes memory call = publishCall(made.output);
        refused(stranger, 0, call, notFinal(1));
        pass(WINDOW + 1);
        refused(stranger, 0, call, notFinal(1));
        vm.prank(guardian);
        opml.retire(guest);
        opml.annul(asked.request, made.claim);
        refused(stranger, 0, call, notFinal(8));
        made.claim.outcome = 2;
        made.claimId = claimIdOf(made.claim);
        refused(stranger, 0, publishCall(made.output), notFinal(0));
    }

    function notFinal(uint8 status) private view returns (bytes memory) {
        return abi.encodeWithSelector(IOpMLErrors.ClaimNotFinal.selector, made.claimId, status);
    }

    function test_publish_otherOutput_reverts() public {
        answered("answer");
        refused(
            stranger,
            0,
            publishCall("another"),
            abi.encodeWithSelector(
                IOpMLErrors.WrongOutput.selector, keccak256("answer"), keccak256("another")
            )
        );
    }

    function test_publish_twice_reverts() public {
        answered("answer");
        opml.publish(made.claim, "answer");
        refused(
            stranger,
            0,
            publishCall("answer"),
            abi.encodeWithSelector(IOpMLErrors.AlreadyPublished.selector, asked.requestId)
        );
    }

    /// @notice Whoever publishes with too little gas has published nothing, and the next one can.
    function test_publish_notEnoughGas_reverts() public {
        model = opml.registerModel(longHeader(), hex"00");
        asked = ask();
        bytes memory output = new bytes(2000);
        answered(output);
        bytes memory call = publishCall(output);
        bytes memory error = abi.encodeWithSelector(IOpMLErrors.NotStored.selector, asked.requestId);
        bool seen;
        for (uint256 limit = 100_000; limit < 1_000_000; limit += 5000) {
            (bool success, bytes memory returned) = address(opml).call{gas: limit}(call);
            if (success) break;
            seen = seen || keccak256(returned) == keccak256(error);
        }
        vm.assertTrue(seen, "refused by name");
        (, bytes memory got) = opml.getOutput(asked.requestId);
        vm.assertEq(got, output, "and then it is there");
    }

    /// @notice The most that one account can hold, and a byte more.
    function test_publish_longest_succeeds() public {
        model = opml.registerModel(longHeader(), hex"00");
        asked = ask();
        bytes memory output = new bytes(24_575);
        output[0] = 0xef;
        output[24_574] = 0x01;
        answered(output);
        opml.publish(made.claim, output);
        (, bytes memory got) = opml.getOutput(asked.requestId);
        vm.assertEq(keccak256(got), keccak256(output), "output");

        asked = ask();
        output = new bytes(24_576);
        answered(output);
        refused(
            stranger,
            0,
            publishCall(output),
            abi.encodeWithSelector(IOpMLErrors.BadOutputLength.selector, 24_576, 24_575)
        );
    }

    /// @notice The usual header with an output of up to 2^16 bytes.
    function longHeader() private pure returns (bytes memory bytes_) {
        bytes_ = header();
        (bytes_[32], bytes_[34]) = (0x00, 0x01);
    }
}
