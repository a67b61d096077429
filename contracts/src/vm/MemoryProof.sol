// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {
    FIRST_DIRTY,
    HINTS,
    HINT_MASK,
    JOIN_HEIGHT,
    JOIN_NODE,
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
            uint256 sentinel = LEAVES + count * LEAF_SIZE;
            Raw.store(SENTINEL, sentinel);
            Raw.store(FIRST_DIRTY, sentinel);
            Raw.store(sentinel + LEAF_INDEX, type(uint256).max);
            SiblingTable.create(count > 1);
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
    /// @dev Only climbs that something has changed are repeated: the leaf, or a neighbour that it takes in. The others end in
    ///      the same nodes as before; those are put where they waited. The last climb, the only long one of nearly every
    ///      proof, is repeated from its first neighbour on if its own leaf is as it was.
    function newRoot() internal pure returns (bytes32 node) {
        unchecked {
            uint256 firstDirty = Raw.load(FIRST_DIRTY);
            uint256 last = Raw.load(SENTINEL) - LEAF_SIZE;
            // The last climb of `open` left its siblings in the table. It can be cleared: a changed leaf is never the
            // only one, because stores do not reach text.
            SiblingTable.clear(TREE_HEIGHT);
            uint256 changed; // bit h: a neighbour waits in row h that is not what it was
            for (uint256 leaf = LEAVES;; leaf += LEAF_SIZE) {
                uint256 stop = Raw.load(leaf + LEAF_STOP);
                node = bytes32(Raw.load(leaf + LEAF_NODE));
                bool differs = changed & ((1 << stop) - 1) != 0;
                if (leaf >= firstDirty) {
                    uint256 value = Raw.load(leaf + LEAF_VALUE);
                    uint256 runs = Raw.load(leaf + LEAF_RUNS);
                    uint256 from;
                    if (value != Raw.wordAt(runs - 32)) {
                        differs = true;
                    } else if (leaf == last) {
                        (from, value) = (Raw.load(JOIN_HEIGHT), Raw.load(JOIN_NODE));
                    }
                    if (differs) {
                        SiblingTable.layAgain(runs);
                        uint256 index = Raw.load(leaf + LEAF_INDEX);
                        node = SiblingTable.climb(index, bytes32(value), from, stop);
                    }
                }
                if (leaf == last) return node;
                SiblingTable.wait(node, stop);
                changed = ((changed >> stop) | (differs ? 1 : 0)) << stop;
            }
        }
    }

    /// @notice Whether there was a store.
    function dirty() internal pure returns (bool yes) {
        return Raw.load(FIRST_DIRTY) != Raw.load(SENTINEL);
    }

    //// Leaves ////

    /// @notice Where the 32 bytes of the leaf that holds `addr` stand; reverts if the witness lacks it.
    function valueOf(uint256 addr) internal pure returns (uint256) {
        unchecked {
            return _leafAt(addr) + LEAF_VALUE;
        }
    }

    /// @notice The same for a store, after which the root is computed again.
    function dirtyValueOf(uint256 addr) internal pure returns (uint256) {
        unchecked {
            uint256 leaf = _leafAt(addr);
            if (leaf < Raw.load(FIRST_DIRTY)) Raw.store(FIRST_DIRTY, leaf);
            return leaf + LEAF_VALUE;
        }
    }

    function _leafAt(uint256 addr) private pure returns (uint256 leaf) {
        unchecked {
            uint256 index = addr >> 5;
            leaf = LEAVES + Raw.load(_hint(index));
            if (Raw.load(leaf + LEAF_INDEX) == index) return leaf;
            leaf = LEAVES;
            // The sentinel's index is above every other.
            while (Raw.load(leaf + LEAF_INDEX) < index) leaf += LEAF_SIZE;
            if (Raw.load(leaf + LEAF_INDEX) != index) revert MissingLeaf(index);
        }
    }

    function _hint(uint256 index) private pure returns (uint256) {
        unchecked {
            return HINTS + ((index & HINT_MASK) << 5);
        }
    }

    //// The walk ////

    /// @dev Reads the leaf records from calldata into memory and climbs each.
    /// @return root The node at which the last climb ends.
    /// @return rest Where the byte after the last leaf stands.
    function _climbAll(uint256 cursor, uint256 sentinel)
        private
        pure
        returns (bytes32 root, uint256 rest)
    {
        unchecked {
            rest = cursor;
            uint256 waiting; // bit h: a finished neighbour waits in row h
            uint256 index = _indexAt(rest);
            for (uint256 leaf = LEAVES;;) {
                uint256 covered;
                (rest, covered) = _read(leaf, index, rest);
                // At its stop and above, a climb is another leaf's; where a neighbour waits, the sibling is known.
                uint256 forbidden = covered & waiting;
                uint256 next = leaf + LEAF_SIZE;
                if (next == sentinel) {
                    if (forbidden != 0) revert ForbiddenSibling(index, covered);
                    return (_climbLast(leaf, index, waiting), rest);
                }
                uint256 nextIndex = _indexAt(rest);
                if (nextIndex <= index) revert IndicesNotRising(index, nextIndex);
                uint256 stop = Bits.log2(index ^ nextIndex);
                if ((covered >> stop) | forbidden != 0) revert ForbiddenSibling(index, covered);
                bytes32 node = bytes32(Raw.load(leaf + LEAF_VALUE));
                node = SiblingTable.climb(index, node, 0, stop);
                _keep(leaf, node, stop);
                SiblingTable.wait(node, stop);
                // The climb took in every neighbour that waited below its stop.
                waiting = ((waiting >> stop) | 1) << stop;
                (leaf, index) = (next, nextIndex);
            }
        }
    }

    /// @dev Reads what stands behind a leaf's index, and lays its siblings.
    function _read(uint256 leaf, uint256 index, uint256 cursor)
        private
        pure
        returns (uint256 rest, uint256 covered)
    {
        unchecked {
            uint256 runs = cursor + 37;
            Raw.store(leaf + LEAF_INDEX, index);
            Raw.store(leaf + LEAF_VALUE, Raw.wordAt(runs - 32));
            Raw.store(leaf + LEAF_RUNS, runs);
            Raw.store(_hint(index), leaf - LEAVES);
            return SiblingTable.lay(runs);
        }
    }

    /// @dev The last climb, in two parts. Where only neighbours change, `newRoot` repeats the second.
    function _climbLast(uint256 leaf, uint256 index, uint256 waiting)
        private
        pure
        returns (bytes32 node)
    {
        unchecked {
            // The lowest row in which a neighbour waits.
            uint256 join = waiting == 0 ? 0 : Bits.log2(waiting & (0 - waiting));
            node = SiblingTable.climb(index, bytes32(Raw.load(leaf + LEAF_VALUE)), 0, join);
            Raw.store(JOIN_HEIGHT, join);
            Raw.store(JOIN_NODE, uint256(node));
            node = SiblingTable.climb(index, node, join, TREE_HEIGHT);
            _keep(leaf, node, TREE_HEIGHT);
        }
    }

    function _keep(uint256 leaf, bytes32 node, uint256 stop) private pure {
        unchecked {
            Raw.store(leaf + LEAF_NODE, uint256(node));
            Raw.store(leaf + LEAF_STOP, stop);
        }
    }

    /// @dev Reads the 5 bytes of a leaf index.
    function _indexAt(uint256 cursor) private pure returns (uint256 index) {
        index = Raw.wordAt(cursor) >> 216;
        if (index >> TREE_HEIGHT != 0) revert IndexOutOfRange(index);
    }
}
