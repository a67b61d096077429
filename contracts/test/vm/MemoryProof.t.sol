// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {MipsVerifier} from "../../src/MipsVerifier.sol";
import {HINT_MASK} from "../../src/vm/Layout.sol";
import {MemoryProof} from "../../src/vm/MemoryProof.sol";
import {MipsState} from "../../src/vm/MipsState.sol";
import {SiblingTable} from "../../src/vm/SiblingTable.sol";
import {TinyMemory} from "./TinyMemory.sol";
import {VmTest} from "./VmTest.sol";

/// @notice The joint proof against the recursive root, and every way to malform a witness.
contract MemoryProofTest is VmTest {
    using TinyMemory for TinyMemory.Leaf[];

    /// @dev A machine that has exited: its run computes the root and nothing else.
    function _exited(TinyMemory.Leaf[] memory leaves) private pure returns (Machine memory m) {
        m.exit = 0x100;
        m.memory_ = leaves;
    }

    /// @dev The state part of its witness.
    function _state() private pure returns (bytes memory) {
        TinyMemory.Leaf[] memory none;
        return _packState(_exited(none));
    }

    function _leaf(uint256 index, bytes memory runs) private pure returns (bytes memory) {
        return bytes.concat(bytes5(uint40(index)), bytes32(uint256(1)), runs);
    }

    function _expectRevert(bytes memory proof, bytes memory reason) private {
        bytes memory witness = bytes.concat(_state(), proof);
        vm.expectRevert(reason);
        verifier.run(1, witness);
    }

    //// Roots ////

    function test_run_randomLeaves_succeeds(uint256 seed) public view {
        uint256 count = 1 + seed % 12;
        TinyMemory.Leaf[] memory leaves;
        for (uint256 i = 0; i < count; ++i) {
            // Near and far neighbours: the index differs from a base in its low `spread` bits.
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            uint256 base = uint256(keccak256(abi.encode(seed, i & 1))) >> (256 - 39);
            uint256 index = base ^ ((random >> 128) & ((1 << (random % 40)) - 1));
            leaves = leaves.store32(32 * index, uint32(random));
        }
        Machine memory m = _exited(leaves);
        // Every second leaf is proved, the others make siblings.
        uint256[] memory indices = new uint256[]((leaves.length + 1) / 2);
        for (uint256 i = 0; i < indices.length; ++i) {
            indices[i] = leaves[2 * i].index;
        }
        _expect(m, m, _witness(m, indices), 1);
    }

    function test_run_allLeavesOfProof_succeeds() public view {
        TinyMemory.Leaf[] memory leaves;
        uint256[] memory indices = new uint256[](32);
        for (uint256 i = 0; i < 32; ++i) {
            indices[i] = i * i * 7;
            leaves = leaves.store32(32 * indices[i], 1 + i);
        }
        Machine memory m = _exited(leaves);
        _expect(m, m, _witness(m, indices), 16);
    }

    function test_run_rootForm_succeeds() public view {
        (bytes32 start, bytes32 end) =
            verifier.run(1, bytes.concat(_state(), hex"00", bytes32(uint256(7))));
        bytes memory packed = bytes.concat(
            hex"01", bytes32(uint256(7)), new bytes(32), bytes8(uint64(0x100)), new bytes(248)
        );
        vm.assertEq(start, keccak256(packed));
        vm.assertEq(end, start);
    }

    function test_run_explicitZeroSiblings_succeeds() public view {
        TinyMemory.Leaf[] memory leaves;
        leaves = leaves.store32(0, 0x01000000);
        leaves = leaves.store32(28, 0x01000000);
        leaves[0].value = bytes32(uint256(1));
        Machine memory m = _exited(leaves);
        // Two adjacent runs of zero subtrees, which could have been left out.
        bytes memory runs =
            bytes.concat(hex"020001", TinyMemory.zeroes()[0], hex"0101", TinyMemory.zeroes()[1]);
        _expect(m, m, bytes.concat(_state(), hex"01", _leaf(0, runs)), 1);
    }

    function test_run_siblingWhereNeighbourWaited_succeeds() public view {
        // Leaf 0 waits at height 0 for leaf 1, which takes it in; leaf 2 has a sibling there again.
        TinyMemory.Leaf[] memory leaves;
        uint256[] memory indices = new uint256[](3);
        for (uint256 i = 0; i < 4; ++i) {
            leaves = leaves.store32(32 * i, 1 + i);
            if (i < 3) indices[i] = i;
        }
        Machine memory m = _exited(leaves);
        _expect(m, m, _witness(m, indices), 1);
    }

    function test_run_storeBelowLastSiblings_succeeds() public view {
        // Text and the changed leaf meet at height 19, both and the last leaf at 38. In between the last leaf has a sibling, the
        // changed one has none: what the last climb leaves in the table must not become one in the second.
        uint64 stack = 0x01ff_ff00;
        Machine memory m = _at(_i(0x3f, 1, 2, 0));
        (m.r[1], m.r[2]) = (stack, 0x0123_4567_89ab_cdef);
        m.memory_ = m.memory_.store32(DATA + (1 << 30), 0xbeef);
        Machine memory n = _next(m);
        n.memory_ = n.memory_.store32(stack, 0x89ab_cdef).store32(stack + 4, 0x0123_4567);
        uint256[] memory indices = new uint256[](3);
        (indices[0], indices[1], indices[2]) = (PC / 32, stack / 32, DATA / 32);
        _expect(m, n, _witness(m, indices), 1);
    }

    function test_run_storeOfWhatIsThere_succeeds() public view {
        // The root is as it was, whether the leaf that is written to climbs last or waits.
        Machine memory m = _at(_i(0x3f, 1, 2, 0));
        (m.r[1], m.r[2]) = (DATA, 0x0123_4567_89ab_cdef);
        m.memory_ = m.memory_.store32(DATA, 0x89ab_cdef).store32(DATA + 4, 0x0123_4567);
        Machine memory n = _next(m);
        _expect(m, n, _dataWitness(m, DATA), 1);
        uint256[] memory indices = new uint256[](3);
        (indices[0], indices[1], indices[2]) = (PC / 32, DATA / 32, DATA / 32 + 2);
        _expect(m, n, _witness(m, indices), 1);
    }

    /// @dev Leaves in the guest's half and in the data half, of which a step changes one: whichever it is, the others climb
    ///      again exactly as far as they take it in.
    function test_run_storeAmongRandomLeaves_succeeds(uint256 seed) public view {
        Machine memory m = _at(_i(0x3f, 1, 2, 0));
        uint256 count = 1 + seed % 8;
        for (uint256 i = 0; i < count; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            // Behind text, on the stack or in the data half, near to others or far away.
            uint256 base = random & 1 == 0 ? 0x1ff_0000 : DATA;
            uint256 offset = (random >> 128) & ((32 << (random >> 8) % 12) - 1);
            m.memory_ = m.memory_.store32((base + offset) & ~uint256(31), uint32(random >> 64));
        }
        uint256 written = seed >> 8;
        uint256[] memory indices = new uint256[](m.memory_.length);
        uint256 length;
        uint256 target;
        for (uint256 i = 0; i < indices.length; ++i) {
            uint256 index = m.memory_[i].index;
            // Some are left out, and make siblings.
            bool proved = index == PC / 32 || (seed >> (16 + i)) & 3 != 0;
            if (index > PC / 32 + 1 && (target == 0 || written % (i + 1) == 0)) target = index;
            if (proved || target == index) indices[length++] = index;
        }
        assembly ("memory-safe") {
            mstore(indices, length)
        }
        (m.r[1], m.r[2]) = (uint64(32 * target + (written & 24)), uint64(written >> 16));
        Machine memory n = _next(m);
        n.memory_ = n.memory_.store32(m.r[1], uint32(m.r[2])).store32(m.r[1] + 4, m.r[2] >> 32);
        _expect(m, n, _witness(m, indices), 1);
    }

    function test_run_leadingZeroBytes_succeeds() public view {
        Machine memory m;
        m.exit = 0x100;
        bytes memory state =
            bytes.concat(hex"000080000000000000000000000000000000", bytes8(uint64(0x100)));
        _expect(m, m, bytes.concat(state, hex"00", m.memory_.root()), 1);
    }

    //// Malformed witnesses ////

    function test_run_badStepCount_reverts() public {
        bytes memory witness = bytes.concat(_state(), hex"00", bytes32(0));
        uint256[3] memory counts = [uint256(0), 17, type(uint256).max];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(MipsVerifier.BadStepCount.selector, counts[i]));
            verifier.run(counts[i], witness);
        }
    }

    function test_run_fieldTooLong_reverts() public {
        for (uint256 i = 0; i < 36; ++i) {
            bytes memory state = new bytes(18 + 9);
            state[i / 2] = bytes1(uint8(i % 2 == 0 ? 0x90 : 0x09));
            vm.expectRevert(MipsState.FieldTooLong.selector);
            verifier.run(1, bytes.concat(state, hex"00", bytes32(0)));
        }
    }

    function test_run_wrongLength_reverts() public {
        bytes memory witness = bytes.concat(_state(), hex"01", _leaf(5, hex"00"));
        (bytes32 start,) = verifier.run(1, witness);
        vm.assertNotEq(start, 0);
        vm.expectPartialRevert(MemoryProof.WrongWitnessLength.selector);
        verifier.run(1, bytes.concat(witness, hex"00"));
        for (uint256 length = 0; length < witness.length; ++length) {
            bytes memory cut = new bytes(length);
            for (uint256 k = 0; k < length; ++k) {
                cut[k] = witness[k];
            }
            vm.expectRevert();
            verifier.run(1, cut);
        }
        vm.expectPartialRevert(MemoryProof.WrongWitnessLength.selector);
        verifier.run(1, bytes.concat(_state(), hex"00", bytes31(0)));
        vm.expectPartialRevert(MemoryProof.WrongWitnessLength.selector);
        verifier.run(1, bytes.concat(_state(), hex"00", bytes32(0), hex"00"));
    }

    function test_run_tooManyLeaves_reverts() public {
        bytes memory proof = hex"21";
        for (uint256 i = 0; i < 33; ++i) {
            proof = bytes.concat(proof, _leaf(i, hex"00"));
        }
        _expectRevert(proof, abi.encodeWithSelector(MemoryProof.TooManyLeaves.selector, 33));
    }

    function test_run_indexOutOfRange_reverts() public {
        _expectRevert(
            bytes.concat(hex"01", _leaf(1 << 39, hex"00")),
            abi.encodeWithSelector(MemoryProof.IndexOutOfRange.selector, 1 << 39)
        );
        _expectRevert(
            bytes.concat(hex"02", _leaf(7, hex"00"), _leaf((1 << 39) | 8, hex"00")),
            abi.encodeWithSelector(MemoryProof.IndexOutOfRange.selector, (1 << 39) | 8)
        );
    }

    function test_run_indicesNotRising_reverts() public {
        _expectRevert(
            bytes.concat(hex"02", _leaf(7, hex"00"), _leaf(7, hex"00")),
            abi.encodeWithSelector(MemoryProof.IndicesNotRising.selector, 7, 7)
        );
        _expectRevert(
            bytes.concat(hex"03", _leaf(6, hex"00"), _leaf(9, hex"00"), _leaf(8, hex"00")),
            abi.encodeWithSelector(MemoryProof.IndicesNotRising.selector, 9, 8)
        );
    }

    function test_run_badRun_reverts() public {
        // Empty; overlapping the run before; ending above the root; far above it.
        bytes32 w = bytes32(uint256(9));
        _expectRevert(
            bytes.concat(hex"01", _leaf(7, hex"010500")),
            abi.encodeWithSelector(SiblingTable.BadRun.selector, 5, 0)
        );
        _expectRevert(
            bytes.concat(hex"01", _leaf(7, bytes.concat(hex"020001", w, hex"0500"))),
            abi.encodeWithSelector(SiblingTable.BadRun.selector, 5, 0)
        );
        _expectRevert(
            bytes.concat(hex"01", _leaf(7, bytes.concat(hex"020502", w, w, hex"0601", w))),
            abi.encodeWithSelector(SiblingTable.BadRun.selector, 6, 1)
        );
        _expectRevert(
            bytes.concat(hex"01", _leaf(7, bytes.concat(hex"020501", w, hex"0401", w))),
            abi.encodeWithSelector(SiblingTable.BadRun.selector, 4, 1)
        );
        _expectRevert(
            bytes.concat(hex"01", _leaf(7, bytes.concat(hex"012602", w, w))),
            abi.encodeWithSelector(SiblingTable.BadRun.selector, 38, 2)
        );
        _expectRevert(
            bytes.concat(hex"01", _leaf(7, bytes.concat(hex"01ffff", new bytes(255 * 32)))),
            abi.encodeWithSelector(SiblingTable.BadRun.selector, 255, 255)
        );
    }

    function test_run_siblingAtMergeHeight_reverts() public {
        // Leaves 4 and 7 merge at height 1: leaf 4's climb has one sibling, at height 0.
        bytes32 w = bytes32(uint256(9));
        bytes memory right = _leaf(7, hex"00");
        verifier.run(
            1, bytes.concat(_state(), hex"02", _leaf(4, bytes.concat(hex"010001", w)), right)
        );
        _expectRevert(
            bytes.concat(hex"02", _leaf(4, bytes.concat(hex"010101", w)), right),
            abi.encodeWithSelector(MemoryProof.ForbiddenSibling.selector, 4, 2)
        );
        _expectRevert(
            bytes.concat(hex"02", _leaf(4, bytes.concat(hex"010003", w, w, w)), right),
            abi.encodeWithSelector(MemoryProof.ForbiddenSibling.selector, 4, 7)
        );
        _expectRevert(
            bytes.concat(hex"02", _leaf(4, bytes.concat(hex"012601", w)), right),
            abi.encodeWithSelector(MemoryProof.ForbiddenSibling.selector, 4, 1 << 38)
        );
    }

    function test_run_siblingOverNeighbour_reverts() public {
        // Leaf 0 waits at height 3 for leaf 8, leaf 8 at height 1 for leaf 10.
        bytes32 w = bytes32(uint256(9));
        bytes memory left = bytes.concat(_leaf(0, hex"00"), _leaf(8, hex"00"));
        verifier.run(
            1, bytes.concat(_state(), hex"03", left, _leaf(10, bytes.concat(hex"010201", w)))
        );
        _expectRevert(
            bytes.concat(hex"03", left, _leaf(10, bytes.concat(hex"010101", w))),
            abi.encodeWithSelector(MemoryProof.ForbiddenSibling.selector, 10, 2)
        );
        _expectRevert(
            bytes.concat(hex"03", left, _leaf(10, bytes.concat(hex"010202", w, w))),
            abi.encodeWithSelector(MemoryProof.ForbiddenSibling.selector, 10, 12)
        );
        _expectRevert(
            bytes.concat(hex"03", left, _leaf(10, bytes.concat(hex"010005", w, w, w, w, w))),
            abi.encodeWithSelector(MemoryProof.ForbiddenSibling.selector, 10, 31)
        );
    }

    function test_run_missingLeaf_reverts() public {
        Machine memory m = _at(_i(0x37, 1, 2, 0));
        m.r[1] = DATA;
        bytes memory witness = _textWitness(m);
        vm.expectRevert(abi.encodeWithSelector(MemoryProof.MissingLeaf.selector, DATA / 32));
        verifier.run(1, witness);
        witness = bytes.concat(_packState(m), hex"00", m.memory_.root());
        vm.expectRevert(abi.encodeWithSelector(MemoryProof.MissingLeaf.selector, PC / 32));
        verifier.run(1, witness);
    }

    function test_run_missingLeafWithTheHintOfAnother_reverts() public {
        // The witness has the leaf of DATA; the load is from one whose hint is found in the same place.
        Machine memory m = _at(_i(0x37, 1, 2, 0));
        m.r[1] = uint64(DATA + 32 * (HINT_MASK + 1));
        vm.expectRevert(abi.encodeWithSelector(MemoryProof.MissingLeaf.selector, m.r[1] / 32));
        verifier.run(1, _dataWitness(m, DATA));
    }

    function test_run_flippedBit_succeeds(uint256 seed) public view {
        // Whatever is done to a witness: it reverts, opens another state, or changes nothing that counts.
        Machine memory m = _at(_i(0x3f, 1, 2, 0));
        m.r[1] = DATA;
        bytes memory witness = _dataWitness(m, DATA);
        (bytes32 start, bytes32 end) = verifier.run(1, witness);
        uint256 bit = seed % (8 * witness.length);
        witness[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        try verifier.run(1, witness) returns (bytes32 otherStart, bytes32 otherEnd) {
            vm.assertTrue(
                otherStart != start || otherEnd == end, "another successor of the same state"
            );
        } catch {}
    }
}
