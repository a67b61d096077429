// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLEvents} from "../../src/interfaces/IOpMLEvents.sol";
import {IOpML} from "../../src/interfaces/IOpML.sol";
import {Arena} from "./Arena.sol";
import {Toy} from "./Toy.sol";

/// @title Guardian
/// @notice Who may retire a guest version, until when, and that it can do nothing else.
contract GuardianTest is Arena {
    function retireCall(uint8 number) private view returns (bytes memory) {
        return abi.encodeCall(opml.retire, (number));
    }

    function retire() private {
        vm.prank(guardian);
        opml.retire(guest);
    }

    function test_retire_guardian_succeeds() public {
        vm.assertFalse(opml.retired(guest), "serves");
        vm.expectEmit(address(opml));
        emit IOpMLEvents.GuestVersionRetired(guest);
        retire();
        vm.assertTrue(opml.retired(guest), "retired");
        vm.assertEq(
            abi.encode(opml.guestVersions(guest)),
            abi.encode(guestOf(opml.guestVersions(guest).root)),
            "what it means stays"
        );
    }

    function testFuzz_retire_others_reverts(address caller) public {
        vm.assume(caller != guardian);
        refused(
            caller,
            0,
            retireCall(guest),
            abi.encodeWithSelector(IOpMLErrors.NotGuardian.selector, caller)
        );
        refused(
            registrar,
            0,
            retireCall(guest),
            abi.encodeWithSelector(IOpMLErrors.NotGuardian.selector, registrar)
        );
    }

    function test_retire_afterItsTerm_reverts() public {
        vm.warp(guardianUntil);
        uint256 snapshot = vm.snapshotState();
        retire();
        vm.revertToState(snapshot);
        vm.warp(guardianUntil + 1);
        refused(
            guardian,
            0,
            retireCall(guest),
            abi.encodeWithSelector(IOpMLErrors.GuardianExpired.selector, guardianUntil)
        );
    }

    function test_retire_unknownGuest_reverts() public {
        refused(
            guardian,
            0,
            retireCall(guest + 1),
            abi.encodeWithSelector(IOpMLErrors.UnknownGuest.selector, guest + 1)
        );
    }

    function test_retire_twice_reverts() public {
        retire();
        refused(
            guardian,
            0,
            retireCall(guest),
            abi.encodeWithSelector(IOpMLErrors.RetiredGuest.selector, guest)
        );
    }

    function test_retire_nobody_reverts() public {
        opml = deploy(address(0), 0);
        guest = addGuest("root");
        refused(
            address(0),
            0,
            retireCall(guest),
            abi.encodeWithSelector(IOpMLErrors.GuardianExpired.selector, uint256(0))
        );
    }

    function test_constructor_terms_areChecked_succeeds() public {
        uint256 now_ = vm.getBlockTimestamp();
        vm.assertNotEq(code(deploy(guardian, now_ + 1)), 0, "a second");
        vm.assertNotEq(code(deploy(guardian, now_ + 730 days)), 0, "two years");
        vm.assertEq(code(deploy(guardian, now_ + 730 days + 1)), 0, "longer");
        vm.assertEq(code(deploy(guardian, now_)), 0, "none left");
        vm.assertEq(code(deploy(guardian, 0)), 0, "none");
        vm.assertEq(code(deploy(address(0), now_ + 1)), 0, "of nobody");
    }

    function code(IOpML deployed) private view returns (uint256) {
        return address(deployed).code.length;
    }

    /// @notice Everything else that has a gate refuses the guardian, too, and no money is its own.
    function test_guardian_otherPowers_none_succeeds() public {
        bytes memory error = abi.encodeWithSelector(IOpMLErrors.NotRegistrar.selector, guardian);
        refused(guardian, 0, abi.encodeCall(opml.addProfile, (profileOf(2))), error);
        refused(guardian, 0, abi.encodeCall(opml.addGuestVersion, (guestOf("root"))), error);
        Asked memory asked = ask();
        claimTruth(asked);
        uint256 balance = address(opml).balance;
        retire();
        vm.assertEq(address(opml).balance, balance, "all there");
        refused(
            guardian,
            0,
            abi.encodeCall(opml.withdraw, (payable(guardian))),
            abi.encodeWithSelector(IOpMLErrors.NothingToWithdraw.selector, guardian)
        );
    }

    /// @notice The registrar may append the same machine again: a retired version is never brought back.
    function test_retire_oneVersion_leavesOthers_succeeds() public {
        retire();
        guest = addGuest(Toy.guestRoot(10, 100, 0, 0));
        Asked memory asked = ask();
        Made memory made = claimTruth(asked);
        finalise(asked, made);
        vm.assertEq(requestStatus(asked.requestId), 3, "answered");
    }
}
