// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Stage} from "./Stage.sol";

/// @title Any call of attention
/// @notice A call names exactly what it acts on: with one bit changed it is refused, as it was meant it succeeds whoever sends it, and
///         a second time it is refused.
contract AnyCallTest is Stage {
    Asked private asked;
    Made private made;

    function setUp() public override {
        super.setUp();
        seatAll();
        asked = ask();
        made = truthOf(asked);
    }

    function testFuzz_slash_otherBit_reverts(uint256 bit) public {
        enrol(asked);
        begin(made, keccak256("hash"));
        attention.draw(asked.requestId);
        finish(asked, made);
        exactOnce(abi.encodeCall(attention.slash, (made.claim, bob, 1)), bit);
        vm.assertEq(attention.members(model, bob).deposit, DEPOSIT - SLASH, "once");
        vm.assertEq(attention.credits(stranger), SLASH / 4, "once");
    }

    function testFuzz_reward_otherBit_reverts(uint256 bit) public {
        enrol(asked);
        begin(made, keccak256("hash"));
        answerAs(bob, asked.requestId, made.claim.sn);
        finish(asked, made);
        exactOnce(abi.encodeCall(attention.reward, (made.claim, bob, 1)), bit);
        vm.assertEq(attention.credits(bob), REWARD, "once");
    }

    function testFuzz_reclaim_otherBit_reverts(uint256 bit) public {
        enrol(asked);
        nextEpoch();
        nextEpoch();
        exactOnce(abi.encodeCall(attention.reclaim, (asked.requestId)), bit);
        vm.assertEq(attention.credits(asker), FUNDING, "once");
    }

    function testFuzz_vacate_otherBit_reverts(uint256 bit) public {
        enrol(asked);
        begin(made, keccak256("hash"));
        attention.draw(asked.requestId);
        finish(asked, made);
        attention.slash(made.claim, alice, 0);
        exactOnce(abi.encodeCall(attention.vacate, (model, alice)), bit);
        vm.assertEq(attention.rosterSize(model, epochNow() + 1), 2, "once");
    }

    /// @dev Only an enrolled request with a commitment can be drawn, and drawn again it stays as it is.
    function testFuzz_draw_otherBit_reverts(uint256 bit) public {
        enrol(asked);
        begin(made, keccak256("hash"));
        bytes memory call = abi.encodeCall(attention.draw, (asked.requestId));
        refusedUnchanged(flipped(bytes.concat(call), bit));
        bytes32[2] memory seen;
        for (uint256 i = 0; i < 2; ++i) {
            vm.prank(stranger);
            (bool success,) = address(attention).call(call);
            vm.assertTrue(success, "as it was meant");
            seen[i] = keccak256(abi.encode(attention.enrolments(asked.requestId)));
            pass(12);
        }
        vm.assertEq(seen[0], seen[1], "once");
        vm.assertEq(
            attention.enrolments(asked.requestId).rand, uint192(bytes24(keccak256("hash"))), "rand"
        );
    }

    function testFuzz_leave_anyCallerAndModel_onlyTheOwnSeat_succeeds(address by, bytes32 other)
        public
    {
        vm.assume(by != alice && by != bob && by != carol && other != model);
        bytes memory call = abi.encodeCall(attention.leave, (model));
        refusedBy(by, call);
        refusedBy(alice, abi.encodeCall(attention.leave, (other)));
        vm.assertEq(attention.rosterSize(model, epochNow() + 1), 3, "all are seated");
        vm.prank(alice);
        attention.leave(model);
        vm.assertEq(attention.rosterSize(model, epochNow() + 1), 2, "but one");
        vm.assertEq(attention.rosterSize(model, epochNow()), 3, "from the next epoch on");
        refusedBy(alice, call);
    }

    /// @dev Left in this epoch, the deposit answers for it until the end of the next one.
    function testFuzz_release_anyCallerAndTime_onlyTheOwnFreeDeposit_succeeds(
        address by,
        uint32 time
    ) public {
        vm.assume(by != alice && by != bob && by != carol);
        bytes memory call = abi.encodeCall(attention.release, (model));
        vm.prank(alice);
        attention.leave(model);
        uint256 free = (epochNow() + 2) * EPOCH;
        pass(bound(time, 0, 3 * uint256(EPOCH)));
        refusedBy(by, call);
        bool due = vm.getBlockTimestamp() >= free;
        if (!due) return refusedBy(alice, call);
        vm.prank(alice);
        attention.release(model);
        vm.assertEq(attention.credits(alice), DEPOSIT, "all of it");
        vm.assertEq(attention.members(model, alice).deposit, 0, "once");
        refusedBy(alice, call);
    }

    /// @notice Another request may be enrolled, if it is one of the profile and the model; never this one.
    function testFuzz_enrol_otherBit_isNotThisOne_succeeds(uint256 bit) public {
        bytes memory call = flipped(abi.encodeCall(attention.enrol, (asked.request)), bit);
        vm.prank(asker);
        (bool success,) = address(attention).call{value: FUNDING}(call);
        vm.assertEq(attention.enrolments(asked.requestId).funder, address(0), "not this one");
        vm.assertEq(address(attention).balance, 3 * DEPOSIT + (success ? FUNDING : 0), "paid");
        enrol(asked);
        vm.assertEq(attention.enrolments(asked.requestId).funder, asker, "this one");
    }

    function testFuzz_answer_anyValue_isItsAuthors_succeeds(bytes32 value, address by) public {
        enrol(asked);
        begin(made, keccak256("hash"));
        vm.prank(by);
        (bool success,) =
            address(attention).call(abi.encodeCall(attention.answer, (asked.requestId, value)));
        vm.assertEq(success, uint256(value) > 1, "zero and one are none");
        vm.assertEq(attention.answers(asked.requestId, by), success ? value : bytes32(0), "its own");
        if (by != alice) {
            vm.assertEq(attention.answers(asked.requestId, alice), 0, "nobody else's");
        }
    }

    function testFuzz_join_anyValue_onlyTheDeposit_succeeds(uint256 value, bytes32 other) public {
        value = value % 2 == 0 ? DEPOSIT : bound(value, 0, 10 ether);
        vm.deal(rival, value);
        vm.prank(rival);
        (bool success,) =
            address(attention).call{value: value}(abi.encodeCall(attention.join, (other)));
        vm.assertEq(success, value == DEPOSIT, "exactly");
        vm.assertEq(attention.members(other, rival).deposit, success ? DEPOSIT : 0, "kept");
        vm.assertEq(rival.balance, success ? 0 : value, "or returned");
    }

    function testFuzz_withdraw_anyReceiver_paysItOnce_succeeds(uint160 to) public {
        // Neither a precompile, nor forge's own, nor anything with code.
        address payable receiver = payable(address(uint160(bound(to, 1 << 128, type(uint160).max))));
        vm.assume(receiver.code.length == 0);
        enrol(asked);
        nextEpoch();
        nextEpoch();
        attention.reclaim(asked.requestId);
        uint256 before = receiver.balance;
        vm.prank(asker);
        attention.withdraw(receiver);
        vm.assertEq(receiver.balance - before, FUNDING, "all of it");
        vm.assertEq(attention.credits(asker), 0, "once");
    }

    function flipped(bytes memory call, uint256 bit) private pure returns (bytes memory) {
        bit = 32 + bit % (8 * (call.length - 4));
        call[bit / 8] ^= bytes1(uint8(1 << bit % 8));
        return call;
    }

    function exactOnce(bytes memory call, uint256 bit) private {
        refusedUnchanged(flipped(bytes.concat(call), bit));
        vm.prank(stranger);
        (bool success,) = address(attention).call(call);
        vm.assertTrue(success, "as it was meant");
        refusedUnchanged(call);
    }

    function refusedUnchanged(bytes memory call) private {
        refusedBy(stranger, call);
    }

    function refusedBy(address by, bytes memory call) private {
        uint256 before = credited();
        vm.prank(by);
        (bool success,) = address(attention).call(call);
        vm.assertFalse(success, "not what was meant");
        vm.assertEq(credited(), before, "no credit");
    }

    function credited() private view returns (uint256) {
        return attention.credits(asker) + attention.credits(alice) + attention.credits(bob)
            + attention.credits(stranger);
    }
}
