// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {
    EXIT,
    FIELDS_SIZE,
    HI_LO,
    PC,
    REGISTERS,
    ROOT,
    SIBLINGS,
    STATE,
    STATE_SIZE
} from "./Layout.sol";

/// @title The state of the MIPS machine
/// @notice Kept packed, exactly as it is hashed. A field is read as the end of a word, and written by a copy
///         of a word's last 8 bytes: so every write truncates to 64 bits, and readers are free to compute in 256.
library MipsState {
    /// @notice A field of the witness claims more than 8 bytes.
    error FieldTooLong();
    /// @notice The compiler spilled into the verifier's memory map. No build that passes one test reverts so.
    error MemoryMapOccupied();

    //// The whole state ////

    /// @notice Unpacks the 36 fields of a witness: 18 bytes of nibbles, the lengths; then the trimmed values.
    ///         A value may have leading zero bytes: what is hashed are the unpacked fields.
    /// @param cursor Where the lengths stand in calldata.
    /// @return Where the byte after the last value stands.
    function decode(uint256 cursor) internal pure returns (uint256) {
        bool occupied;
        bool tooLong;
        assembly ("memory-safe") {
            occupied := gt(mload(0x40), STATE)
            // Free memory, for the table that `MemoryProof.open` creates.
            mstore(0x40, SIBLINGS)

            let lengths := calldataload(cursor)
            // Above 8 are the nibbles with the high bit and any other: adding 7 to the others carries into it.
            let seven := 0x7777777777777777777777777777777777770000000000000000000000000000
            let carries := add(and(lengths, seven), seven)
            tooLong := iszero(iszero(and(and(lengths, carries), not(seven))))

            mstore8(STATE, 1)
            cursor := add(cursor, 18)
            // Each value is copied to end where its field ends; the memory before it is still zero.
            let field := add(PC, 8)
            for { let last := add(field, FIELDS_SIZE) } lt(field, last) {
                field := add(field, 32)
                lengths := shl(16, lengths)
            } {
                let two := byte(0, lengths)
                let n := shr(4, two)
                calldatacopy(sub(field, n), cursor, n)
                cursor := add(cursor, n)
                n := and(two, 15)
                calldatacopy(sub(add(field, 8), n), cursor, n)
                cursor := add(cursor, n)
                two := byte(1, lengths)
                n := shr(4, two)
                calldatacopy(sub(add(field, 16), n), cursor, n)
                cursor := add(cursor, n)
                n := and(two, 15)
                calldatacopy(sub(add(field, 24), n), cursor, n)
                cursor := add(cursor, n)
            }
        }
        if (occupied) revert MemoryMapOccupied();
        if (tooLong) revert FieldTooLong();
        return cursor;
    }

    /// @notice The state hash.
    function hash() internal pure returns (bytes32 digest) {
        assembly ("memory-safe") {
            digest := keccak256(STATE, STATE_SIZE)
        }
    }

    /// @notice Replaces the memory root.
    function setRoot(bytes32 root) internal pure {
        assembly ("memory-safe") {
            mstore(ROOT, root)
        }
    }

    //// Exit ////

    /// @notice Whether the exit word is zero.
    function running() internal pure returns (bool yes) {
        assembly ("memory-safe") {
            yes := iszero(shr(192, mload(EXIT)))
        }
    }

    /// @notice Ends the run, by `exit` or a fault: every field is cleared, so that the state is (root, exit word).
    /// @param word The exit word, below 2^16 and not 0.
    function halt(uint256 word) internal pure {
        assembly ("memory-safe") {
            calldatacopy(PC, calldatasize(), FIELDS_SIZE)
            mstore8(add(EXIT, 6), shr(8, word))
            mstore8(add(EXIT, 7), word)
        }
    }

    //// pc, hi, lo ////

    /// @notice The address of the instruction to execute, and of the one after it.
    function pcs() internal pure returns (uint256 current, uint256 next) {
        assembly ("memory-safe") {
            let pair := mload(PC)
            current := shr(192, pair)
            next := and(shr(128, pair), 0xffffffffffffffff)
        }
    }

    /// @notice Replaces both.
    function setPcs(uint256 current, uint256 next) internal pure {
        assembly ("memory-safe") {
            mstore(0x00, or(shl(64, current), and(next, 0xffffffffffffffff)))
            mcopy(PC, 0x10, 16)
        }
    }

    /// @notice The pair that multiplication and division write.
    function hiLo() internal pure returns (uint256 hi, uint256 lo) {
        assembly ("memory-safe") {
            let pair := mload(HI_LO)
            hi := shr(192, pair)
            lo := and(shr(128, pair), 0xffffffffffffffff)
        }
    }

    /// @notice Replaces both.
    function setHiLo(uint256 hi, uint256 lo) internal pure {
        assembly ("memory-safe") {
            mstore(0x00, or(shl(64, hi), and(lo, 0xffffffffffffffff)))
            mcopy(HI_LO, 0x10, 16)
        }
    }

    //// General registers, by the field of the instruction that names them ////

    /// @notice The register in bits 25–21, zero-extended.
    function rs(uint256 instruction) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(REGISTERS, and(shr(18, instruction), 0xf8)))
        }
        value &= Bits.MASK64;
    }

    /// @notice The register in bits 20–16, zero-extended.
    function rt(uint256 instruction) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(REGISTERS, and(shr(13, instruction), 0xf8)))
        }
        value &= Bits.MASK64;
    }

    /// @notice Writes the register in bits 20–16.
    function setRt(uint256 instruction, uint256 value) internal pure {
        _set((instruction >> 13) & 0xf8, value);
    }

    /// @notice Writes the register in bits 15–11.
    function setRd(uint256 instruction, uint256 value) internal pure {
        _set((instruction >> 8) & 0xf8, value);
    }

    /// @notice Register number `n`, zero-extended.
    function register(uint256 n) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(REGISTERS, shl(3, n)))
        }
        value &= Bits.MASK64;
    }

    /// @notice Writes the return address of a linking branch to r31.
    function link(uint256 value) internal pure {
        _set(31 * 8, value);
    }

    /// @dev Writes the field `offset` bytes after r0's; writes to r0 vanish.
    function _set(uint256 offset, uint256 value) private pure {
        assembly ("memory-safe") {
            if offset {
                mstore(0x00, value)
                mcopy(add(EXIT, offset), 0x18, 8)
            }
        }
    }
}
