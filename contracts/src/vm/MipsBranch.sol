// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {Fault} from "./Fault.sol";
import {MipsState} from "./MipsState.sol";
import {MipsTrap} from "./MipsTrap.sol";

/// @title Branches and jumps
/// @notice Every one of them, taken or not, faults in the delay slot of a taken one. Each returns the address of the
///         instruction to execute next, which is its delay slot unless a likely branch skips it, and of the one after it.
library MipsBranch {
    /// @notice Opcodes 04 beq, 05 bne, 06 blez, 07 bgtz and their likely forms 14–17. The rt field of 06, 07, 16
    ///         and 17 is zero.
    function compare(uint256 instruction, uint256 pc, uint256 nextPc)
        internal
        pure
        returns (uint256, uint256)
    {
        uint256 condition = (instruction >> 26) & 3;
        uint256 a = MipsState.rs(instruction);
        bool taken;
        if (condition < 2) {
            taken = (a == MipsState.rt(instruction)) == (condition == 0);
        } else {
            if (instruction & 0x001f0000 != 0) {
                MipsState.halt(Fault.RESERVED_INSTRUCTION);
                return (0, 0);
            }
            taken = (int256(Bits.sx64(a)) <= 0) == (condition == 2);
        }
        if (!_inOrder(pc, nextPc)) return (0, 0);
        return _branch(instruction, nextPc, taken, instruction >> 30 != 0);
    }

    /// @notice REGIMM, by rt: bltz, bgez and their likely (02, 03), linking (10, 11) and likely linking (12, 13)
    ///         forms; traps (08–0e); 1f synci, which does nothing. Linking ones write r31 also when not taken,
    ///         after they have read rs.
    function regimm(uint256 instruction, uint256 pc, uint256 nextPc)
        internal
        pure
        returns (uint256, uint256)
    {
        uint256 kind = (instruction >> 16) & 31;
        if (kind & 0x0c != 0) {
            if (kind & 0x18 == 0x08) MipsTrap.immediate(instruction);
            else if (kind != 0x1f) MipsState.halt(Fault.RESERVED_INSTRUCTION);
            unchecked {
                return (nextPc, (nextPc + 4) & Bits.MASK64);
            }
        }
        if (!_inOrder(pc, nextPc)) return (0, 0);
        // Bit 0: not negative, else negative. Bit 1: likely. Bit 4: links.
        bool taken = MipsState.rs(instruction) >> 63 != kind & 1;
        if (kind & 0x10 != 0) _link(pc);
        return _branch(instruction, nextPc, taken, kind & 2 != 0);
    }

    /// @notice Opcodes 02 j, 03 jal: the target lies in the 256 MiB region of the delay slot.
    function jump(uint256 instruction, uint256 pc, uint256 nextPc)
        internal
        pure
        returns (uint256, uint256)
    {
        if (!_inOrder(pc, nextPc)) return (0, 0);
        if (instruction >> 26 == 3) _link(pc);
        return (nextPc, (nextPc & ~uint256(0x0fffffff)) | ((instruction & 0x03ffffff) << 2));
    }

    /// @notice SPECIAL 08 jr (rt and rd zero), 09 jalr (rt zero): to the address in rs, read before rd is written. The
    ///         hint field is ignored.
    function jumpRegister(uint256 instruction, uint256 pc, uint256 nextPc)
        internal
        pure
        returns (uint256, uint256)
    {
        bool links = instruction & 1 != 0;
        if (instruction & (links ? 0x001f0000 : 0x001ff800) != 0) {
            MipsState.halt(Fault.RESERVED_INSTRUCTION);
            return (0, 0);
        }
        if (!_inOrder(pc, nextPc)) return (0, 0);
        uint256 target = MipsState.rs(instruction);
        unchecked {
            if (links) MipsState.setRd(instruction, pc + 8);
        }
        return (nextPc, target);
    }

    /// @dev A branch relative to its delay slot, which is at `nextPc`. A likely one that is not taken skips the slot.
    function _branch(uint256 instruction, uint256 nextPc, bool taken, bool likely)
        private
        pure
        returns (uint256, uint256)
    {
        unchecked {
            if (taken) {
                return (nextPc, (nextPc + (Bits.sx16(instruction) << 2)) & Bits.MASK64);
            }
            if (likely) nextPc += 4;
            return (nextPc, nextPc + 4);
        }
    }

    /// @dev Exactly in the delay slot of a taken branch the next instruction is not the one behind this one.
    function _inOrder(uint256 pc, uint256 nextPc) private pure returns (bool inOrder) {
        unchecked {
            inOrder = nextPc == pc + 4;
        }
        if (!inOrder) MipsState.halt(Fault.BRANCH_IN_DELAY_SLOT);
    }

    function _link(uint256 pc) private pure {
        unchecked {
            MipsState.link(pc + 8);
        }
    }
}
