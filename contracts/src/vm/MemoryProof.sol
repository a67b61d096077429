// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ZeroHashes} from "../lib/ZeroHashes.sol";
import {Bits} from "./Bits.sol";
import {
    FIRST_DIRTY,
    LEAF_INDEX,
    LEAF_NODE,
    LEAF_RUNS,
    LEAF_SIZE,
    LEAF_STOP,
    LEAF_VALUE,
    LEAVES,
    SENTINEL,
    SIBLINGS,
    TABLE_SIZE,
    TREE_HEIGHT,
    ZEROES
} from "./Layout.sol";

/// @title Joint proof of all leaves that a run of steps touches
/// @notice The leaves climb one after the other, in the order of their indices (docs/protocol.md §6). A leaf that
///         has a next one stops at their merge height and waits there as the left sibling of a later climb; the
///         last leaf climbs to the root. Nothing that the witness says decides how high a climb goes.
/// @dev    A climb reads its siblings from the table `SIBLINGS`, one row per height, and so has no branch. Between
///         climbs every row holds the zero subtree, except those in which a finished neighbour waits.
library MemoryProof {
    /// @notice More leaves than a run of 16 steps can touch.
    error TooManyLeaves(uint256 count);
    /// @notice A leaf beyond the end of memory.
    error IndexOutOfRange(uint256 index);
    /// @notice Leaf indices rise strictly.
    error IndicesNotRising(uint256 previous, uint256 index);
    /// @notice A run of siblings is empty, begins below the end of the run before it, or ends above the root.
    error BadRun(uint256 height, uint256 length);
    /// @notice A run gives a sibling that is not the witness's to give: one at or above the merge height, or one
    ///         where a finished neighbour waits.
    /// @param covered Bit h: the leaf's runs cover height h.
    error ForbiddenSibling(uint256 index, uint256 covered);
    /// @notice The witness ends too early, or bytes follow its last leaf.
    error WrongWitnessLength(uint256 expected, uint256 got);
    /// @notice A step touches a leaf that the witness lacks.
    error MissingLeaf(uint256 index);

    uint256 private constant MAX_LEAVES = 32;

    //// Roots ////

    /// @notice Reads the leaves of a witness and computes the memory root before the steps.
    /// @param cursor Where the number of leaves stands in calldata.
    /// @param end Where the witness ends.
    function open(uint256 cursor, uint256 end) internal pure returns (bytes32 root) {
        unchecked {
            uint256 count = _byteAt(cursor);
            if (count > MAX_LEAVES) revert TooManyLeaves(count);
            ++cursor;
            // The compiler's free memory begins at `SIBLINGS`, so that is where the table goes.
            ZeroHashes.table();
            uint256 sentinel = LEAVES + count * LEAF_SIZE;
            assembly ("memory-safe") {
                mstore(0x40, add(sentinel, LEAF_SIZE))
                mstore(SENTINEL, sentinel)
                mstore(FIRST_DIRTY, sentinel)
                mstore(add(sentinel, LEAF_INDEX), not(0))
            }
            if (count == 0) {
                root = bytes32(_wordAt(cursor));
                cursor += 32;
            } else {
                // A single leaf needs no row restored.
                if (count > 1) _copy(ZEROES, SIBLINGS, TABLE_SIZE);
                (root, cursor) = _climbAll(cursor, sentinel);
            }
            if (cursor != end) revert WrongWitnessLength(cursor, end);
        }
    }

    /// @notice The memory root after the steps.
    /// @dev Leaves before the first changed one ended their climbs in the same nodes as before; those are
    ///      put where they waited, and only the climbs after them are repeated.
    function newRoot() internal pure returns (bytes32 node) {
        unchecked {
            uint256 firstDirty = _load(FIRST_DIRTY);
            uint256 last = _load(SENTINEL) - LEAF_SIZE;
            // The last climb of `open` left its siblings in the table. `ZEROES` is filled: a changed leaf is never
            // the only one, because stores do not reach text.
            _copy(SIBLINGS, ZEROES, TABLE_SIZE);
            for (uint256 leaf = LEAVES;; leaf += LEAF_SIZE) {
                uint256 stop = _load(leaf + LEAF_STOP);
                if (leaf < firstDirty) {
                    node = bytes32(_load(leaf + LEAF_NODE));
                } else {
                    _layRuns(_load(leaf + LEAF_RUNS));
                    node = _climb(
                        _load(leaf + LEAF_INDEX),
                        bytes32(Bits.reverse(_load(leaf + LEAF_VALUE))),
                        stop
                    );
                }
                if (leaf == last) return node;
                _wait(node, stop);
            }
        }
    }

    /// @notice Whether a store changed any leaf.
    function dirty() internal pure returns (bool yes) {
        return _load(FIRST_DIRTY) != _load(SENTINEL);
    }

    //// Leaves ////

    /// @notice The record of the leaf that holds `addr`; reverts if the witness lacks it.
    function leafAt(uint256 addr) internal pure returns (uint256 leaf) {
        unchecked {
            uint256 index = addr >> 5;
            leaf = LEAVES;
            // The sentinel's index is above every other.
            while (_load(leaf) < index) leaf += LEAF_SIZE;
            if (_load(leaf) != index) revert MissingLeaf(index);
        }
    }

    /// @notice The 32 bytes of a leaf as a little-endian integer.
    function value(uint256 leaf) internal pure returns (uint256) {
        return _load(leaf + LEAF_VALUE);
    }

    /// @notice Replaces them, so that the root is computed again.
    function setValue(uint256 leaf, uint256 newValue) internal pure {
        assembly ("memory-safe") {
            mstore(add(leaf, LEAF_VALUE), newValue)
            if lt(leaf, mload(FIRST_DIRTY)) { mstore(FIRST_DIRTY, leaf) }
        }
    }

    //// The walk ////

    /// @dev Reads the leaf records from calldata into memory and climbs each.
    /// @return node The root.
    /// @return rest Where the byte after the last leaf stands.
    function _climbAll(uint256 cursor, uint256 sentinel)
        private
        pure
        returns (bytes32 node, uint256 rest)
    {
        unchecked {
            uint256 waiting; // bit h: a finished neighbour waits in row h
            uint256 index = _indexAt(cursor);
            for (uint256 leaf = LEAVES;;) {
                node = bytes32(_wordAt(cursor + 5));
                cursor += 37;
                _store(leaf + LEAF_INDEX, index);
                _store(leaf + LEAF_VALUE, Bits.reverse(uint256(node)));
                _store(leaf + LEAF_RUNS, cursor);
                uint256 covered;
                (cursor, covered) = _layRuns(cursor);

                uint256 next = leaf + LEAF_SIZE;
                uint256 nextIndex;
                uint256 stop = TREE_HEIGHT;
                if (next != sentinel) {
                    nextIndex = _indexAt(cursor);
                    if (nextIndex <= index) revert IndicesNotRising(index, nextIndex);
                    stop = Bits.log2(index ^ nextIndex);
                }
                // At its stop and above, a climb is another leaf's; where a neighbour waits, the sibling is known.
                if (covered >> stop != 0 || covered & waiting != 0) {
                    revert ForbiddenSibling(index, covered);
                }
                node = _climb(index, node, stop);
                _store(leaf + LEAF_NODE, uint256(node));
                _store(leaf + LEAF_STOP, stop);
                if (next == sentinel) return (node, cursor);

                _wait(node, stop);
                // The climb took in every neighbour that waited below its stop.
                waiting = ((waiting >> stop) | 1) << stop;
                (leaf, index) = (next, nextIndex);
            }
        }
    }

    /// @dev Copies a leaf's runs of siblings into the table.
    /// @param cursor Where the number of runs stands in calldata.
    /// @return Where the byte after the last run stands.
    /// @return covered Bit h: a run gave the sibling at height h.
    function _layRuns(uint256 cursor) private pure returns (uint256, uint256 covered) {
        unchecked {
            uint256 floor; // where the next run may begin
            uint256 runs = _byteAt(cursor);
            ++cursor;
            for (; runs != 0; --runs) {
                uint256 height = _byteAt(cursor);
                uint256 length = _byteAt(cursor + 1);
                uint256 top = height + length;
                if (height < floor || length == 0 || top > TREE_HEIGHT) {
                    revert BadRun(height, length);
                }
                assembly ("memory-safe") {
                    calldatacopy(add(SIBLINGS, shl(5, height)), add(cursor, 2), shl(5, length))
                }
                covered |= (1 << top) - (1 << height);
                cursor += 2 + (length << 5);
                floor = top;
            }
            return (cursor, covered);
        }
    }

    /// @dev Hashes `node` with its siblings, from height 0 to `top`.
    function _climb(uint256 index, bytes32 node, uint256 top) private pure returns (bytes32) {
        assembly ("memory-safe") {
            // Bit 5 of `path`: the node is a right child, and stands in the upper half of the hashed pair.
            let path := shl(5, index)
            let row := SIBLINGS
            let end := add(row, shl(5, top))
            for { let lastTurn := sub(end, 0x60) } lt(row, lastTurn) {
                row := add(row, 0x80)
                path := shr(4, path)
            } {
                let half := and(path, 0x20)
                mstore(half, node)
                mstore(xor(half, 0x20), mload(row))
                half := and(shr(1, path), 0x20)
                mstore(half, keccak256(0x00, 0x40))
                mstore(xor(half, 0x20), mload(add(row, 0x20)))
                half := and(shr(2, path), 0x20)
                mstore(half, keccak256(0x00, 0x40))
                mstore(xor(half, 0x20), mload(add(row, 0x40)))
                half := and(shr(3, path), 0x20)
                mstore(half, keccak256(0x00, 0x40))
                mstore(xor(half, 0x20), mload(add(row, 0x60)))
                node := keccak256(0x00, 0x40)
            }
            for {} lt(row, end) {
                row := add(row, 0x20)
                path := shr(1, path)
            } {
                let half := and(path, 0x20)
                mstore(half, node)
                mstore(xor(half, 0x20), mload(row))
                node := keccak256(0x00, 0x40)
            }
        }
        return node;
    }

    /// @dev After a climb to `stop`: the rows below it are zero subtrees again, and in its own row `node` waits.
    function _wait(bytes32 node, uint256 stop) private pure {
        _copy(SIBLINGS, ZEROES, stop << 5);
        _store(SIBLINGS + (stop << 5), uint256(node));
    }

    //// Calldata and memory ////

    function _indexAt(uint256 cursor) private pure returns (uint256 index) {
        index = _wordAt(cursor) >> 216;
        if (index >> TREE_HEIGHT != 0) revert IndexOutOfRange(index);
    }

    function _byteAt(uint256 cursor) private pure returns (uint256) {
        return _wordAt(cursor) >> 248;
    }

    function _wordAt(uint256 cursor) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(cursor)
        }
    }

    function _load(uint256 at) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(at)
        }
    }

    function _store(uint256 at, uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(at, word)
        }
    }

    function _copy(uint256 to, uint256 from, uint256 length) private pure {
        assembly ("memory-safe") {
            mcopy(to, from, length)
        }
    }
}
