// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Attention} from "../../src/attention/Attention.sol";
import {IAttentionEvents as E} from "../../src/attention/IAttentionEvents.sol";
import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {Stage} from "./Stage.sol";

/// @title Terms, and who has a seat when
contract SeatsTest is Stage {
    //// Terms ////

    function test_constructor_terms_areKept_succeeds() public view {
        vm.assertEq(abi.encode(attention.terms()), abi.encode(termsOf(10_000)), "terms");
        vm.assertEq(attention.answersFor(), ANSWERS_FOR, "three blocks less than the window");
        vm.assertEq(attention.seatDeposit(), DEPOSIT, "two epochs of all that can be taken");
    }

    function test_constructor_outOfLimits_reverts() public {
        E.Terms[10] memory bad;
        for (uint256 i = 0; i < bad.length; ++i) {
            bad[i] = termsOf(10_000);
        }
        bad[0].profile = 0; // no answer window
        bad[1].profile = 200; // no profile
        bad[2].draws = 0;
        bad[3].draws = 9;
        bad[4].calledPerTenThousand = 0;
        bad[5].calledPerTenThousand = 10_001;
        bad[6].capacity = 0;
        bad[7].reward = 0;
        bad[8].slash = REWARD - 1;
        bad[9].epochSeconds = 2 * (ANSWERS + WINDOW + 2 * CLOCK) - 1;
        for (uint256 i = 0; i < bad.length; ++i) {
            vm.expectRevert(E.BadTerms.selector);
            new Attention(opml, bad[i]);
        }
        bad[9].epochSeconds += 1;
        vm.assertEq(new Attention(opml, bad[9]).terms().epochSeconds, bad[9].epochSeconds, "least");
    }

    //// join ////

    function test_join_fromNextEpoch_succeeds() public {
        uint256 epoch = epochNow();
        vm.expectEmit(address(attention));
        emit E.Joined(model, alice, epoch + 1);
        join(alice);
        vm.assertEq(attention.rosterSize(model, epoch), 0, "not of this epoch");
        vm.assertEq(attention.rosterSize(model, epoch + 1), 1, "of the next");
        vm.assertEq(attention.occupant(model, 0, epoch + 1), alice, "its seat");
        vm.assertEq(
            abi.encode(attention.members(model, alice)),
            abi.encode(E.Member(uint128(DEPOSIT), uint32(epoch + 1), type(uint32).max, 1)),
            "member"
        );
    }

    function test_join_wrongDeposit_reverts() public {
        bytes memory call = abi.encodeCall(attention.join, (model));
        declined(
            alice,
            DEPOSIT - 1,
            call,
            abi.encodeWithSelector(E.WrongSeatDeposit.selector, DEPOSIT, DEPOSIT - 1)
        );
        declined(
            alice,
            DEPOSIT + 1,
            call,
            abi.encodeWithSelector(E.WrongSeatDeposit.selector, DEPOSIT, DEPOSIT + 1)
        );
    }

    function test_join_twice_reverts() public {
        join(alice);
        declined(
            alice,
            DEPOSIT,
            abi.encodeCall(attention.join, (model)),
            abi.encodeWithSelector(E.AlreadySeated.selector, model, alice)
        );
    }

    function test_join_anotherModel_hasItsOwnRoster_succeeds() public {
        join(alice);
        vm.prank(alice);
        attention.join{value: DEPOSIT}("another model");
        vm.assertEq(attention.rosterSize("another model", epochNow() + 1), 1, "its own");
        vm.assertEq(address(attention).balance, 2 * DEPOSIT, "and its own deposit");
    }

    //// leave ////

    function test_leave_lastOne_takesItsPlace_succeeds() public {
        seatAll();
        uint256 epoch = epochNow();
        vm.expectEmit(address(attention));
        emit E.Left(model, alice, epoch + 1);
        vm.expectEmit(address(attention));
        emit E.Vacated(model, alice, epoch + 1, 0, carol);
        vm.prank(alice);
        attention.leave(model);
        vm.assertEq(attention.occupant(model, 0, epoch), alice, "this epoch is as it was");
        vm.assertEq(attention.rosterSize(model, epoch), 3, "in size, too");
        vm.assertEq(attention.occupant(model, 0, epoch + 1), carol, "no hole");
        vm.assertEq(attention.rosterSize(model, epoch + 1), 2, "one less");
        vm.assertEq(attention.members(model, carol).seat, 1, "and it knows its seat");
        // So that it can leave from there.
        vm.prank(carol);
        attention.leave(model);
        vm.assertEq(attention.occupant(model, 0, epoch + 1), bob, "the one that is left");
    }

    function test_leave_notSeated_reverts() public {
        bytes memory call = abi.encodeCall(attention.leave, (model));
        bytes memory error = abi.encodeWithSelector(E.NotSeated.selector, model, alice);
        declined(alice, 0, call, error);
        join(alice);
        vm.prank(alice);
        attention.leave(model);
        declined(alice, 0, call, error);
    }

    //// vacate ////

    /// @notice Nobody can take the seat of who has not lost it.
    function test_vacate_seated_reverts() public {
        join(alice);
        declined(
            stranger,
            0,
            abi.encodeCall(attention.vacate, (model, alice)),
            abi.encodeWithSelector(E.NotSeated.selector, model, alice)
        );
    }

    //// release ////

    function test_release_unlockDelay_isTwoEpochs_succeeds() public {
        seatAll();
        vm.prank(alice);
        attention.leave(model);
        uint256 until = epochNow() + 1;
        bytes memory call = abi.encodeCall(attention.release, (model));
        bytes memory error = abi.encodeWithSelector(E.StillLiable.selector, model, alice, until);
        declined(alice, 0, call, error);
        nextEpoch();
        vm.warp((until + 1) * EPOCH - 1);
        declined(alice, 0, call, error);
        vm.warp((until + 1) * EPOCH);
        vm.expectEmit(address(attention));
        emit E.Released(model, alice, DEPOSIT);
        vm.prank(alice);
        attention.release(model);
        uint256 before = alice.balance;
        vm.prank(alice);
        attention.withdraw(payable(alice));
        vm.assertEq(alice.balance, before + DEPOSIT, "whole");
        declined(
            alice, 0, call, abi.encodeWithSelector(IOpMLErrors.NothingToWithdraw.selector, alice)
        );
    }

    function test_release_seated_reverts() public {
        join(alice);
        declined(
            alice,
            0,
            abi.encodeCall(attention.release, (model)),
            abi.encodeWithSelector(E.StillLiable.selector, model, alice, type(uint32).max)
        );
    }

    /// @notice Who comes back waits until its first time is over, and need not fetch its deposit in between.
    function test_join_again_afterItsTime_succeeds() public {
        join(alice);
        nextEpoch();
        vm.prank(alice);
        attention.leave(model);
        uint256 until = epochNow() + 1;
        nextEpoch();
        bytes memory call = abi.encodeCall(attention.join, (model));
        declined(
            alice, 0, call, abi.encodeWithSelector(E.StillLiable.selector, model, alice, until)
        );
        nextEpoch();
        join(alice);
        vm.assertEq(address(attention).balance, DEPOSIT, "the same deposit");
        vm.assertEq(attention.members(model, alice).from, until + 2, "from then on");
    }

    //// withdraw ////

    function test_withdraw_nothing_reverts() public {
        declined(
            alice,
            0,
            abi.encodeCall(attention.withdraw, (payable(alice))),
            abi.encodeWithSelector(IOpMLErrors.NothingToWithdraw.selector, alice)
        );
    }

    function test_withdraw_refused_reverts() public {
        join(alice);
        vm.prank(alice);
        attention.leave(model);
        nextEpoch();
        nextEpoch();
        vm.prank(alice);
        attention.release(model);
        declined(
            alice,
            0,
            abi.encodeCall(attention.withdraw, (payable(address(opml)))),
            abi.encodeWithSelector(IOpMLErrors.TransferFailed.selector, address(opml))
        );
        vm.assertEq(attention.credits(alice), DEPOSIT, "still there");
    }

    //// Rosters ////

    /// @notice Who leaves and joins at random: each epoch's roster is what it was at its beginning, whole and without doubles.
    function testFuzz_roster_eachEpoch_staysAsItBegan_succeeds(uint256 seed) public {
        address[] memory names = new address[](6);
        for (uint256 i = 0; i < names.length; ++i) {
            names[i] = address(uint160(0x1000 + i));
            vm.deal(names[i], 100 ether);
        }
        bytes32 last;
        for (uint256 step = 0; step < 40; ++step) {
            seed = uint256(keccak256(abi.encode(seed)));
            address who = names[seed % names.length];
            bytes32 before = rosterHash(epochNow());
            bool turn = (seed >> 128) & 3 == 0;
            if (turn) {
                nextEpoch();
                vm.assertEq(rosterHash(epochNow() - 1), before, "the past");
                vm.assertEq(rosterHash(epochNow()), last, "as it was prepared");
            } else if (attention.members(model, who).seat == 0) {
                uint256 until = attention.members(model, who).until;
                uint256 lacks = DEPOSIT - attention.members(model, who).deposit;
                bytes memory call = abi.encodeCall(attention.join, (model));
                vm.prank(who);
                (bool joined,) = address(attention).call{value: lacks}(call);
                vm.assertEq(joined, until == 0 || epochNow() > until, "unless it is liable");
            } else {
                vm.prank(who);
                attention.leave(model);
            }
            last = checkNext(names);
            if (!turn) vm.assertEq(rosterHash(epochNow()), before, "this epoch");
        }
    }

    function rosterHash(uint256 epoch) private view returns (bytes32 hash) {
        uint256 size = attention.rosterSize(model, epoch);
        for (uint256 i = 0; i < size; ++i) {
            hash = keccak256(abi.encode(hash, attention.occupant(model, i, epoch)));
        }
    }

    /// @notice Holds the next roster against what its members say.
    function checkNext(address[] memory names) private view returns (bytes32) {
        uint256 next = epochNow() + 1;
        uint256 seated;
        for (uint256 i = 0; i < names.length; ++i) {
            uint256 seat = attention.members(model, names[i]).seat;
            if (seat == 0) continue;
            ++seated;
            vm.assertEq(attention.occupant(model, seat - 1, next), names[i], "its seat is its own");
        }
        vm.assertEq(attention.rosterSize(model, next), seated, "and there are no others");
        return rosterHash(next);
    }
}
