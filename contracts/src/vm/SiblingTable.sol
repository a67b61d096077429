// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ZeroHashes} from "../lib/ZeroHashes.sol";
import {SIBLINGS, TABLE_SIZE, TREE_HEIGHT, ZEROES} from "./Layout.sol";
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
        if (clearable) Raw.copy(ZEROES, SIBLINGS, TABLE_SIZE);
    }

    /// @notice Puts the zero subtrees back into the rows below `height`.
    function clear(uint256 height) internal pure {
        Raw.copy(SIBLINGS, ZEROES, height << 5);
    }

    /// @notice After a climb to `stop`: its siblings are cleared, and in the row of its own height `node` waits.
    function wait(bytes32 node, uint256 stop) internal pure {
        clear(stop);
        Raw.store(SIBLINGS + (stop << 5), uint256(node));
    }

    /// @notice Copies a leaf's runs of siblings into the table.
    /// @param cursor Where the number of runs stands in calldata.
    /// @return Where the byte after the last run stands.
    /// @return covered Bit h: a run gave the sibling at height h.
    function lay(uint256 cursor) internal pure returns (uint256, uint256 covered) {
        unchecked {
            uint256 floor; // where the next run may begin
            uint256 runs = Raw.byteAt(cursor);
            ++cursor;
            for (; runs != 0; --runs) {
                uint256 height = Raw.byteAt(cursor);
                uint256 length = Raw.byteAt(cursor + 1);
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

    /// @notice Hashes `node` with its siblings, from height 0 to `top`.
    function climb(uint256 index, bytes32 node, uint256 top) internal pure returns (bytes32) {
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
}
