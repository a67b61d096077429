// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {Fault} from "./Fault.sol";
import {MipsState} from "./MipsState.sol";

/// @title Counting bits, bit fields and byte order
library MipsBits {
    /// @notice SPECIAL2 20 clz, 21 clo, 24 dclz, 25 dclo: rd := how many leading bits of rs are 0 (or 1). The sa
    ///         field is zero; rt, which should repeat rd, is ignored.
    function count(uint256 instruction) internal pure {
        if (instruction & 0x7c0 != 0) return MipsState.halt(Fault.RESERVED_INSTRUCTION);
        uint256 x = MipsState.rs(instruction);
        if (instruction & 1 != 0) x = ~x;
        bool double = instruction & 4 != 0;
        x &= double ? Bits.MASK64 : Bits.MASK32;
        unchecked {
            uint256 width = double ? 64 : 32;
            MipsState.setRd(instruction, x == 0 ? width : width - 1 - Bits.log2(x));
        }
    }

    /// @notice SPECIAL3 00–07: rt := a field of rs, or rt with a field replaced by the low bits of rs.
    ///
    ///         | funct | | lowest bit | size or highest bit |
    ///         |---|---|---|---|
    ///         | 00, 03 | ext, dext | sa | size rd + 1 |
    ///         | 01 | dextm | sa | size rd + 33 |
    ///         | 02 | dextu | sa + 32 | size rd + 1 |
    ///         | 04, 07 | ins, dins | sa | highest rd |
    ///         | 05 | dinsm | sa | highest rd + 32 |
    ///         | 06 | dinsu | sa + 32 | highest rd + 32 |
    ///
    ///         Reserved: a field that ends above the register or, in insertions, is empty.
    function field(uint256 instruction) internal pure {
        uint256 funct = instruction & 7;
        uint256 lowest = (instruction >> 6) & 31;
        uint256 other = (instruction >> 11) & 31;
        uint256 width = funct & 3 == 0 ? 32 : 64;
        bool insert = funct & 4 != 0;
        unchecked {
            if (funct & 3 == 2) lowest += 32;
            if (funct & 3 == 1 || funct == 6) other += 32;
            uint256 size = insert ? other + 1 - lowest : other + 1;
            // An insertion whose highest bit lies below its lowest wraps to a size that is far too large, or is 0.
            if (size == 0 || size > width || lowest + size > width) {
                return MipsState.halt(Fault.RESERVED_INSTRUCTION);
            }
            uint256 mask = (1 << size) - 1;
            uint256 result = MipsState.rs(instruction);
            if (insert) {
                uint256 old = MipsState.rt(instruction);
                result = (old & ~(mask << lowest)) | ((result & mask) << lowest);
            } else {
                result = (result >> lowest) & mask;
            }
            MipsState.setRt(instruction, width == 32 ? Bits.sx32(result) : result);
        }
    }

    /// @notice SPECIAL3 20 and 24: rd := rt with bytes or halves moved, or its low part sign-extended. The rs field is
    ///         zero, the sa field names the operation.
    function shuffle(uint256 instruction) internal pure {
        // funct ‖ sa
        uint256 operation = ((instruction & 0x3f) << 8) | ((instruction >> 6) & 31);
        uint256 x = MipsState.rt(instruction);
        if (instruction & 0x03e00000 != 0) return MipsState.halt(Fault.RESERVED_INSTRUCTION);
        if (operation == 0x2010) {
            assembly ("memory-safe") {
                x := signextend(0, x) // seb
            }
        } else if (operation == 0x2018) {
            x = Bits.sx16(x); // seh
        } else if (operation == 0x2002 || operation == 0x2402) {
            // wsbh, dsbh: the two bytes of each half change places.
            x = ((x & 0x00ff00ff00ff00ff) << 8) | ((x >> 8) & 0x00ff00ff00ff00ff);
            if (operation == 0x2002) x = Bits.sx32(x);
        } else if (operation == 0x2405) {
            // dshd: the four halves in the opposite order.
            x = ((x & 0x0000ffff0000ffff) << 16) | ((x >> 16) & 0x0000ffff0000ffff);
            x = (x << 32) | (x >> 32);
        } else {
            return MipsState.halt(Fault.RESERVED_INSTRUCTION);
        }
        MipsState.setRd(instruction, x);
    }
}
