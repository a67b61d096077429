// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {IStepVerifier} from "../../src/interfaces/IStepVerifier.sol";
import {AnyCall} from "./AnyCall.sol";

/// @title Any call that settles
/// @notice Every payment happens once, and to who it is owed to.
contract AnySettlementTest is AnyCall {
    function testFuzz_collect_otherWord_reverts(uint256 bit) public {
        Duel memory duel = disputed(lie(), challenger);
        refute(duel);
        exactOnce(stranger, collectCall(duel), bit);
        vm.assertEq(opml.credits(challenger), BOND + STAKE / 2, "once");
    }

    function testFuzz_collectUnfinished_otherWord_reverts(uint256 bit) public {
        Made memory made = lie();
        Duel memory other = disputed(made, rival);
        Duel memory duel = disputed(made, challenger);
        refute(duel);
        exactOnce(stranger, unfinishedCall(other, duel), bit);
        vm.assertEq(opml.credits(rival), BOND + costOf(1), "once");
    }

    function testFuzz_judge_otherWord_reverts(uint256 bit) public {
        (Made memory made, Made memory final_) = knockedOut();
        exactOnce(stranger, judgeCall(made, final_), bit);
        vm.assertEq(opml.credits(submitter), STAKE - STAKE / 5, "once");
    }

    function testFuzz_takeBack_otherWord_reverts(uint256 bit) public {
        Made memory slower = inNameOf(rival, truthOf(asked));
        commit(slower);
        Made memory made = claimTruth(asked);
        finalise(asked, made);
        exactOnce(stranger, abi.encodeCall(opml.takeBack, (slower.claim, made.claim)), bit);
        vm.assertEq(opml.credits(rival), STAKE, "once");
    }

    function testFuzz_takeBackLate_otherWord_reverts(uint256 bit) public {
        Made memory made = truthOf(asked);
        commit(made);
        pass(1 days + CLOCK);
        opml.refund(asked.request);
        exactOnce(stranger, abi.encodeCall(opml.takeBackLate, (made.claim)), bit);
        vm.assertEq(opml.credits(submitter), STAKE - STAKE / 5, "once");
    }

    function testFuzz_annul_otherWord_reverts(uint256 bit) public {
        Made memory made = claimTruth(asked);
        vm.prank(guardian);
        opml.retire(guest);
        exactOnce(stranger, abi.encodeCall(opml.annul, (asked.request, made.claim)), bit);
        vm.assertEq(opml.credits(submitter), STAKE, "once");
    }

    function testFuzz_withdraw_anyReceiver_paysItOnce_succeeds(uint160 to) public {
        // Neither a precompile, nor forge's own, nor anything with code.
        address payable receiver = payable(address(uint160(bound(to, 1 << 128, type(uint160).max))));
        vm.assume(receiver.code.length == 0);
        finalise(asked, claimTruth(asked));
        uint256 before = receiver.balance;
        vm.prank(submitter);
        opml.withdraw(receiver);
        vm.assertEq(receiver.balance - before, STAKE + FEE, "all of it");
        refused(
            submitter,
            0,
            abi.encodeCall(opml.withdraw, (receiver)),
            abi.encodeWithSelector(IOpMLErrors.NothingToWithdraw.selector, submitter)
        );
    }

    //// Courts ////

    function testFuzz_addProfile_anyParameters_insideTheFloors_succeeds(
        uint32 window,
        uint32 clock,
        uint16 secondsPerBlock,
        uint8 arityBits,
        uint64 stakeGwei,
        uint64 bondGwei,
        uint16 answerWindow
    ) public {
        IOpMLTypes.Profile memory p = profileOf(arityBits % 9);
        // Small clocks, too, or every window would be short enough.
        if (answerWindow % 2 == 0) clock %= 400;
        (p.window, p.clock) = (uint32(bound(window, 0, 200)), clock);
        (p.secondsPerBlock, p.stakeGwei) = (secondsPerBlock % 3, stakeGwei);
        p.bondGwei = uint64(bound(bondGwei, 0, stakeGwei / 8));
        p.answerWindow = answerWindow % 200;
        bool valid = p.window >= 60 && clock >= 60 && clock <= 1 << 31 && p.secondsPerBlock > 0
            && p.arityBits > 0 && p.arityBits <= 6 && p.bondGwei > 0
            && uint256(p.bondGwei) * 10 <= stakeGwei
            && (p.answerWindow == 0
                || (p.answerWindow >= 60 + 3 * uint256(p.secondsPerBlock)
                    && p.answerWindow <= clock / 2));
        vm.prank(registrar);
        (bool success, bytes memory returned) =
            address(opml).call(abi.encodeCall(opml.addProfile, (p)));
        vm.assertEq(success, valid, "inside the floors, and only there");
        if (!success) return;
        uint8 number = abi.decode(returned, (uint8));
        vm.assertEq(number, profile + 1, "the next number");
        vm.assertEq(keccak256(abi.encode(opml.profiles(number))), keccak256(abi.encode(p)), "kept");
    }

    function testFuzz_addGuestVersion_anyParameters_insideTheBounds_succeeds(
        bytes32 root,
        uint64 entry,
        uint8 maxStepsBits,
        uint8 maxEvaluated,
        bool withCode
    ) public {
        IOpMLTypes.GuestVersion memory version = guestOf(root);
        version.entry = uint64(bound(entry, 0, 1 << 25));
        version.maxStepsBits = maxStepsBits % 64;
        version.maxEvaluated = maxEvaluated % 24;
        if (!withCode) version.verifier = IStepVerifier(stranger);
        bool valid = withCode && version.entry < 1 << 24 && version.entry % 4 == 0
            && version.maxStepsBits <= 40 && version.maxEvaluated > 0 && version.maxEvaluated <= 16;
        vm.prank(registrar);
        (bool success, bytes memory returned) =
            address(opml).call(abi.encodeCall(opml.addGuestVersion, (version)));
        vm.assertEq(success, valid, "inside the bounds, and only there");
        if (!success) return;
        uint8 number = abi.decode(returned, (uint8));
        vm.assertEq(
            keccak256(abi.encode(opml.guestVersions(number))),
            keccak256(abi.encode(version)),
            "kept"
        );
    }

    function testFuzz_courts_strangers_reverts(address caller) public {
        vm.assume(caller != registrar);
        bytes memory error = abi.encodeWithSelector(IOpMLErrors.NotRegistrar.selector, caller);
        refused(caller, 0, abi.encodeCall(opml.addProfile, (profileOf(ARITY_BITS))), error);
        refused(caller, 0, abi.encodeCall(opml.addGuestVersion, (guestOf(0))), error);
    }
}
