// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {ZeroHashes} from "./ZeroHashes.sol";

/// @title Subtree
/// @notice Root of a subtree of the memory that holds a header leaf, then bytes, then zeroes.
library Subtree {
    /// @param leaf0 The first leaf.
    /// @param data Bytes from leaf 1 on; the last leaf is padded with zeroes.
    /// @param height Height of the subtree, at most 37; its 2^height leaves must hold the data.
    function root(bytes32 leaf0, bytes calldata data, uint256 height)
        internal
        pure
        returns (bytes32 node)
    {
        uint256 zeros = ZeroHashes.table();
        uint256 count = 1 + (data.length + 31) / 32;
        // Works beyond the free memory pointer, which it leaves alone: the nodes of one level replace
        // those of the level below.
        assembly ("memory-safe") {
            let nodes := mload(0x40)
            // The last leaf is cleared first: it may be leaf 0, and data need not fill it.
            mstore(add(nodes, sub(shl(5, count), 0x20)), 0)
            mstore(nodes, leaf0)
            calldatacopy(add(nodes, 0x20), data.offset, data.length)
            let sibling := zeros
            for {} gt(count, 1) { sibling := add(sibling, 0x20) } {
                // A last node without a partner is paired with the zero subtree of its height.
                mstore(add(nodes, shl(5, count)), mload(sibling))
                count := shr(1, add(count, 1))
                for { let i := 0 } lt(i, count) { i := add(i, 1) } {
                    mstore(add(nodes, shl(5, i)), keccak256(add(nodes, shl(6, i)), 0x40))
                }
            }
            // One node is left, and above it there are only zeroes beside it.
            node := mload(nodes)
            let end := add(zeros, shl(5, height))
            for {} lt(sibling, end) { sibling := add(sibling, 0x20) } {
                mstore(0x00, node)
                mstore(0x20, mload(sibling))
                node := keccak256(0x00, 0x40)
            }
        }
    }
}
