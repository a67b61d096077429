// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title LittleEndian
/// @notice The byte order of everything inside the machine's memory.
library LittleEndian {
    /// @notice Swaps the eight bytes of `x`, from or to little endian.
    function swap64(uint64 x) internal pure returns (uint64) {
        x = ((x >> 8) & 0x00ff00ff00ff00ff) | ((x & 0x00ff00ff00ff00ff) << 8);
        x = ((x >> 16) & 0x0000ffff0000ffff) | ((x & 0x0000ffff0000ffff) << 16);
        return (x >> 32) | (x << 32);
    }

    /// @notice Swaps the four bytes of `x`, from or to little endian.
    function swap32(uint32 x) internal pure returns (uint32) {
        x = ((x >> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
        return (x >> 16) | (x << 16);
    }
}
