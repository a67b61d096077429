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
    function lay(uint256 cursor) internal pure returns (uint256 rest, uint256 covered) {
        uint256 height;
        uint256 length;
        bool bad;
        assembly ("memory-safe") {
            let runs := byte(0, calldataload(cursor))
            rest := add(cursor, 1)
            // `top` is where the next run may begin.
            for { let top := 0 } runs { runs := sub(runs, 1) } {
                let head := calldataload(rest)
                height := byte(0, head)
                length := byte(1, head)
                bad := or(lt(height, top), iszero(length))
                top := add(height, length)
                bad := or(bad, gt(top, TREE_HEIGHT))
                if bad { break }
                covered := or(covered, sub(shl(top, 1), shl(height, 1)))
                rest := add(rest, 2)
                let size := shl(5, length)
                calldatacopy(add(SIBLINGS, shl(5, height)), rest, size)
                rest := add(rest, size)
            }
        }
        if (bad) revert BadRun(height, length);
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

    /// @notice Hashes `node` with its siblings, from height 0 to `top`: four heights a turn, then the two and the one left over.
    function climb(uint256 index, bytes32 node, uint256 top) internal pure returns (bytes32) {
        assembly ("memory-safe") {
            // Bit 5 of `path`: the node is a right child, and stands in the upper half of the hashed pair.
            let path := shl(5, index)
            let row := SIBLINGS
            for { let end := add(row, shl(5, and(top, 0x3c))) } lt(row, end) {
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
            if and(top, 2) {
                let half := and(path, 0x20)
                mstore(half, node)
                mstore(xor(half, 0x20), mload(row))
                half := and(shr(1, path), 0x20)
                mstore(half, keccak256(0x00, 0x40))
                mstore(xor(half, 0x20), mload(add(row, 0x20)))
                node := keccak256(0x00, 0x40)
                row := add(row, 0x40)
                path := shr(2, path)
            }
            if and(top, 1) {
                let half := and(path, 0x20)
                mstore(half, node)
                mstore(xor(half, 0x20), mload(row))
                node := keccak256(0x00, 0x40)
            }
        }
        return node;
    }
}
