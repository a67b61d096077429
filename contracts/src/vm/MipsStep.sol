// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {Fault} from "./Fault.sol";
import {MemoryProof} from "./MemoryProof.sol";
import {MipsAlu} from "./MipsAlu.sol";
import {MipsBits} from "./MipsBits.sol";
import {MipsBranch} from "./MipsBranch.sol";
import {MipsMemory} from "./MipsMemory.sol";
import {MipsMultiply} from "./MipsMultiply.sol";
import {MipsShift} from "./MipsShift.sol";
import {MipsState} from "./MipsState.sol";
import {MipsTrap} from "./MipsTrap.sol";
import {Raw} from "./Raw.sol";

/// @title One small step
/// @notice Fetch and dispatch, docs/protocol.md §5. An instruction that faults halts the machine as its last act: `halt`
///         clears every field, so that whatever was written before it leaves no trace.
library MipsStep {
    /// @notice What is set in an address that nothing can be fetched from: it is not a multiple of 4, or text has ended.
    uint256 private constant NOT_FETCHABLE = ~uint256((1 << 24) - 4);

    /// @notice Executes one instruction of a running machine.
    function step() internal pure {
        (uint256 pc, uint256 nextPc) = MipsState.pcs();
        if (pc & NOT_FETCHABLE != 0) {
            return MipsState.halt(pc & 3 != 0 ? Fault.UNALIGNED_FETCH : Fault.FETCH_OUTSIDE_TEXT);
        }
        uint256 instruction;
        unchecked {
            instruction = Bits.reverse4(Raw.load(MemoryProof.valueOf(pc) + (pc & 31)) >> 224);
            MipsState.setPcs(nextPc, nextPc + 4);
        }

        uint256 op = instruction >> 26;
        if (op >= 0x20) return MipsMemory.execute(instruction);
        if (op == 0x00) return _special(instruction, pc, nextPc);
        if (op < 0x08) {
            if (op >= 0x04) return MipsBranch.compare(instruction, pc, nextPc);
            if (op == 0x01) return MipsBranch.regimm(instruction, pc, nextPc);
            return MipsBranch.jump(instruction, pc, nextPc);
        }
        if (op < 0x10) return MipsAlu.immediate(instruction);
        if (op >= 0x18) {
            if (op < 0x1a) return MipsAlu.immediate(instruction);
            if (op < 0x1c) return MipsMemory.execute(instruction);
            if (op == 0x1c) return _special2(instruction);
            if (op == 0x1f) return _special3(instruction);
        } else if (op >= 0x14) {
            return MipsBranch.compare(instruction, pc, nextPc);
        }
        MipsState.halt(Fault.RESERVED_INSTRUCTION);
    }

    /// @dev Opcode 00, by funct.
    function _special(uint256 instruction, uint256 pc, uint256 nextPc) private pure {
        uint256 funct = instruction & 0x3f;
        if (funct >= 0x20) {
            if (funct < 0x30) return MipsAlu.register(instruction);
            if (funct < 0x38) return MipsTrap.register(instruction);
            return MipsShift.doubleImmediate(instruction);
        }
        if (funct < 0x08) return MipsShift.word(instruction);
        if (funct >= 0x10) {
            if (funct >= 0x18) return MipsMultiply.execute(instruction);
            if (funct < 0x14) return MipsMultiply.move(instruction);
            return MipsShift.doubleVariable(instruction);
        }
        if (funct < 0x0a) return MipsBranch.jumpRegister(instruction, pc, nextPc);
        if (funct < 0x0c) return MipsAlu.conditionalMove(instruction);
        if (funct == 0x0c) return MipsTrap.systemCall();
        if (funct == 0x0d) return MipsState.halt(Fault.BREAKPOINT);
        if (funct == 0x0f) return; // sync: one processor is always in order
        MipsState.halt(Fault.RESERVED_INSTRUCTION);
    }

    /// @dev Opcode 1c, by funct.
    function _special2(uint256 instruction) private pure {
        uint256 funct = instruction & 0x3f;
        if (funct == 0x02) return MipsMultiply.mul(instruction);
        // Without bit 0 (unsigned, or count ones) and bit 2 (subtract, or 64-bit): 00 and 20.
        if (funct & 0x3a == 0x00) return MipsMultiply.accumulate(instruction);
        if (funct & 0x3a == 0x20) return MipsBits.count(instruction);
        MipsState.halt(Fault.RESERVED_INSTRUCTION);
    }

    /// @dev Opcode 1f, by funct.
    function _special3(uint256 instruction) private pure {
        uint256 funct = instruction & 0x3f;
        if (funct < 0x08) return MipsBits.field(instruction);
        if (funct == 0x20 || funct == 0x24) return MipsBits.shuffle(instruction);
        MipsState.halt(Fault.RESERVED_INSTRUCTION);
    }
}
