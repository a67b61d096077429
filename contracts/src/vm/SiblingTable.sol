// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ZeroHashes} from "../lib/ZeroHashes.sol";
import {LEAF_SIZE, SENTINEL, SIBLINGS, TABLE_SIZE, TREE_HEIGHT} from "./Layout.sol";
import {Raw} from "./Raw.sol";

/// @title Siblings of the leaf that climbs
/// @notice One row per height, so that a climb has no branch. Between climbs every row holds the zero subtree of its
///         height, except those in which a finished left neighbour waits.
library SiblingTable {
    /// @notice A run of siblings is empty, begins below the end of the run before it, or ends above the root.
    error BadRun(uint256 height, uint256 length);

    /// @notice Fills the table with zero subtrees.
    /// @param clearable Whether `clear` or `wait` will be called, which copy from a second table.
    function create(bool clearable) internal pure {
        // The compiler's free memory begins at `SIBLINGS`, so that is where this table goes.
        ZeroHashes.table();
        if (clearable) Raw.copy(_zeroes(), SIBLINGS, TABLE_SIZE);
    }

    /// @notice Puts the zero subtrees back into the rows below `height`.
    function clear(uint256 height) internal pure {
        Raw.copy(SIBLINGS, _zeroes(), height << 5);
    }

    /// @notice After a climb to `stop`: its siblings are cleared, and in the row of its own height `node` waits.
    function wait(bytes32 node, uint256 stop) internal pure {
        clear(stop);
        Raw.store(SIBLINGS + (stop << 5), uint256(node));
    }

    /// @dev Behind the sentinel.
    function _zeroes() private pure returns (uint256) {
        unchecked {
            return Raw.load(SENTINEL) + LEAF_SIZE;
        }
    }

    /// @notice Copies a leaf's runs of siblings into the table.
    /// @param cursor Where the number of runs stands in calldata.
    /// @return rest Where the byte after the last run stands.
    /// @return covered Bit h: a run gave the sibling at height h.
    /// @dev Bad runs are found out at the end: what they put behind the table is never read.
    function lay(uint256 cursor) internal pure returns (uint256 rest, uint256 covered) {
        bool bad;
        assembly ("memory-safe") {
            let runs := byte(0, calldataload(cursor))
            rest := add(cursor, 1)
            // `top` is where the next run may begin.
            let top := 0
            for {} runs { runs := sub(runs, 1) } {
                let head := calldataload(rest)
                let height := byte(0, head)
                let length := byte(1, head)
                bad := or(bad, or(lt(height, top), iszero(length)))
                top := add(height, length)
                covered := or(covered, shl(height, sub(shl(length, 1), 1)))
                rest := add(rest, 2)
                let size := shl(5, length)
                calldatacopy(add(SIBLINGS, shl(5, height)), rest, size)
                rest := add(rest, size)
            }
            // Tops do not fall where no run is bad: the last one is the highest.
            bad := or(bad, gt(top, TREE_HEIGHT))
        }
        if (bad) _refuse(cursor + 1);
    }

    /// @dev Names the first bad run, of which there is one.
    function _refuse(uint256 cursor) private pure {
        unchecked {
            for (uint256 top = 0;;) {
                uint256 height = Raw.byteAt(cursor);
                uint256 length = Raw.byteAt(cursor + 1);
                bool bad = height < top || length == 0;
                top = height + length;
                if (bad || top > TREE_HEIGHT) revert BadRun(height, length);
                cursor += 2 + 32 * length;
            }
        }
    }

    /// @notice Copies runs once more that `lay` has accepted.
    function layAgain(uint256 cursor) internal pure {
        assembly ("memory-safe") {
            let runs := byte(0, calldataload(cursor))
            cursor := add(cursor, 1)
            for {} runs { runs := sub(runs, 1) } {
                let head := calldataload(cursor)
                let size := shl(5, byte(1, head))
                cursor := add(cursor, 2)
                calldatacopy(add(SIBLINGS, shl(5, byte(0, head))), cursor, size)
                cursor := add(cursor, size)
            }
        }
    }

    /// @notice Hashes `node`, which stands at height `from`, with its siblings up to height `top`: eight heights a turn, then what
    ///         is left over.
    function climb(uint256 index, bytes32 node, uint256 from, uint256 top)
        internal
        pure
        returns (bytes32)
    {
        assembly ("memory-safe") {
            // Bit 5 of `way`: the node is a right child, and stands in the upper half of the pair to hash.
            function pair(way, child, sibling) {
                let half := and(way, 0x20)
                mstore(half, child)
                mstore(xor(half, 0x20), sibling)
            }

            let path := shl(5, shr(from, index))
            let row := add(SIBLINGS, shl(5, from))
            let levels := sub(top, from)
            for { let end := add(row, shl(5, and(levels, 0x38))) } lt(row, end) {
                row := add(row, 0x100)
                path := shr(8, path)
            } {
                pair(path, node, mload(row))
                pair(shr(1, path), keccak256(0x00, 0x40), mload(add(row, 0x20)))
                pair(shr(2, path), keccak256(0x00, 0x40), mload(add(row, 0x40)))
                pair(shr(3, path), keccak256(0x00, 0x40), mload(add(row, 0x60)))
                pair(shr(4, path), keccak256(0x00, 0x40), mload(add(row, 0x80)))
                pair(shr(5, path), keccak256(0x00, 0x40), mload(add(row, 0xa0)))
                pair(shr(6, path), keccak256(0x00, 0x40), mload(add(row, 0xc0)))
                pair(shr(7, path), keccak256(0x00, 0x40), mload(add(row, 0xe0)))
                node := keccak256(0x00, 0x40)
            }
            if and(levels, 4) {
                pair(path, node, mload(row))
                pair(shr(1, path), keccak256(0x00, 0x40), mload(add(row, 0x20)))
                pair(shr(2, path), keccak256(0x00, 0x40), mload(add(row, 0x40)))
                pair(shr(3, path), keccak256(0x00, 0x40), mload(add(row, 0x60)))
                node := keccak256(0x00, 0x40)
                row := add(row, 0x80)
                path := shr(4, path)
            }
            if and(levels, 2) {
                pair(path, node, mload(row))
                pair(shr(1, path), keccak256(0x00, 0x40), mload(add(row, 0x20)))
                node := keccak256(0x00, 0x40)
                row := add(row, 0x40)
                path := shr(2, path)
            }
            if and(levels, 1) {
                pair(path, node, mload(row))
                node := keccak256(0x00, 0x40)
            }
        }
        return node;
    }
}
