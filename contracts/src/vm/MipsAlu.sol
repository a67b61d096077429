// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {Fault} from "./Fault.sol";
import {MipsState} from "./MipsState.sol";

/// @title Additions, logic, comparisons and conditional moves
/// @notice 32-bit operations read the low 32 bits of their operands and sign-extend their result.
library MipsAlu {
    /// @notice SPECIAL 20–2f: rd := rs op rt. The sa field is zero.
    ///
    ///         | funct | | rd | IntegerOverflow |
    ///         |---|---|---|---|
    ///         | 20, 21 | add, addu | low 32 bits of the sum of the low words, sign-extended | add: unless exact |
    ///         | 22, 23 | sub, subu | the same of the difference | sub: unless exact |
    ///         | 24, 25, 26, 27 | and, or, xor, nor | bit by bit | |
    ///         | 2a, 2b | slt, sltu | 1 if rs < rt as signed, unsigned 64 bits, else 0 | |
    ///         | 2c, 2d | dadd, daddu | the sum modulo 2^64 | dadd: unless exact as signed |
    ///         | 2e, 2f | dsub, dsubu | the difference modulo 2^64 | dsub: unless exact as signed |
    ///
    ///         28 and 29 are reserved. What faults writes nothing.
    function register(uint256 instruction) internal pure {
        uint256 funct = instruction & 0x3f;
        if (instruction & 0x7c0 != 0) return MipsState.halt(Fault.RESERVED_INSTRUCTION);
        uint256 a = MipsState.rs(instruction);
        uint256 b = MipsState.rt(instruction);
        unchecked {
            uint256 result;
            if (funct < 0x24) {
                // 20 add, 21 addu, 22 sub, 23 subu: exact in 256 bits, then compared with its low 32.
                (a, b) = (Bits.sx32(a), Bits.sx32(b));
                uint256 exact = funct & 2 == 0 ? a + b : a - b;
                result = Bits.sx32(exact);
                if (funct & 1 == 0 && result != exact) {
                    return MipsState.halt(Fault.INTEGER_OVERFLOW);
                }
            } else if (funct >= 0x2c) {
                // 2c dadd, 2d daddu, 2e dsub, 2f dsubu
                (a, b) = (Bits.sx64(a), Bits.sx64(b));
                result = funct & 2 == 0 ? a + b : a - b;
                if (funct & 1 == 0 && result != Bits.sx64(result)) {
                    return MipsState.halt(Fault.INTEGER_OVERFLOW);
                }
            } else if (funct == 0x24) {
                result = a & b; // and
            } else if (funct == 0x25) {
                result = a | b; // or
            } else if (funct == 0x26) {
                result = a ^ b; // xor
            } else if (funct == 0x27) {
                result = ~(a | b); // nor
            } else if (funct == 0x2a) {
                result = Bits.slt(Bits.sx64(a), Bits.sx64(b)); // slt
            } else if (funct == 0x2b) {
                result = Bits.ult(a, b); // sltu
            } else {
                return MipsState.halt(Fault.RESERVED_INSTRUCTION);
            }
            MipsState.setRd(instruction, result);
        }
    }

    /// @notice Opcodes 08–0f, 18, 19: rt := rs op immediate. Arithmetic and comparisons extend the immediate's
    ///         sign, also `sltiu`, which then compares unsigned; logic extends it with zeroes.
    ///
    ///         | opcode | | rt | IntegerOverflow |
    ///         |---|---|---|---|
    ///         | 08, 09 | addi, addiu | low 32 bits of low word + immediate, sign-extended | addi: unless exact |
    ///         | 0a, 0b | slti, sltiu | 1 if rs < immediate as signed, unsigned 64 bits, else 0 | |
    ///         | 0c, 0d, 0e | andi, ori, xori | bit by bit | |
    ///         | 0f | lui | immediate · 2^16, sign-extended from 32 bits; the rs field is zero | |
    ///         | 18, 19 | daddi, daddiu | the sum modulo 2^64 | daddi: unless exact as signed |
    function immediate(uint256 instruction) internal pure {
        uint256 op = instruction >> 26;
        uint256 a = MipsState.rs(instruction);
        uint256 b = Bits.sx16(instruction);
        unchecked {
            uint256 result;
            if (op >= 0x18) {
                // 18 daddi, 19 daddiu
                result = Bits.sx64(a) + b;
                if (op == 0x18 && result != Bits.sx64(result)) {
                    return MipsState.halt(Fault.INTEGER_OVERFLOW);
                }
            } else if (op < 0x0a) {
                // 08 addi, 09 addiu
                uint256 exact = Bits.sx32(a) + b;
                result = Bits.sx32(exact);
                if (op == 0x08 && result != exact) return MipsState.halt(Fault.INTEGER_OVERFLOW);
            } else if (op == 0x0a) {
                result = Bits.slt(Bits.sx64(a), b); // slti
            } else if (op == 0x0b) {
                result = Bits.ult(a, b & Bits.MASK64); // sltiu
            } else if (op == 0x0c) {
                result = a & (instruction & 0xffff); // andi
            } else if (op == 0x0d) {
                result = a | (instruction & 0xffff); // ori
            } else if (op == 0x0e) {
                result = a ^ (instruction & 0xffff); // xori
            } else {
                // 0f lui: the rs field is zero.
                if (instruction & 0x03e00000 != 0) {
                    return MipsState.halt(Fault.RESERVED_INSTRUCTION);
                }
                result = b << 16;
            }
            MipsState.setRt(instruction, result);
        }
    }

    /// @notice SPECIAL 0a movz, 0b movn: rd := rs if all 64 bits of rt are (movz) or are not (movn) zero. The sa
    ///         field is zero.
    function conditionalMove(uint256 instruction) internal pure {
        if (instruction & 0x7c0 != 0) return MipsState.halt(Fault.RESERVED_INSTRUCTION);
        bool onZero = instruction & 1 == 0;
        if ((MipsState.rt(instruction) == 0) == onZero) {
            MipsState.setRd(instruction, MipsState.rs(instruction));
        }
    }
}
