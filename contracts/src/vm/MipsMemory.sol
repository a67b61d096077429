// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {Fault} from "./Fault.sol";
import {MemoryProof} from "./MemoryProof.sol";
import {MipsState} from "./MipsState.sol";
import {Raw} from "./Raw.sol";

/// @title Loads and stores
/// @notice Address = rs + sign-extended immediate, modulo 2^64. Memory is little-endian, the EVM is not: what is read is the
///         aligned double word, with its bytes reversed, and what is written are the bytes of a value, reversed. No access
///         crosses an aligned double word.
library MipsMemory {
    /// @notice One hexadecimal digit per opcode, the lowest for opcode 0: the address bits that must be zero, or 8 if it accesses
    ///         no memory. The forms for unaligned data (1a ldl, 1b ldr, 22 lwl, 26 lwr, 2a swl, 2c sdl, 2d sdr, 2e swr) have none.
    uint256 private constant ALIGNMENT =
        0x7888888878888888800030103010301088880088888888888888888888888888;
    uint256 private constant NO_ACCESS = 8;

    uint256 private constant MEMORY_BITS = 44;
    uint256 private constant TEXT_BITS = 24;

    /// @notice Opcodes 1a, 1b and 20–3f.
    function execute(uint256 instruction) internal pure {
        uint256 op = instruction >> 26;
        uint256 alignment = (ALIGNMENT >> (op << 2)) & 15;
        if (alignment == NO_ACCESS) return _noAccess(op);
        uint256 addr;
        unchecked {
            addr = (MipsState.rs(instruction) + Bits.sx16(instruction)) & Bits.MASK64;
        }
        if (addr & alignment != 0) return MipsState.halt(Fault.UNALIGNED_ACCESS);
        if (addr >> MEMORY_BITS != 0) return MipsState.halt(Fault.ADDRESS_OUT_OF_RANGE);
        if (op & 0x28 == 0x28) {
            if (addr >> TEXT_BITS == 0) return MipsState.halt(Fault.STORE_TO_TEXT);
            _store(instruction, op, addr);
        } else {
            _load(instruction, op, addr);
        }
    }

    /// @dev 30 ll, 34 lld, 38 sc, 3c scd fault; 33 pref does nothing; the rest is reserved.
    function _noAccess(uint256 op) private pure {
        if (op == 0x33) return;
        bool linked = op & 0x33 == 0x30;
        MipsState.halt(linked ? Fault.LINKED_ACCESS : Fault.RESERVED_INSTRUCTION);
    }

    /// @dev rt := what lies at `addr`.
    ///
    ///      | opcode | | bytes | extended to 64 bits by |
    ///      |---|---|---|---|
    ///      | 20, 24 | lb, lbu | 1 | sign, zeroes |
    ///      | 21, 25 | lh, lhu | 2 | sign, zeroes |
    ///      | 23, 27 | lw, lwu | 4 | sign, zeroes |
    ///      | 37 | ld | 8 | |
    ///      | 22, 26, 1a, 1b | lwl, lwr, ldl, ldr | a part of the word around it, see `_merge` | sign, if of 32 bits |
    function _load(uint256 instruction, uint256 op, uint256 addr) private pure {
        uint256 double = _doubleWord(addr);
        uint256 x = double >> ((addr & 7) << 3);
        if (op == 0x23) {
            x = Bits.sx32(x); // lw
        } else if (op == 0x37) {
            // ld
        } else if (op == 0x24) {
            x &= 0xff; // lbu
        } else if (op == 0x20) {
            assembly ("memory-safe") {
                x := signextend(0, x) // lb
            }
        } else if (op == 0x25) {
            x &= 0xffff; // lhu
        } else if (op == 0x21) {
            x = Bits.sx16(x); // lh
        } else if (op == 0x27) {
            x &= Bits.MASK32; // lwu
        } else {
            x = _merge(double, op, addr, MipsState.rt(instruction));
        }
        MipsState.setRt(instruction, x);
    }

    /// @dev The aligned 8 bytes that hold `addr`.
    function _doubleWord(uint256 addr) private pure returns (uint256) {
        unchecked {
            return Bits.reverse8(Raw.load(MemoryProof.valueOf(addr) + (addr & 24)) >> 192);
        }
    }

    /// @dev 22 lwl, 1a ldl: the bytes from the start of the aligned word to `addr` go to the top of the register.
    ///      26 lwr, 1b ldr: those from `addr` to the end of the word go to its bottom. The rest of it stays.
    ///      The 32-bit forms sign-extend what results.
    function _merge(uint256 double, uint256 op, uint256 addr, uint256 old)
        private
        pure
        returns (uint256 x)
    {
        unchecked {
            uint256 last = op < 0x20 ? 7 : 3; // offset of the word's last byte
            uint256 word = (double >> ((addr & (7 - last)) << 3)) & _bytes(last + 1);
            uint256 offset = addr & last;
            if (op == 0x22 || op == 0x1a) {
                uint256 kept = last - offset;
                x = (word << (kept << 3)) | (old & _bytes(kept));
            } else {
                x = (word >> (offset << 3)) | (old & ~_bytes(last + 1 - offset));
            }
            if (last == 3) x = Bits.sx32(x);
        }
    }

    /// @dev Every store replaces `size` bytes from an address on by the low bytes of a value.
    ///
    ///      | opcode | | bytes of rt | stored |
    ///      |---|---|---|---|
    ///      | 28, 29, 2b, 3f | sb, sh, sw, sd | the low 1, 2, 4, 8 | at `addr` |
    ///      | 2a, 2c | swl, sdl | the top ones of its low 4, of all 8 | from the start of the aligned word to `addr` |
    ///      | 2e, 2d | swr, sdr | the low ones | from `addr` to the end of the aligned word |
    function _store(uint256 instruction, uint256 op, uint256 addr) private pure {
        uint256 x = MipsState.rt(instruction);
        uint256 size;
        unchecked {
            if (op == 0x2b) {
                size = 4; // sw
            } else if (op == 0x3f) {
                size = 8; // sd
            } else if (op == 0x28) {
                size = 1; // sb
            } else if (op == 0x29) {
                size = 2; // sh
            } else if (op == 0x2a || op == 0x2c) {
                // swl, sdl: the register's top bytes fill the aligned word from its start to `addr`.
                uint256 last = op == 0x2a ? 3 : 7;
                size = (addr & last) + 1;
                x = (x & _bytes(last + 1)) >> ((last + 1 - size) << 3);
                addr &= ~last;
            } else {
                // swr, sdr: its low bytes fill the word from `addr` to its end.
                uint256 last = op == 0x2e ? 3 : 7;
                size = last + 1 - (addr & last);
            }
            Raw.store(0x00, Bits.reverse8(x) << 192);
            Raw.copy(MemoryProof.dirtyValueOf(addr) + (addr & 31), 0x00, size);
        }
    }

    /// @dev The lowest `n` bytes of a word.
    function _bytes(uint256 n) private pure returns (uint256) {
        unchecked {
            return (1 << (n << 3)) - 1;
        }
    }
}
