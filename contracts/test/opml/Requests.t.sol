// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {RequestSlot} from "../../src/lib/Slots.sol";
import {Arena} from "./Arena.sol";

contract RequestsTest is Arena {
    function calling(uint32 deadline, bytes memory input, uint32 gasLimit, bytes memory data)
        internal
        view
        returns (bytes memory)
    {
        return callingOn(model, guest, profile, deadline, input, gasLimit, data);
    }

    function callingOn(
        bytes32 model_,
        uint8 guest_,
        uint8 profile_,
        uint32 deadline,
        bytes memory input,
        uint32 gasLimit,
        bytes memory data
    ) internal view returns (bytes memory) {
        return abi.encodeCall(
            opml.request, (model_, guest_, profile_, 7, deadline, input, stranger, gasLimit, data)
        );
    }

    function later() internal view returns (uint32) {
        return uint32(vm.getBlockTimestamp() + 1);
    }

    function test_request_slotIdAndEvent_succeeds() public {
        bytes memory input = new bytes(2000); // inMax
        IOpMLTypes.Request memory r = IOpMLTypes.Request(
            asker,
            7,
            model,
            guest,
            profile,
            keccak256(input),
            stranger,
            6_000_000,
            keccak256("data")
        );
        bytes32 id = keccak256(
            abi.encode(
                block.chainid,
                address(opml),
                asker,
                uint64(7),
                model,
                guest,
                profile,
                keccak256(input),
                stranger,
                uint32(6_000_000),
                keccak256("data")
            )
        );
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Requested(id, model, r, 3 gwei, later(), input, "data");
        vm.prank(asker);
        bytes32 got = opml.request{value: 3 gwei}(
            model, guest, profile, 7, later(), input, stranger, 6_000_000, "data"
        );
        vm.assertEq(got, id, "id");
        uint256 slot = 3 | uint256(later()) << 64 | 1 << 128 | 1 << 136;
        vm.assertEq(opml.requestSlot(id), slot, "slot");
    }

    function test_request_withoutCallback_succeeds() public {
        Asked memory asked = ask();
        vm.assertEq(callbackState(asked.requestId), 0, "none");
    }

    function test_request_otherChain_otherId_succeeds() public {
        Asked memory asked = ask();
        vm.chainId(77);
        vm.assertNotEq(
            keccak256(abi.encode(uint256(77), address(opml), asked.request)),
            asked.requestId,
            "id names the chain"
        );
        refused(
            asker,
            0,
            abi.encodeCall(opml.refund, (asked.request)),
            abi.encodeWithSelector(
                IOpMLErrors.RequestNotOpen.selector,
                keccak256(abi.encode(uint256(77), address(opml), asked.request)),
                uint8(0)
            )
        );
    }

    function test_request_unknown_reverts() public {
        refused(
            asker,
            0,
            callingOn("nothing", guest, profile, later(), "", 0, ""),
            abi.encodeWithSelector(IOpMLErrors.UnknownModel.selector, bytes32("nothing"))
        );
        refused(
            asker,
            0,
            callingOn(model, 1, profile, later(), "", 0, ""),
            abi.encodeWithSelector(IOpMLErrors.UnknownGuest.selector, uint8(1))
        );
        refused(
            asker,
            0,
            callingOn(model, guest, 1, later(), "", 0, ""),
            abi.encodeWithSelector(IOpMLErrors.UnknownProfile.selector, uint8(1))
        );
    }

    function test_request_badInputLength_reverts() public {
        refused(
            asker,
            0,
            calling(later(), new bytes(2001), 0, ""),
            abi.encodeWithSelector(IOpMLErrors.BadInputLength.selector, 2001, 0, 2000)
        );
        bytes memory head = header();
        head[24] = 0x02; // inMin
        model = opml.registerModel(head, hex"00");
        refused(
            asker,
            0,
            calling(later(), "x", 0, ""),
            abi.encodeWithSelector(IOpMLErrors.BadInputLength.selector, 1, 2, 2000)
        );
    }

    function test_request_badDeadline_reverts() public {
        uint32 present = uint32(vm.getBlockTimestamp());
        refused(
            asker,
            0,
            calling(present, "", 0, ""),
            abi.encodeWithSelector(IOpMLErrors.BadDeadline.selector, present)
        );
    }

    function test_request_moreThanOneTransactionCanFinalise_reverts() public {
        refused(
            asker,
            0,
            calling(later(), "", 6_000_001, ""),
            abi.encodeWithSelector(IOpMLErrors.BadGasLimit.selector, 6_000_001, 6_000_000)
        );
        refused(
            asker,
            0,
            calling(later(), "", 0, new bytes(4097)),
            abi.encodeWithSelector(IOpMLErrors.BadDataLength.selector, 4097, 4096)
        );
    }

    function test_request_feeNotInGwei_reverts() public {
        refused(
            asker,
            1 gwei + 1,
            calling(later(), "", 0, ""),
            abi.encodeWithSelector(IOpMLErrors.FeeNotInUnits.selector, 1 gwei + 1, 1 gwei)
        );
        uint256 tooMuch = (uint256(type(uint64).max) + 1) * 1 gwei;
        vm.deal(asker, tooMuch);
        refused(
            asker,
            tooMuch,
            calling(later(), "", 0, ""),
            abi.encodeWithSelector(IOpMLErrors.FeeNotInUnits.selector, tooMuch, 1 gwei)
        );
    }

    function test_request_exists_reverts() public {
        bytes memory call = calling(later(), "", 0, "");
        vm.prank(asker);
        (bool success, bytes memory returned) = address(opml).call(call);
        vm.assertTrue(success, "first");
        refused(
            asker,
            0,
            call,
            abi.encodeWithSelector(IOpMLErrors.RequestExists.selector, bytes32(returned))
        );
        // The same content asked by somebody else is another request.
        vm.prank(stranger);
        (success,) = address(opml).call(call);
        vm.assertTrue(success, "another requester");
    }

    //// Refunds ////

    function test_refund_afterDeadline_succeeds() public {
        Asked memory asked = ask();
        pass(1 days + CLOCK);
        uint256 last = vm.getBlockTimestamp();
        refused(
            stranger,
            0,
            abi.encodeCall(opml.refund, (asked.request)),
            abi.encodeWithSelector(IOpMLErrors.DeadlineNotPassed.selector, asked.requestId, last)
        );
        pass(1);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Refunded(asked.requestId, asker, FEE);
        vm.expectEmit(address(opml));
        emit IOpMLEvents.Credited(asker, FEE);
        vm.prank(stranger);
        opml.refund(asked.request);
        vm.assertEq(opml.credits(asker), FEE, "the requester, whoever calls");
        vm.assertEq(requestStatus(asked.requestId), 5, "refunded");
        checkRefundRefused(asked, 5);
    }

    function test_refund_claimed_reverts() public {
        Asked memory asked = ask();
        Made memory made = claimTruth(asked);
        pass(1 days + 1);
        checkRefundRefused(asked, 2);
        opml.finalise(asked.request, made.claim, made.output, asked.data);
        checkRefundRefused(asked, 3);
    }

    /// @notice A new round moves the deadline only to a later time, and never out of its 32 bits.
    function testFuzz_nextRound_movesTheDeadline_succeeds(
        uint64 fee,
        uint32 deadline,
        uint256 earliest
    ) public pure {
        earliest %= 1 << 34;
        RequestSlot slot =
            RequestSlot.wrap(fee | uint256(deadline) << 64 | 7 << 96 | 2 << 128 | 1 << 136);
        uint256 latest = earliest > type(uint32).max ? type(uint32).max : earliest;
        if (latest < deadline) latest = deadline;
        uint256 next = fee | latest << 64 | 8 << 96 | 1 << 128 | 1 << 136;
        vm.assertEq(RequestSlot.unwrap(slot.nextRound(earliest)), next, "slot");
    }

    function checkRefundRefused(Asked memory asked, uint8 status) internal {
        refused(
            asker,
            0,
            abi.encodeCall(opml.refund, (asked.request)),
            abi.encodeWithSelector(IOpMLErrors.RequestNotOpen.selector, asked.requestId, status)
        );
    }
}
