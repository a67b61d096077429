// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title Calldata and memory by address
/// @notice For the memory map of `Layout.sol`, which a caller must stay inside.
library Raw {
    /// @notice The word of calldata at `at`; zeroes beyond its end.
    function wordAt(uint256 at) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(at)
        }
    }

    /// @notice The byte of calldata at `at`.
    function byteAt(uint256 at) internal pure returns (uint256) {
        return wordAt(at) >> 248;
    }

    /// @notice The word of memory at `at`.
    function load(uint256 at) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(at)
        }
    }

    /// @notice Replaces it.
    function store(uint256 at, uint256 word) internal pure {
        assembly ("memory-safe") {
            mstore(at, word)
        }
    }

    /// @notice Copies `length` bytes of memory.
    function copy(uint256 to, uint256 from, uint256 length) internal pure {
        assembly ("memory-safe") {
            mcopy(to, from, length)
        }
    }
}
