// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title ListTree
/// @notice The commitment to a list: a keccak tree of fixed height whose leaf j - 1 is
///         keccak(entry j-1 ‖ entry j), entry 0 being the segment's start; unused leaves are zero words.
/// @dev One proof of one leaf gives both ends of the part that a mover picked.
library ListTree {
    /// @param start Entry 0.
    /// @param list Entries 1 to p; 1 ≤ p ≤ 2^height.
    /// @param height At least 1.
    function root(bytes32 start, bytes memory list, uint256 height)
        internal
        pure
        returns (bytes32 node)
    {
        assembly ("memory-safe") {
            let size := mload(list)
            let nodes := mload(0x40)
            let width := shl(height, 0x20)
            // Entry 0 takes the place of the length word while the leaves are hashed, so that the entries lie
            // in one row and every leaf is a window of two of them. All loops take two nodes a turn; of an odd
            // list this hashes a leaf too many, which the zeroes below replace.
            mstore(list, start)
            for { let i := 0 } lt(i, size) { i := add(i, 0x40) } {
                let window := add(list, i)
                let to := add(nodes, i)
                mstore(to, keccak256(window, 0x40))
                mstore(add(to, 0x20), keccak256(add(window, 0x20), 0x40))
            }
            mstore(list, size)
            calldatacopy(add(nodes, size), calldatasize(), sub(width, size))

            for {} gt(width, 0x40) {} {
                width := shr(1, width)
                for { let i := 0 } lt(i, width) { i := add(i, 0x40) } {
                    let from := add(nodes, shl(1, i))
                    let to := add(nodes, i)
                    mstore(to, keccak256(from, 0x40))
                    mstore(add(to, 0x20), keccak256(add(from, 0x40), 0x40))
                }
            }
            node := keccak256(nodes, 0x40)
        }
    }

    /// @notice The root that a proof of the part (start, end) gives.
    /// @param index Of the leaf; below 2^(number of siblings), or the proof means another index.
    /// @param siblings From the leaf's up.
    function rootOf(bytes32 start, bytes32 end, uint256 index, bytes calldata siblings)
        internal
        pure
        returns (bytes32 node)
    {
        assembly ("memory-safe") {
            mstore(0x00, start)
            mstore(0x20, end)
            node := keccak256(0x00, 0x40)
            let past := add(siblings.offset, siblings.length)
            for { let at := siblings.offset } lt(at, past) { at := add(at, 0x20) } {
                let right := shl(5, and(index, 1))
                mstore(right, node)
                mstore(xor(right, 0x20), calldataload(at))
                node := keccak256(0x00, 0x40)
                index := shr(1, index)
            }
        }
    }
}
