// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {AnyCall} from "./AnyCall.sol";

/// @title Any call in the life of a request
/// @notice Requests, commitments, reveals and finality with arguments of a fuzzer's choice.
contract AnyRequestTest is AnyCall {
    function testFuzz_request_anyParameters_acceptedWithinBounds_succeeds(
        uint8 court_,
        uint32 deadline,
        uint16 inputLength,
        uint16 dataLength,
        uint32 gasLimit,
        uint64 feeGwei,
        bool odd
    ) public {
        (uint8 guest_, uint8 profile_) = (court_ % 16 / 15, court_ / 16 % 16 / 15);
        deadline =
            uint32(bound(deadline, vm.getBlockTimestamp() - 50, vm.getBlockTimestamp() + 500));
        inputLength = uint16(bound(inputLength, 0, 2200));
        dataLength = uint16(bound(dataLength, 0, 4500));
        gasLimit = uint32(bound(gasLimit, 0, 12_000_000));
        uint256 value = uint256(feeGwei) * 1 gwei + (odd ? 1 : 0);
        bytes memory call = abi.encodeCall(
            opml.request,
            (
                model,
                guest_,
                profile_,
                99,
                deadline,
                new bytes(inputLength),
                asker,
                gasLimit,
                new bytes(dataLength)
            )
        );
        bool valid = guest_ == guest && profile_ == profile && deadline > vm.getBlockTimestamp()
            && inputLength <= 2000 && dataLength <= 4096 && gasLimit <= 6_000_000 && !odd;
        vm.deal(asker, value);
        vm.prank(asker);
        (bool success, bytes memory returned) = address(opml).call{value: value}(call);
        vm.assertEq(success, valid, "within the bounds, and only there");
        vm.assertEq(asker.balance, success ? 0 : value, "paid if it was accepted");
        if (!success) return;
        uint256 slot = opml.requestSlot(abi.decode(returned, (bytes32)));
        vm.assertEq(uint64(slot), feeGwei, "fee");
        vm.assertEq(uint32(slot >> 64), deadline, "deadline");
    }

    function testFuzz_commit_anyStakeAndRound_onlyTheRoundsOwn_succeeds(
        uint96 value,
        uint32 round,
        bool right
    ) public {
        if (right) (value, round) = (uint96(STAKE), round % 2);
        Made memory made = truthOf(asked);
        vm.deal(submitter, value);
        vm.prank(submitter);
        (bool success,) = address(opml).call{value: value}(
            abi.encodeCall(opml.commit, (asked.requestId, round, profile, contentOf(made.claim)))
        );
        vm.assertEq(success, round == 0 && value == STAKE, "the round's own stake");
        vm.assertEq(submitter.balance, success ? 0 : value, "paid if it was accepted");
    }

    /// @dev A flipped bit of the request, the round, n, the outcome, the run's root or S_n; that of input and output, below.
    function testFuzz_reveal_otherWord_reverts(uint256 bit) public {
        Made memory made = truthOf(asked);
        commit(made);
        exactOnce(submitter, revealCall(asked, made), SELECTOR + 14 * WORD, bit);
    }

    function testFuzz_reveal_otherBytes_reverts(uint256 bit, bool ofInput) public {
        Made memory made = truthOf(asked);
        commit(made);
        Asked memory other = abi.decode(abi.encode(asked), (Asked));
        Made memory said = abi.decode(abi.encode(made), (Made));
        if (ofInput) other.input = flipped(asked.input, 0, asked.input.length, bit);
        else said.output = flipped(made.output, 0, made.output.length, bit);
        refusedUnchanged(submitter, revealCall(other, said));
        reveal(asked, made);
    }

    function testFuzz_reveal_byAnother_reverts(address by) public {
        vm.assume(by != submitter);
        Made memory made = truthOf(asked);
        commit(made);
        refusedUnchanged(by, revealCall(asked, made));
    }

    function testFuzz_finalise_otherWord_reverts(uint256 bit) public {
        Made memory made = claimTruth(asked);
        pass(WINDOW + 1);
        bytes memory call =
            abi.encodeCall(opml.finalise, (asked.request, made.claim, made.output, asked.data));
        exactOnce(stranger, call, SELECTOR + 19 * WORD, bit);
    }

    function testFuzz_finalise_otherBytes_reverts(uint256 bit, bool ofOutput) public {
        Made memory made = claimTruth(asked);
        pass(WINDOW + 1);
        bytes memory output =
            ofOutput ? flipped(made.output, 0, made.output.length, bit) : made.output;
        bytes memory data = ofOutput ? asked.data : flipped(asked.data, 0, asked.data.length, bit);
        refusedUnchanged(
            stranger, abi.encodeCall(opml.finalise, (asked.request, made.claim, output, data))
        );
    }

    /// @dev To the tick: while the window lasts nothing is final.
    function testFuzz_finalise_anyTime_afterTheWindow_succeeds(uint32 time) public {
        time = uint32(bound(time, 0, 2 * WINDOW));
        Made memory made = claimTruth(asked);
        pass(time);
        (bool success,) = address(opml)
            .call(
                abi.encodeCall(opml.finalise, (asked.request, made.claim, made.output, asked.data))
            );
        vm.assertEq(success, time > WINDOW, "after the window, and only then");
    }

    /// @dev The account that is called has no code: the callback fails, now and again.
    function testFuzz_retryCallback_otherWord_reverts(uint256 bit) public {
        asked = ask(rival, 50_000);
        Made memory made = claimTruth(asked);
        finalise(asked, made);
        vm.assertEq(callbackState(asked.requestId), 3, "failed");
        bytes memory call = abi.encodeCall(
            opml.retryCallback, (asked.request, made.claim, made.output, asked.data)
        );
        refusedUnchanged(stranger, flipped(call, SELECTOR, SELECTOR + 19 * WORD, bit));
        done(call);
    }

    function testFuzz_refund_otherWord_reverts(uint256 bit) public {
        pass(1 days + CLOCK + 1);
        exactOnce(stranger, abi.encodeCall(opml.refund, (asked.request)), bit);
        vm.assertEq(opml.credits(asker), FEE, "the fee");
    }
}
