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
    /// @param pc Its address.
    /// @param nextPc The address of the one after it. What the state holds of these two is stale while steps run.
    /// @return The address of the next instruction, and of the one after that; they mean nothing once the machine has halted.
    function step(uint256 pc, uint256 nextPc) internal pure returns (uint256, uint256) {
        if (pc & NOT_FETCHABLE != 0) {
            MipsState.halt(pc & 3 != 0 ? Fault.UNALIGNED_FETCH : Fault.FETCH_OUTSIDE_TEXT);
            return (0, 0);
        }
        uint256 instruction = Bits.reverse4(Raw.load(MemoryProof.valueOf(pc) + (pc & 31)) >> 224);
        uint256 op = instruction >> 26;
        if (op >= 0x20) {
            MipsMemory.execute(instruction);
        } else if (op == 0x00) {
            // 08 jr, 09 jalr
            if (instruction & 0x3e == 0x08) {
                return MipsBranch.jumpRegister(instruction, pc, nextPc);
            }
            _special(instruction);
        } else if (op < 0x08) {
            if (op >= 0x04) return MipsBranch.compare(instruction, pc, nextPc);
            if (op == 0x01) return MipsBranch.regimm(instruction, pc, nextPc);
            return MipsBranch.jump(instruction, pc, nextPc);
        } else if (op < 0x10) {
            MipsAlu.immediate(instruction);
        } else if (op >= 0x18) {
            _upper(instruction);
        } else if (op >= 0x14) {
            return MipsBranch.compare(instruction, pc, nextPc);
        } else {
            MipsState.halt(Fault.RESERVED_INSTRUCTION);
        }
        unchecked {
            return (nextPc, (nextPc + 4) & Bits.MASK64);
        }
    }

    /// @dev Opcodes 18–1f.
    function _upper(uint256 instruction) private pure {
        uint256 op = instruction >> 26;
        if (op < 0x1a) return MipsAlu.immediate(instruction);
        if (op < 0x1c) return MipsMemory.execute(instruction);
        if (op == 0x1c) return _special2(instruction);
        if (op == 0x1f) return _special3(instruction);
        MipsState.halt(Fault.RESERVED_INSTRUCTION);
    }

    /// @dev Opcode 00, by funct, jumps apart.
    function _special(uint256 instruction) private pure {
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
