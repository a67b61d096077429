// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {Fault} from "./Fault.sol";
import {MipsState} from "./MipsState.sol";

/// @title Multiplication, division and the pair hi, lo
/// @notice The 32-bit forms read the low 32 bits of their operands and leave hi and lo sign-extended.
library MipsMultiply {
    /// @notice SPECIAL 10 mfhi, 12 mflo (rd := hi or lo; rs, rt, sa zero), 11 mthi, 13 mtlo (hi or lo := rs; rt,
    ///         rd, sa zero).
    function move(uint256 instruction) internal pure {
        (uint256 hi, uint256 lo) = MipsState.hiLo();
        bool low = instruction & 2 != 0;
        if (instruction & 1 == 0) {
            if (instruction & 0x03ff07c0 != 0) return MipsState.halt(Fault.RESERVED_INSTRUCTION);
            MipsState.setRd(instruction, low ? lo : hi);
        } else {
            if (instruction & 0x001fffc0 != 0) return MipsState.halt(Fault.RESERVED_INSTRUCTION);
            uint256 value = MipsState.rs(instruction);
            if (low) MipsState.setHiLo(hi, value);
            else MipsState.setHiLo(value, lo);
        }
    }

    /// @notice SPECIAL 18–1f: (hi, lo) := rs · rt, or the remainder and the quotient of rs by rt, rounded to zero.
    ///         The smallest number divided by −1 gives itself and 0. The rd and sa fields are zero.
    function execute(uint256 instruction) internal pure {
        uint256 funct = instruction & 0x3f;
        if (instruction & 0xffc0 != 0) return MipsState.halt(Fault.RESERVED_INSTRUCTION);
        uint256 a = MipsState.rs(instruction);
        uint256 b = MipsState.rt(instruction);
        // Bit 0 of funct: unsigned. Bit 2: 64-bit. Bit 1: division.
        if (funct & 1 == 0) {
            (a, b) = funct & 4 == 0 ? (Bits.sx32(a), Bits.sx32(b)) : (Bits.sx64(a), Bits.sx64(b));
        } else if (funct & 4 == 0) {
            (a, b) = (a & Bits.MASK32, b & Bits.MASK32);
        }

        uint256 hi;
        uint256 lo;
        if (funct & 2 == 0) {
            unchecked {
                lo = a * b;
            }
            hi = lo >> (funct & 4 == 0 ? 32 : 64);
        } else {
            if (b == 0) return MipsState.halt(Fault.DIVISION_BY_ZERO);
            // Unsigned operands are positive 256-bit numbers: one signed division serves both.
            assembly ("memory-safe") {
                lo := sdiv(a, b)
                hi := smod(a, b)
            }
        }
        if (funct & 4 == 0) (hi, lo) = (Bits.sx32(hi), Bits.sx32(lo));
        MipsState.setHiLo(hi, lo);
    }

    /// @notice SPECIAL2 00 madd, 01 maddu, 04 msub, 05 msubu: the 64-bit number hi ‖ lo (32 bits of each) plus or
    ///         minus rs · rt. The rd and sa fields are zero.
    function accumulate(uint256 instruction) internal pure {
        if (instruction & 0xffc0 != 0) return MipsState.halt(Fault.RESERVED_INSTRUCTION);
        uint256 a = MipsState.rs(instruction);
        uint256 b = MipsState.rt(instruction);
        (a, b) = instruction & 1 == 0
            ? (Bits.sx32(a), Bits.sx32(b))
            : (a & Bits.MASK32, b & Bits.MASK32);
        (uint256 hi, uint256 lo) = MipsState.hiLo();
        unchecked {
            uint256 sum = (hi << 32) | (lo & Bits.MASK32);
            sum = instruction & 4 == 0 ? sum + a * b : sum - a * b;
            MipsState.setHiLo(Bits.sx32(sum >> 32), Bits.sx32(sum));
        }
    }

    /// @notice SPECIAL2 02 mul: rd := rs · rt, low 32 bits; hi and lo keep their values. The sa field is zero.
    function mul(uint256 instruction) internal pure {
        if (instruction & 0x7c0 != 0) return MipsState.halt(Fault.RESERVED_INSTRUCTION);
        unchecked {
            uint256 product = MipsState.rs(instruction) * MipsState.rt(instruction);
            MipsState.setRd(instruction, Bits.sx32(product));
        }
    }
}
