// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title A sparse memory of a few leaves
/// @notice Its nodes are computed by recursion from their definition, with no idea of proofs: what the verifier's walk is
///         tested against.
library TinyMemory {
    struct Leaf {
        uint256 index;
        bytes32 value;
    }

    uint256 internal constant HEIGHT = 39;

    /// @notice The root of the subtree at (`height`, `position`). `leaves` need no order.
    /// @param z What `zeroes` returns.
    function node(Leaf[] memory leaves, bytes32[40] memory z, uint256 height, uint256 position)
        internal
        pure
        returns (bytes32)
    {
        bool empty = true;
        for (uint256 i = 0; i < leaves.length; ++i) {
            if (leaves[i].index >> height == position) {
                if (height == 0) return leaves[i].value;
                empty = false;
            }
        }
        if (empty) return z[height];
        bytes32 left = node(leaves, z, height - 1, 2 * position);
        bytes32 right = node(leaves, z, height - 1, 2 * position + 1);
        return keccak256(bytes.concat(left, right));
    }

    /// @notice The memory root.
    function root(Leaf[] memory leaves) internal pure returns (bytes32) {
        return node(leaves, zeroes(), HEIGHT, 0);
    }

    /// @notice Z_0 to Z_39.
    function zeroes() internal pure returns (bytes32[40] memory z) {
        for (uint256 h = 0; h < HEIGHT; ++h) {
            z[h + 1] = keccak256(bytes.concat(z[h], z[h]));
        }
    }

    /// @notice Replaces the 32-bit little-endian word at `addr`, adding its leaf if there is none.
    function store32(Leaf[] memory leaves, uint256 addr, uint256 word)
        internal
        pure
        returns (Leaf[] memory)
    {
        for (uint256 k = 0; k < 4; ++k) {
            leaves = store8(leaves, addr + k, (word >> (8 * k)) & 0xff);
        }
        return leaves;
    }

    /// @notice Replaces the byte at `addr`, adding its leaf if there is none.
    function store8(Leaf[] memory leaves, uint256 addr, uint256 data)
        internal
        pure
        returns (Leaf[] memory)
    {
        uint256 index = addr / 32;
        uint256 i = 0;
        while (i < leaves.length && leaves[i].index != index) ++i;
        if (i == leaves.length) leaves = _insert(leaves, index);
        for (i = 0; leaves[i].index != index;) {
            ++i;
        }
        uint256 shift = 8 * (31 - addr % 32);
        leaves[i].value =
            bytes32((uint256(leaves[i].value) & ~(uint256(0xff) << shift)) | (data << shift));
        return leaves;
    }

    /// @dev Adds a zero leaf where the order of indices puts it.
    function _insert(Leaf[] memory leaves, uint256 index)
        private
        pure
        returns (Leaf[] memory longer)
    {
        longer = new Leaf[](leaves.length + 1);
        uint256 shift;
        for (uint256 i = 0; i < leaves.length; ++i) {
            if (shift == 0 && leaves[i].index > index) {
                longer[i] = Leaf(index, 0);
                shift = 1;
            }
            // Copied, so that the old array keeps the memory before the store.
            longer[i + shift] = Leaf(leaves[i].index, leaves[i].value);
        }
        if (shift == 0) longer[leaves.length] = Leaf(index, 0);
    }

    /// @notice A copy that later stores do not reach.
    function clone(Leaf[] memory leaves) internal pure returns (Leaf[] memory copy) {
        copy = new Leaf[](leaves.length);
        for (uint256 i = 0; i < leaves.length; ++i) {
            copy[i] = Leaf(leaves[i].index, leaves[i].value);
        }
    }
}
