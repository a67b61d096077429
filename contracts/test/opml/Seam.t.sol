// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Seam} from "../../src/lib/Seam.sol";
import {VmState} from "../../src/lib/VmState.sol";
import {ZeroHashes} from "../../src/lib/ZeroHashes.sol";
import {Test} from "../utils/Test.sol";
import {Toy} from "./Toy.sol";

/// @title The seam
/// @notice Every root that the contract builds, against the tree's definition by recursion.
contract SeamTest is Test {
    bytes32 private constant MODEL = keccak256("model");

    /// @dev Seam works on calldata. What lies beyond the free memory pointer must not matter to it.
    function startState(bytes calldata input) external pure returns (bytes32) {
        dirtyMemory();
        return Seam.startState(input, MODEL);
    }

    /// @dev As above.
    function endState(bytes32 runRoot, uint8 outcome, bytes calldata output)
        external
        pure
        returns (bytes32)
    {
        dirtyMemory();
        return Seam.endState(runRoot, outcome, output, MODEL);
    }

    function test_table_everyHeight_succeeds() public pure {
        uint256 table = ZeroHashes.table();
        bytes32 expected;
        for (uint256 h = 0; h < 39; ++h) {
            bytes32 entry;
            assembly ("memory-safe") {
                entry := mload(add(table, mul(h, 0x20)))
            }
            vm.assertEq(entry, expected, "zero subtree");
            if (h == 35) vm.assertEq(ZeroHashes.Z35, expected, "Z35");
            if (h == 36) vm.assertEq(ZeroHashes.Z36, expected, "Z36");
            expected = keccak256(abi.encode(expected, expected));
        }
    }

    function test_startState_lengths_succeeds() public view {
        uint256[9] memory lengths = [uint256(0), 1, 31, 32, 33, 64, 65, 1000, 1024];
        for (uint256 i = 0; i < lengths.length; ++i) {
            checkStart(bytesOf(lengths[i], i));
        }
    }

    function testFuzz_startState_anyInput_succeeds(bytes memory input) public view {
        checkStart(input);
    }

    function test_endState_lengths_succeeds() public view {
        uint256[9] memory lengths = [uint256(0), 1, 31, 32, 33, 64, 65, 1000, 1024];
        for (uint256 i = 0; i < lengths.length; ++i) {
            checkEnd(1, bytesOf(lengths[i], i));
        }
    }

    function testFuzz_endState_anyOutput_succeeds(bytes memory output) public view {
        checkEnd(1, output);
    }

    function test_endState_programError_succeeds() public view {
        checkEnd(2, "");
        vm.assertNotEq(
            this.endState("c", 2, ""), this.endState("c", 1, ""), "an empty answer is no error"
        );
    }

    function test_endState_fault_succeeds() public view {
        vm.assertEq(this.endState(0, 3, ""), keccak256("opml.fault.v1"), "FAULT");
    }

    /// @notice No two inputs give one S_0: length and padding are both committed to.
    function test_startState_paddedInput_differs_succeeds() public view {
        vm.assertNotEq(this.startState("ab"), this.startState("ab\x00"), "length");
        vm.assertNotEq(this.startState(""), this.startState(new bytes(1)), "zero byte");
    }

    function testFuzz_start_packing_succeeds(bytes32 root, uint64 entry) public pure {
        entry = uint64(bound(entry, 0, 1 << 24));
        bytes memory packed = abi.encodePacked(uint8(1), root, entry, entry + 4, new bytes(34 * 8));
        vm.assertEq(packed.length, VmState.SIZE, "size of a packed state");
        vm.assertEq(VmState.start(root, entry), keccak256(packed), "start of a large step");
    }

    function testFuzz_exited_packing_succeeds(bytes32 root, uint64 exit) public pure {
        bytes memory packed =
            abi.encodePacked(uint8(1), root, new bytes(4 * 8), exit, new bytes(31 * 8));
        vm.assertEq(VmState.exited(root, exit), keccak256(packed), "exited state");
    }

    function checkStart(bytes memory input) private view {
        bytes32 run = keccak256(abi.encode(Toy.inputC(input), Toy.zeroHash(36)));
        bytes32 expected = keccak256(abi.encode(run, MODEL));
        vm.assertEq(this.startState(input), expected, "S_0");
    }

    function checkEnd(uint8 outcome, bytes memory output) private view {
        bytes32 c = keccak256("C_n");
        bytes32 run = keccak256(abi.encode(c, Toy.outputRoot(outcome, output)));
        bytes32 expected = keccak256(abi.encode(run, MODEL));
        vm.assertEq(this.endState(c, outcome, output), expected, "S_n");
    }

    function dirtyMemory() private pure {
        assembly ("memory-safe") {
            let free := mload(0x40)
            for { let i := 0 } lt(i, 0x2000) { i := add(i, 0x20) } { mstore(add(free, i), not(i)) }
        }
    }

    function bytesOf(uint256 length, uint256 salt) private pure returns (bytes memory data) {
        data = new bytes(length);
        for (uint256 i = 0; i < length; ++i) {
            data[i] = bytes1(uint8(uint256(keccak256(abi.encode(salt, i)))));
        }
    }
}
