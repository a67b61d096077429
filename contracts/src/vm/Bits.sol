// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title Words of the machine inside words of the EVM
/// @notice A register's value travels as 256 bits of which the low 64 count: whoever writes it to the state
///         truncates. Signed arithmetic extends the sign to all 256 bits, where it cannot overflow.
library Bits {
    uint256 internal constant MASK32 = 0xffffffff;
    uint256 internal constant MASK64 = 0xffffffffffffffff;

    /// @notice The low 16 bits, sign-extended.
    function sx16(uint256 x) internal pure returns (uint256 y) {
        assembly ("memory-safe") {
            y := signextend(1, x)
        }
    }

    /// @notice The low 32 bits, sign-extended.
    function sx32(uint256 x) internal pure returns (uint256 y) {
        assembly ("memory-safe") {
            y := signextend(3, x)
        }
    }

    /// @notice The low 64 bits, sign-extended.
    function sx64(uint256 x) internal pure returns (uint256 y) {
        assembly ("memory-safe") {
            y := signextend(7, x)
        }
    }

    /// @notice 1 if `a < b` as signed numbers, else 0.
    function slt(uint256 a, uint256 b) internal pure returns (uint256 y) {
        assembly ("memory-safe") {
            y := slt(a, b)
        }
    }

    /// @notice 1 if `a < b` as unsigned numbers, else 0.
    function ult(uint256 a, uint256 b) internal pure returns (uint256 y) {
        assembly ("memory-safe") {
            y := lt(a, b)
        }
    }

    /// @notice `x` shifted right by `n`, copies of the sign coming in.
    function sar(uint256 x, uint256 n) internal pure returns (uint256 y) {
        assembly ("memory-safe") {
            y := sar(n, x)
        }
    }

    /// @notice Position of the highest set bit of `x`, which is neither 0 nor above 64 bits.
    /// @dev Halves the range three times, then looks the last byte up by its de Bruijn product.
    function log2(uint256 x) internal pure returns (uint256 y) {
        assembly ("memory-safe") {
            y := shl(5, lt(0xffffffff, x))
            y := or(y, shl(4, lt(0xffff, shr(y, x))))
            y := or(y, shl(3, lt(0xff, shr(y, x))))
            y := or(
                y,
                byte(
                    and(0x1f, shr(shr(y, x), 0x8421084210842108cc6318c6db6d54be)),
                    0x0706060506020504060203020504030106050205030304010505030400000000
                )
            )
        }
    }

    /// @notice The low 4 bytes of `x`, which has no others, in the opposite order.
    /// @dev The product has a copy of `x` in each of four lanes of 64 bits, moved so that one of its bytes stands where that shall go;
    ///      the remainder modulo 2^64 − 1 adds the lanes.
    function reverse4(uint256 x) internal pure returns (uint256 y) {
        assembly ("memory-safe") {
            x := mul(x, 0x1000000000001000000000001000000000001000000)
            x := and(x, 0xff000000000000ff000000000000ff000000000000ff000000)
            y := mod(x, 0xffffffffffffffff)
        }
    }

    uint256 private constant EVERY_OTHER = 0x00ff00ff00ff00ff;
    uint256 private constant COPIES = 0x1000000000000000100000000000100000000000000010000000000;

    /// @notice The low 8 bytes of `x`, which has no others, in the opposite order.
    /// @dev The same in lanes of 80 bits, for every other byte. Copies overlap, but where a byte is kept there is only one, and what
    ///      is carried goes into a byte between two that are kept.
    function reverse8(uint256 x) internal pure returns (uint256 y) {
        assembly ("memory-safe") {
            let even := mul(and(x, EVERY_OTHER), COPIES)
            let odd := mul(and(shr(8, x), EVERY_OTHER), COPIES)
            even := and(even, 0xff000000ff00000000000000ff000000ff0000000000000000000000)
            odd := and(shr(8, odd), 0xff000000ff00000000000000ff000000ff00000000000000000000)
            y := mod(or(even, odd), 0xffffffffffffffffffff)
        }
    }
}
