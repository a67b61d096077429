// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {IOpMLTypes} from "../../src/interfaces/IOpMLTypes.sol";
import {Arena} from "./Arena.sol";

/// @title One address answers all of IOpML
/// @notice Which of the two contracts has which function is read from the committed lists, which are the compiler's: docs/decisions/0008.
contract BackOfficeTest is Arena {
    string[] private _all;

    /// @notice The second contract, which the first has created as its first.
    function backOffice() private view returns (address) {
        return
            address(
                uint160(uint256(keccak256(abi.encodePacked(hex"d694", address(opml), hex"01"))))
            );
    }

    /// @param front The deployment of which `name` is one of the two contracts.
    function functionsOf(string memory front, string memory name)
        private
        view
        returns (string[] memory)
    {
        string memory json = vm.readFile(string.concat("snapshots/", front, ".functions.json"));
        return vm.parseJsonKeys(json, string.concat(".", name));
    }

    function has(string[] memory list, string memory signature) private pure returns (bool found) {
        for (uint256 i = 0; i < list.length && !found; ++i) {
            found = keccak256(bytes(list[i])) == keccak256(bytes(signature));
        }
    }

    /// @notice A call with so many zeroes behind the selector that any arguments can be read from them.
    function callOf(string memory signature) private pure returns (bytes memory) {
        return bytes.concat(bytes4(keccak256(bytes(signature))), new bytes(2048));
    }

    function test_functions_eachInOneContract_succeeds() public view {
        checkFunctions("OpML", "BackOffice");
        checkFunctions("TokenOpML", "TokenBackOffice");
    }

    function checkFunctions(string memory front, string memory office) private view {
        string[] memory own = functionsOf(front, front);
        string[] memory back = functionsOf(front, office);
        for (uint256 i = 0; i < own.length; ++i) {
            vm.assertFalse(has(back, own[i]), own[i]);
        }
        vm.assertGt(own.length, 8, "read");
        vm.assertGt(back.length, 8, "read");
    }

    function test_fallback_everyFunction_isAnswered_succeeds() public {
        checkAnswers(functionsOf("OpML", "OpML"));
        checkAnswers(functionsOf("OpML", "BackOffice"));
    }

    function checkAnswers(string[] memory all) private {
        for (uint256 i = 0; i < all.length; ++i) {
            (bool success, bytes memory returned) = address(opml).call(callOf(all[i]));
            // With zeroes for arguments some succeed; nothing may be unknown, or fail without a word.
            vm.assertTrue(success || returned.length >= 4, all[i]);
            vm.assertNotEq(
                bytes32(bytes4(returned)), bytes32(IOpMLErrors.UnknownFunction.selector), all[i]
            );
        }
    }

    function test_fallback_unknownFunction_reverts() public {
        bytes memory error =
            abi.encodeWithSelector(IOpMLErrors.UnknownFunction.selector, bytes4("none"));
        refused(stranger, 0, "none of them", error);
        refused(stranger, 1, "none of them", error);
        error = abi.encodeWithSelector(IOpMLErrors.UnknownFunction.selector, bytes4("no\x00\x00"));
        refused(stranger, 0, "no", error);
    }

    function test_receive_payment_reverts() public {
        refused(
            stranger,
            1 ether,
            "",
            abi.encodeWithSelector(IOpMLErrors.UnknownFunction.selector, bytes4(0))
        );
    }

    function test_backOffice_directCalls_reverts() public {
        string[] memory back = functionsOf("OpML", "BackOffice");
        bytes memory refusal = abi.encodeWithSelector(IOpMLErrors.NotDelegated.selector);
        for (uint256 i = 0; i < back.length; ++i) {
            vm.prank(registrar);
            (bool success, bytes memory returned) = backOffice().call(callOf(back[i]));
            vm.assertFalse(success, back[i]);
            vm.assertEq(returned, refusal, back[i]);
        }
        (bool paid, bytes memory error) = backOffice().call{value: 1}("");
        vm.assertFalse(paid, "a payment");
        vm.assertEq(error, refusal, "a payment");
    }

    /// @notice What the constructor was given is what the second contract goes by; and what it writes, the first reads.
    function test_backOffice_worksInTheSameStorage_succeeds() public {
        vm.assertEq(opml.registrar(), registrar, "registrar");
        (address account, uint256 until) = opml.guardian();
        vm.assertEq(account, guardian, "guardian");
        vm.assertEq(until, guardianUntil, "term");
        Asked memory asked = ask();
        Made memory made = claimTruth(asked);
        finalise(asked, made);
        vm.assertEq(opml.credits(submitter), STAKE + FEE, "written there, read here");
        IOpMLTypes.GuestVersion memory version = opml.guestVersions(guest);
        vm.assertEq(abi.encode(version), abi.encode(guestOf(version.root)), "every field");
    }
}
