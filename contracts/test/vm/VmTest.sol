// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {MipsVerifier} from "../../src/MipsVerifier.sol";
import {Test} from "../utils/Test.sol";
import {TinyMemory} from "./TinyMemory.sol";

/// @title Base of the verifier's tests
/// @notice A test describes the machine before and after; the base builds the witness, runs the verifier and compares
///         both hashes. So each test states the entire successor, not only the field that it is about.
abstract contract VmTest is Test {
    using TinyMemory for TinyMemory.Leaf[];

    struct Machine {
        uint64 pc;
        uint64 nextPc;
        uint64 hi;
        uint64 lo;
        uint64 exit;
        uint64[32] r;
        TinyMemory.Leaf[] memory_;
    }

    uint64 internal constant PC = 0x10040;
    uint64 internal constant DATA = 0x0a00_0000_1000;

    MipsVerifier internal verifier = new MipsVerifier();

    //// Machines ////

    /// @notice A running machine with distinct values in every field, about to execute `instruction` at `PC`.
    function _at(uint32 instruction) internal pure returns (Machine memory m) {
        m.pc = PC;
        m.nextPc = PC + 4;
        m.hi = 0x1111_2222_3333_4444;
        m.lo = 0x5555_6666_7777_8888;
        for (uint64 n = 1; n < 32; ++n) {
            m.r[n] = 0x0123_4567_89ab_cd00 + n;
        }
        m.memory_ = m.memory_.store32(PC, instruction);
        // Neighbours, so that climbs have siblings that are not zero.
        m.memory_ = m.memory_.store32(PC + 32, 0xdeadbeef);
        m.memory_ = m.memory_.store32(DATA + 64, 0xcafe);
    }

    /// @notice A copy, ready to be made the expected successor.
    function _copy(Machine memory m) internal pure returns (Machine memory c) {
        (c.pc, c.nextPc, c.hi, c.lo, c.exit) = (m.pc, m.nextPc, m.hi, m.lo, m.exit);
        for (uint256 n = 0; n < 32; ++n) {
            c.r[n] = m.r[n];
        }
        c.memory_ = m.memory_.clone();
    }

    /// @notice The successor of an instruction that only goes on.
    function _next(Machine memory m) internal pure returns (Machine memory c) {
        c = _copy(m);
        c.pc = m.nextPc;
        unchecked {
            c.nextPc = m.nextPc + 4;
        }
    }

    /// @notice The successor of an instruction that ends the run.
    function _halted(Machine memory m, uint64 exit) internal pure returns (Machine memory c) {
        c.exit = exit;
        c.memory_ = m.memory_.clone();
    }

    //// Hash and witness ////

    function _fields(Machine memory m) internal pure returns (uint64[36] memory f) {
        (f[0], f[1], f[2], f[3], f[4]) = (m.pc, m.nextPc, m.hi, m.lo, m.exit);
        for (uint256 n = 1; n < 32; ++n) {
            f[4 + n] = m.r[n];
        }
    }

    function _hash(Machine memory m) internal pure returns (bytes32) {
        uint64[36] memory f = _fields(m);
        bytes memory packed = bytes.concat(hex"01", m.memory_.root());
        for (uint256 i = 0; i < 36; ++i) {
            packed = bytes.concat(packed, bytes8(f[i]));
        }
        return keccak256(packed);
    }

    /// @notice The state's part of a witness.
    function _packState(Machine memory m) internal pure returns (bytes memory) {
        uint64[36] memory f = _fields(m);
        bytes memory values;
        uint256 lengths;
        for (uint256 i = 0; i < 36; ++i) {
            uint256 n = 0;
            while (n < 8 && f[i] >> (8 * n) != 0) ++n;
            lengths = (lengths << 4) | n;
            for (uint256 k = n; k > 0; --k) {
                values = bytes.concat(values, bytes1(uint8(f[i] >> (8 * (k - 1)))));
            }
        }
        return bytes.concat(bytes18(uint144(lengths)), values);
    }

    /// @notice The proof of the leaves `indices`, which rise.
    function _proof(Machine memory m, uint256[] memory indices)
        internal
        pure
        returns (bytes memory out)
    {
        out = bytes.concat(bytes1(uint8(indices.length)));
        for (uint256 i = 0; i < indices.length; ++i) {
            out = bytes.concat(out, _leafProof(m.memory_, indices, i));
        }
    }

    /// @dev Asks at each height where the sibling is: in an earlier climb, in the zero subtree, or in the witness.
    function _leafProof(TinyMemory.Leaf[] memory leaves, uint256[] memory indices, uint256 i)
        private
        pure
        returns (bytes memory)
    {
        bytes32[40] memory z = TinyMemory.zeroes();
        uint256 stop = _stop(indices, i);
        uint256 runs;
        uint256 length;
        bytes memory run;
        bytes memory all;
        for (uint256 h = 0; h <= stop; ++h) {
            bytes32 sibling = leaves.node(z, h, (indices[i] >> h) ^ 1);
            if (h < stop && sibling != z[h] && !_climbed(indices, i, h)) {
                (run, length) = (bytes.concat(run, sibling), length + 1);
            } else if (length != 0) {
                all = bytes.concat(all, bytes1(uint8(h - length)), bytes1(uint8(length)), run);
                (runs, length, run) = (runs + 1, 0, "");
            }
        }
        return bytes.concat(
            bytes5(uint40(indices[i])), leaves.node(z, 0, indices[i]), bytes1(uint8(runs)), all
        );
    }

    /// @dev Height at which leaf `i` is the sibling of the next leaf's climb.
    function _stop(uint256[] memory indices, uint256 i) private pure returns (uint256 h) {
        if (i + 1 == indices.length) return TinyMemory.HEIGHT;
        while (indices[i + 1] >> h != (indices[i] >> h) ^ 1) ++h;
    }

    /// @dev Whether a leaf before `i` lies under the sibling of its climb at height `h`.
    function _climbed(uint256[] memory indices, uint256 i, uint256 h) private pure returns (bool) {
        for (uint256 k = 0; k < i; ++k) {
            if (indices[k] >> h == (indices[i] >> h) ^ 1) return true;
        }
        return false;
    }

    /// @notice A witness that opens `m` with the leaves `indices`.
    function _witness(Machine memory m, uint256[] memory indices)
        internal
        pure
        returns (bytes memory)
    {
        return bytes.concat(_packState(m), _proof(m, indices));
    }

    /// @notice A witness with the leaf of the instruction at pc.
    function _textWitness(Machine memory m) internal pure returns (bytes memory) {
        uint256[] memory indices = new uint256[](1);
        indices[0] = m.pc / 32;
        return _witness(m, indices);
    }

    /// @notice A witness with the leaves of the instruction at pc and of `addr`.
    function _dataWitness(Machine memory m, uint256 addr) internal pure returns (bytes memory) {
        uint256[] memory indices = new uint256[](2);
        (indices[0], indices[1]) = (m.pc / 32, addr / 32);
        return _witness(m, indices);
    }

    //// Expectations ////

    function _expect(
        Machine memory before,
        Machine memory successor,
        bytes memory witness,
        uint256 steps
    ) internal view {
        (bytes32 start, bytes32 end) = verifier.run(steps, witness);
        vm.assertEq(start, _hash(before), "start");
        vm.assertEq(end, _hash(successor), "end");
    }

    /// @notice One step that touches nothing but its own instruction.
    function _expectStep(Machine memory before, Machine memory successor) internal view {
        _expect(before, successor, _textWitness(before), 1);
    }

    /// @notice One step of `before` ends in fault `code`.
    function _expectFault(Machine memory before, uint64 code) internal view {
        _expectStep(before, _halted(before, 0x200 | code));
    }

    //// Encodings ////

    /// @notice SPECIAL and its likes: op, rs, rt, rd, sa, funct.
    function _r(uint32 op, uint32 rs, uint32 rt, uint32 rd, uint32 sa, uint32 funct)
        internal
        pure
        returns (uint32)
    {
        return (op << 26) | (rs << 21) | (rt << 16) | (rd << 11) | (sa << 6) | funct;
    }

    /// @notice Immediate forms: op, rs, rt, immediate.
    function _i(uint32 op, uint32 rs, uint32 rt, uint16 immediate) internal pure returns (uint32) {
        return (op << 26) | (rs << 21) | (rt << 16) | immediate;
    }
}
