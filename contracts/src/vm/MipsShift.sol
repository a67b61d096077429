// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {Fault} from "./Fault.sol";
import {MipsState} from "./MipsState.sol";

/// @title Shifts and rotations
/// @notice rd := rt shifted. In every group the low two bits of funct say how: 0 left, 2 right with zeroes (or, in
///         the variant 1, rotated), 3 right with copies of the sign. The variant stands in the field that
///         does not hold the amount: rs if sa does, else sa. It is 0 in all but rotations.
library MipsShift {
    /// @notice SPECIAL 00–07: 32-bit shifts by sa (00–03) or by the low 5 bits of rs (04–07).
    function word(uint256 instruction) internal pure {
        uint256 rsField = (instruction >> 21) & 31;
        uint256 saField = (instruction >> 6) & 31;
        if (instruction & 4 == 0) _shift32(instruction, rsField, saField);
        else _shift32(instruction, saField, MipsState.rs(instruction) & 31);
    }

    /// @notice SPECIAL 14–17: 64-bit shifts by the low 6 bits of rs.
    function doubleVariable(uint256 instruction) internal pure {
        _shift64(instruction, (instruction >> 6) & 31, MipsState.rs(instruction) & 63);
    }

    /// @notice SPECIAL 38–3f: 64-bit shifts by sa (38–3b) or by sa + 32 (3c–3f).
    function doubleImmediate(uint256 instruction) internal pure {
        uint256 amount = ((instruction >> 6) & 31) | ((instruction & 4) << 3);
        _shift64(instruction, (instruction >> 21) & 31, amount);
    }

    function _shift32(uint256 instruction, uint256 variant, uint256 amount) private pure {
        uint256 how = instruction & 3;
        if (_reserved(how, variant)) return MipsState.halt(Fault.RESERVED_INSTRUCTION);
        uint256 x = MipsState.rt(instruction) & Bits.MASK32;
        if (how == 0) x <<= amount;
        else if (how == 3) x = Bits.sar(Bits.sx32(x), amount);
        else if (variant == 0) x >>= amount;
        else x = (x | (x << 32)) >> amount;
        MipsState.setRd(instruction, Bits.sx32(x));
    }

    function _shift64(uint256 instruction, uint256 variant, uint256 amount) private pure {
        uint256 how = instruction & 3;
        if (_reserved(how, variant)) return MipsState.halt(Fault.RESERVED_INSTRUCTION);
        uint256 x = MipsState.rt(instruction);
        if (how == 0) x <<= amount;
        else if (how == 3) x = Bits.sar(Bits.sx64(x), amount);
        else if (variant == 0) x >>= amount;
        else x = (x | (x << 64)) >> amount;
        MipsState.setRd(instruction, x);
    }

    function _reserved(uint256 how, uint256 variant) private pure returns (bool) {
        return how == 1 || variant > (how == 2 ? 1 : 0);
    }
}
