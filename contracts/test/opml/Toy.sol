// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ZeroHashes} from "../../src/lib/ZeroHashes.sol";

/// @title A toy of both machines, in closed form
/// @notice Runs of up to 2^40 small steps per large step cost nothing to know, and every hash is a real one: S is
///         keccak(keccak(C ‖ O) ‖ M), small states are packed as docs/protocol.md §5 says. How the machine
///         behaves is written in its guest root, from bit 0: large steps until it halts 32 · small steps per
///         large step 32 · 1 + the large step that faults, or 0, 32 · how it faults 8 · anything.
///         A running C is the mark ‖ 128 bits derived from C_0 ‖ its step; small step j keeps j in `hi`.
library Toy {
    uint256 internal constant EXITS_WITH_ONE = 1;
    uint256 internal constant FAULTS = 2;
    uint256 internal constant NEVER_ENDS = 3;

    bytes32 internal constant FAULT = keccak256("opml.fault.v1");
    uint64 internal constant ENTRY = 0x1000;
    uint256 private constant MARK = 0x746f79;

    /// @notice One run: the machine, where it started, and its model.
    struct Run {
        bytes32 guest;
        bytes32 c0;
        bytes32 model;
    }

    function guestRoot(uint256 n, uint256 m, uint256 faultStep, uint256 kind)
        internal
        pure
        returns (bytes32)
    {
        uint256 tag = uint128(uint256(keccak256(abi.encode(n, m, faultStep, kind))));
        uint256 fault = kind == 0 ? 0 : faultStep + 1;
        return bytes32(n | m << 32 | fault << 64 | kind << 96 | tag << 104);
    }

    function halting(bytes32 guest) internal pure returns (uint256) {
        return uint32(uint256(guest));
    }

    function smallSteps(bytes32 guest) internal pure returns (uint256) {
        return uint32(uint256(guest) >> 32);
    }

    /// @notice Whether large step i has no proper end.
    function faults(bytes32 guest, uint256 i) internal pure returns (bool) {
        return uint32(uint256(guest) >> 64) == i + 1 && i < halting(guest);
    }

    function kindOf(bytes32 guest) internal pure returns (uint256) {
        return uint8(uint256(guest) >> 96);
    }

    /// @notice S_i.
    function large(Run memory run, uint256 i) internal pure returns (bytes32) {
        uint256 fault = uint32(uint256(run.guest) >> 64);
        if (fault != 0 && fault <= halting(run.guest) && i >= fault) return FAULT;
        (bytes32 c, bytes32 o) = parts(run, i);
        return keccak256(abi.encode(keccak256(abi.encode(c, o)), run.model));
    }

    /// @notice C_i and O_i of a run that does not fault before step i.
    function parts(Run memory run, uint256 i) internal pure returns (bytes32 c, bytes32 o) {
        uint256 n = halting(run.guest);
        uint256 at = i < n ? i : n;
        c = at == 0 ? run.c0 : bytes32(MARK << 224 | uint256(_tag(run.c0)) << 64 | at);
        o = i < n ? ZeroHashes.Z36 : outputRoot(1, outputOf(c));
    }

    /// @notice The answer.
    function output(Run memory run) internal pure returns (bytes memory) {
        (bytes32 c,) = parts(run, halting(run.guest));
        return outputOf(c);
    }

    function outputOf(bytes32 c) internal pure returns (bytes memory) {
        return abi.encodePacked(bytes4(bytes16(_tag(c))));
    }

    /// @notice Hash of the state after j small steps of large step i.
    function small(Run memory run, uint256 i, uint256 j) internal pure returns (bytes32) {
        (bytes32 c, bytes32 o) = parts(run, i);
        return smallFrom(run.guest, c, o, run.model, j);
    }

    function smallFrom(bytes32 guest, bytes32 c, bytes32 o, bytes32 model, uint256 j)
        internal
        pure
        returns (bytes32)
    {
        bytes32 s = keccak256(abi.encode(keccak256(abi.encode(c, o)), model));
        bytes32 root = keccak256(abi.encode(guest, s));
        bool halted = o != ZeroHashes.Z36;
        uint256 i = indexOf(c);
        uint256 kind = !halted && faults(guest, i) ? kindOf(guest) : 0;
        uint256 m = halted ? 1 : smallSteps(guest);
        if (kind == NEVER_ENDS || j < m) return keccak256(packRunning(root, j));
        if (kind == EXITS_WITH_ONE) return exited(root, 0x101);
        if (kind == FAULTS) return exited(root, 0x203);
        bytes32 y = s;
        if (!halted) {
            Run memory run = Run(guest, c, model);
            uint256 at = i + 1;
            bytes32 c1 = bytes32(MARK << 224 | uint256(_tag(c)) << 64 | at);
            bytes32 o1 = at < halting(guest) ? o : outputRoot(1, outputOf(c1));
            y = keccak256(abi.encode(keccak256(abi.encode(c1, o1)), run.model));
        }
        return exited(keccak256(abi.encode(garbage(s), y)), 0x100);
    }

    /// @notice g, what the guest half has become when a large step ends.
    function garbage(bytes32 s) internal pure returns (bytes32) {
        return keccak256(abi.encode("g", s));
    }

    /// @notice The 321 bytes of a running state.
    function packRunning(bytes32 root, uint256 j) internal pure returns (bytes memory) {
        return abi.encodePacked(
            uint8(1), root, ENTRY, ENTRY + 4, uint64(j), uint64(0), uint64(0), new bytes(31 * 8)
        );
    }

    function exited(bytes32 root, uint64 exit) internal pure returns (bytes32) {
        return
            keccak256(abi.encodePacked(uint8(1), root, new bytes(4 * 8), exit, new bytes(31 * 8)));
    }

    /// @notice The step that a C belongs to; C_0 has no mark.
    function indexOf(bytes32 c) internal pure returns (uint256) {
        return uint256(c) >> 224 == MARK ? uint64(uint256(c)) : 0;
    }

    function _tag(bytes32 c) private pure returns (uint128) {
        if (uint256(c) >> 224 == MARK) return uint128(uint256(c) >> 64);
        return uint128(uint256(keccak256(abi.encode(c))));
    }

    //// The seam once more, by recursion over the tree's definition ////

    function zeroHash(uint256 height) internal pure returns (bytes32 z) {
        for (; height != 0; --height) {
            z = keccak256(abi.encode(z, z));
        }
    }

    function inputC(bytes memory input) internal pure returns (bytes32) {
        bytes memory leaves = abi.encodePacked(_le64(input.length), new bytes(24), input);
        return keccak256(abi.encode(zeroHash(35), treeRoot(leaves, 0, 35)));
    }

    function outputRoot(uint64 complete, bytes memory out) internal pure returns (bytes32) {
        bytes memory leaves =
            abi.encodePacked(_le64(complete), _le64(out.length), new bytes(16), out);
        return treeRoot(leaves, 0, 36);
    }

    /// @notice Root of the subtree of `height` whose first byte is `data[at]`, zeroes after `data`.
    function treeRoot(bytes memory data, uint256 at, uint256 height)
        internal
        pure
        returns (bytes32)
    {
        bytes32[] memory zeros = new bytes32[](height + 1);
        for (uint256 h = 1; h <= height; ++h) {
            zeros[h] = keccak256(abi.encode(zeros[h - 1], zeros[h - 1]));
        }
        return _treeRoot(data, at, height, zeros);
    }

    function _treeRoot(bytes memory data, uint256 at, uint256 height, bytes32[] memory zeros)
        private
        pure
        returns (bytes32)
    {
        if (at >= data.length) return zeros[height];
        if (height == 0) {
            bytes32 word;
            for (uint256 i = 0; i < 32 && at + i < data.length; ++i) {
                word |= bytes32(data[at + i]) >> (8 * i);
            }
            return word;
        }
        bytes32 left = _treeRoot(data, at, height - 1, zeros);
        uint256 half = uint256(32) << (height - 1);
        return keccak256(abi.encode(left, _treeRoot(data, at + half, height - 1, zeros)));
    }

    function _le64(uint256 x) private pure returns (bytes8 y) {
        for (uint256 i = 0; i < 8; ++i) {
            y |= bytes8(bytes1(uint8(x >> (8 * i)))) >> (8 * i);
        }
    }
}
