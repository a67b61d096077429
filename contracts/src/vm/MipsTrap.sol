// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bits} from "./Bits.sol";
import {Fault} from "./Fault.sol";
import {MipsState} from "./MipsState.sol";

/// @title Traps and the system call
library MipsTrap {
    uint256 private constant V0 = 2;
    uint256 private constant A0 = 4;
    /// @notice `exit` in the n64 calling convention of Linux.
    uint256 private constant EXIT_CALL = 5058;

    /// @notice SPECIAL 30 tge, 31 tgeu, 32 tlt, 33 tltu, 34 teq, 36 tne: rs against rt. The code field is ignored.
    function register(uint256 instruction) internal pure {
        _trap(instruction & 7, MipsState.rs(instruction), MipsState.rt(instruction));
    }

    /// @notice REGIMM 08 tgei, 09 tgeiu, 0a tlti, 0b tltiu, 0c teqi, 0e tnei: rs against the sign-extended immediate.
    function immediate(uint256 instruction) internal pure {
        uint256 condition = (instruction >> 16) & 7;
        _trap(condition, MipsState.rs(instruction), Bits.sx16(instruction) & Bits.MASK64);
    }

    /// @notice SPECIAL 0c: `exit(a0)`, whose low 8 bits go into the exit word, is the only call.
    function systemCall() internal pure {
        if (MipsState.register(V0) != EXIT_CALL) return MipsState.halt(Fault.UNKNOWN_SYSCALL);
        MipsState.halt(0x100 | (MipsState.register(A0) & 0xff));
    }

    /// @dev Faults with Trap if the condition holds of 64 bits.
    ///
    ///      | condition | | holds if |
    ///      |---|---|---|
    ///      | 0, 1 | tge, tgeu | a ≥ b, signed, unsigned |
    ///      | 2, 3 | tlt, tltu | a < b, signed, unsigned |
    ///      | 4, 6 | teq, tne | a = b, a ≠ b |
    ///
    ///      5 and 7 are reserved.
    function _trap(uint256 condition, uint256 a, uint256 b) private pure {
        bool holds;
        if (condition == 4) holds = a == b;
        else if (condition == 6) holds = a != b;
        else if (condition > 3) return MipsState.halt(Fault.RESERVED_INSTRUCTION);
        // Bit 0: unsigned. Bit 1: traps if less, else if not less.
        else if (condition & 1 == 0) holds = Bits.slt(Bits.sx64(a), Bits.sx64(b)) == condition >> 1;
        else holds = Bits.ult(a, b) == condition >> 1;
        if (holds) MipsState.halt(Fault.TRAP);
    }
}
