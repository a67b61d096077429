// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../../src/interfaces/IOpMLErrors.sol";
import {AnyCall} from "./AnyCall.sol";

/// @title Any call about operators
/// @notice Whoever names and dismisses whom, whenever: it concerns the caller's own keys alone, and a key serves once.
contract AnyOperatorTest is AnyCall {
    function named(address party, address key) private view returns (bool serves) {
        (uint256 since, uint256 until) = opml.operators(party, key);
        return since != 0 && until == 0;
    }

    function testFuzz_nameOperator_anyPartyAndKey_callersAlone_succeeds(
        address party,
        address key,
        address other
    ) public {
        vm.assume(party != other);
        exactOnceOf(party, abi.encodeCall(opml.nameOperator, (key)));
        vm.assertTrue(named(party, key), "named");
        vm.assertFalse(named(other, key), "nobody else's");
        (uint256 since,) = opml.operators(party, key);
        vm.assertEq(since, vm.getBlockTimestamp(), "from now on");
    }

    function testFuzz_nameOperator_anyKeys_fourAtATime_succeeds(uint256 seed) public {
        uint256 serving;
        for (uint256 i = 0; i < 24; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            address key = address(uint160(0x1000 + seed % 7));
            (uint256 since, uint256 until) = opml.operators(submitter, key);
            bool names = seed >> 128 & 1 == 0;
            vm.prank(submitter);
            (bool success,) = address(opml)
                .call(
                    names
                        ? abi.encodeCall(opml.nameOperator, (key))
                        : abi.encodeCall(opml.dismissOperator, (key))
                );
            bool due = names ? since == 0 && serving < 4 : since != 0 && until == 0;
            vm.assertEq(success, due, "once each, four at a time");
            if (success) serving = names ? serving + 1 : serving - 1;
            pass(seed % 3);
        }
    }

    function testFuzz_dismissOperator_anyCallerAndKey_onlyWhoNamedIt_succeeds(
        address by,
        address key,
        address other
    ) public {
        vm.assume(by != submitter && key != other);
        vm.prank(submitter);
        opml.nameOperator(key);
        pass(12);
        bytes memory call = abi.encodeCall(opml.dismissOperator, (key));
        refused(by, 0, call, abi.encodeWithSelector(IOpMLErrors.NotOperator.selector, by, key));
        refused(
            submitter,
            0,
            abi.encodeCall(opml.dismissOperator, (other)),
            abi.encodeWithSelector(IOpMLErrors.NotOperator.selector, submitter, other)
        );
        vm.assertTrue(named(submitter, key), "still");
        exactOnceOf(submitter, call);
        (, uint256 until) = opml.operators(submitter, key);
        vm.assertEq(until, vm.getBlockTimestamp(), "until now");
    }

    function exactOnceOf(address by, bytes memory call) private {
        vm.prank(by);
        (bool success,) = address(opml).call(call);
        vm.assertTrue(success, "as it was meant");
        refusedUnchanged(by, call);
    }
}
