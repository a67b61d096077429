// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

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
    TREE_HEIGHT
} from "./Layout.sol";
import {Raw} from "./Raw.sol";
import {SiblingTable} from "./SiblingTable.sol";

/// @title Joint proof of all leaves that a run of steps touches
/// @notice The leaves climb one after the other, in the order of their indices (docs/protocol.md §6). A leaf that
///         has a next one stops at their merge height and waits there as the left sibling of a later climb; the
///         last leaf climbs to the root. Nothing that the witness says decides how high a climb goes.
library MemoryProof {
    /// @notice More leaves than a run of 16 steps can touch.
    error TooManyLeaves(uint256 count);
    /// @notice A leaf beyond the end of memory.
    error IndexOutOfRange(uint256 index);
    /// @notice Leaf indices rise strictly.
    error IndicesNotRising(uint256 previous, uint256 index);
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
            uint256 count = Raw.byteAt(cursor);
            if (count > MAX_LEAVES) revert TooManyLeaves(count);
            ++cursor;
            // In the order of the memory map: first the table, then the records.
            SiblingTable.create(count > 1);
            uint256 sentinel = LEAVES + count * LEAF_SIZE;
            assembly ("memory-safe") {
                mstore(0x40, add(sentinel, LEAF_SIZE))
                mstore(SENTINEL, sentinel)
                mstore(FIRST_DIRTY, sentinel)
                mstore(add(sentinel, LEAF_INDEX), not(0))
            }
            if (count == 0) {
                root = bytes32(Raw.wordAt(cursor));
                cursor += 32;
            } else {
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
            uint256 firstDirty = Raw.load(FIRST_DIRTY);
            uint256 last = Raw.load(SENTINEL) - LEAF_SIZE;
            // The last climb of `open` left its siblings in the table. It can be cleared: a changed leaf is never the
            // only one, because stores do not reach text.
            SiblingTable.clear(TREE_HEIGHT);
            for (uint256 leaf = LEAVES;; leaf += LEAF_SIZE) {
                uint256 stop = Raw.load(leaf + LEAF_STOP);
                if (leaf < firstDirty) {
                    node = bytes32(Raw.load(leaf + LEAF_NODE));
                } else {
                    SiblingTable.lay(Raw.load(leaf + LEAF_RUNS));
                    node = SiblingTable.climb(
                        Raw.load(leaf + LEAF_INDEX),
                        bytes32(Bits.reverse(Raw.load(leaf + LEAF_VALUE))),
                        stop
                    );
                }
                if (leaf == last) return node;
                SiblingTable.wait(node, stop);
            }
        }
    }

    /// @notice Whether a store changed any leaf.
    function dirty() internal pure returns (bool yes) {
        return Raw.load(FIRST_DIRTY) != Raw.load(SENTINEL);
    }

    //// Leaves ////

    /// @notice The record of the leaf that holds `addr`; reverts if the witness lacks it.
    function leafAt(uint256 addr) internal pure returns (uint256 leaf) {
        unchecked {
            uint256 index = addr >> 5;
            leaf = LEAVES;
            // The sentinel's index is above every other.
            while (Raw.load(leaf) < index) leaf += LEAF_SIZE;
            if (Raw.load(leaf) != index) revert MissingLeaf(index);
        }
    }

    /// @notice The 32 bytes of a leaf as a little-endian integer.
    function value(uint256 leaf) internal pure returns (uint256) {
        return Raw.load(leaf + LEAF_VALUE);
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
                node = bytes32(Raw.wordAt(cursor + 5));
                cursor += 37;
                Raw.store(leaf + LEAF_INDEX, index);
                Raw.store(leaf + LEAF_VALUE, Bits.reverse(uint256(node)));
                Raw.store(leaf + LEAF_RUNS, cursor);
                uint256 covered;
                (cursor, covered) = SiblingTable.lay(cursor);

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
                node = SiblingTable.climb(index, node, stop);
                Raw.store(leaf + LEAF_NODE, uint256(node));
                Raw.store(leaf + LEAF_STOP, stop);
                if (next == sentinel) return (node, cursor);

                SiblingTable.wait(node, stop);
                // The climb took in every neighbour that waited below its stop.
                waiting = ((waiting >> stop) | 1) << stop;
                (leaf, index) = (next, nextIndex);
            }
        }
    }

    /// @dev Reads the 5 bytes of a leaf index.
    function _indexAt(uint256 cursor) private pure returns (uint256 index) {
        index = Raw.wordAt(cursor) >> 216;
        if (index >> TREE_HEIGHT != 0) revert IndexOutOfRange(index);
    }
}
