// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {MipsVerifier} from "../../src/MipsVerifier.sol";
import {ZeroHashes} from "../../src/lib/ZeroHashes.sol";
import {Test} from "../utils/Test.sol";

/// @notice The protocol's published vectors, which the Rust machine writes and reads too.
contract VectorsTest is Test {
    string private json = vm.readFile("../docs/vectors/vm.json");
    MipsVerifier private verifier = new MipsVerifier();

    function test_table_publishedZeroHashes_succeeds() public view {
        bytes32[] memory published = vm.parseJsonBytes32Array(json, ".zero_hashes");
        uint256 table = ZeroHashes.table();
        for (uint256 h = 0; h < 39; ++h) {
            bytes32 z;
            assembly ("memory-safe") {
                z := mload(add(table, shl(5, h)))
            }
            vm.assertEq(z, published[h], vm.toString(h));
            vm.assertEq(keccak256(bytes.concat(z, z)), published[h + 1], vm.toString(h + 1));
        }
    }

    function test_run_publishedSteps_succeeds() public view {
        string[] memory names = vm.parseJsonStringArray(json, ".step.name");
        uint256[] memory steps = vm.parseJsonUintArray(json, ".step.steps");
        bytes[] memory witnesses = vm.parseJsonBytesArray(json, ".step.witness");
        bytes32[] memory starts = vm.parseJsonBytes32Array(json, ".step.start");
        bytes32[] memory ends = vm.parseJsonBytes32Array(json, ".step.end");
        vm.assertGt(names.length, 100);
        for (uint256 i = 0; i < names.length; ++i) {
            (bytes32 start, bytes32 end) = verifier.run(steps[i], witnesses[i]);
            vm.assertEq(start, starts[i], names[i]);
            vm.assertEq(end, ends[i], names[i]);
        }
    }

    function test_run_publishedMalformed_reverts() public {
        uint256[] memory steps = vm.parseJsonUintArray(json, ".malformed.steps");
        bytes[] memory witnesses = vm.parseJsonBytesArray(json, ".malformed.witness");
        vm.assertGt(witnesses.length, 10);
        for (uint256 i = 0; i < witnesses.length; ++i) {
            vm.expectRevert();
            verifier.run(steps[i], witnesses[i]);
        }
    }
}
