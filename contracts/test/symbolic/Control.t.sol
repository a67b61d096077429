// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Fault} from "../../src/vm/Fault.sol";
import {MipsBranch} from "../../src/vm/MipsBranch.sol";
import {MipsState} from "../../src/vm/MipsState.sol";
import {MipsTrap} from "../../src/vm/MipsTrap.sol";
import {Machine} from "./Machine.sol";

/// @title Branches, jumps and traps, for all operands, at all addresses, in and out of delay slots
contract ControlSymbolic is Machine {
    uint256 private constant RA = 31;

    /// @notice What a branch depends on, besides its opcode.
    struct Case {
        uint64 a;
        uint64 b;
        uint16 offset;
        uint24 pc; // in text, or nothing would have been fetched
        uint64 nextPc;
    }

    //// Branches ////

    function test_beq_anyOperands_succeeds(Case calldata c) external pure {
        _compare(c, 0x04);
        _branched(c, c.a == c.b, false, false);
    }

    function test_bne_anyOperands_succeeds(Case calldata c) external pure {
        _compare(c, 0x05);
        _branched(c, c.a != c.b, false, false);
    }

    function test_beql_anyOperands_succeeds(Case calldata c) external pure {
        _compare(c, 0x14);
        _branched(c, c.a == c.b, true, false);
    }

    function test_bnel_anyOperands_succeeds(Case calldata c) external pure {
        _compare(c, 0x15);
        _branched(c, c.a != c.b, true, false);
    }

    function test_blez_anyOperands_succeeds(Case calldata c) external pure {
        _compareZero(c, 0x06);
        _branched(c, int64(c.a) <= 0, false, false);
    }

    function test_bgtz_anyOperands_succeeds(Case calldata c) external pure {
        _compareZero(c, 0x07);
        _branched(c, int64(c.a) > 0, false, false);
    }

    function test_blezl_anyOperands_succeeds(Case calldata c) external pure {
        _compareZero(c, 0x16);
        _branched(c, int64(c.a) <= 0, true, false);
    }

    function test_bgtzl_anyOperands_succeeds(Case calldata c) external pure {
        _compareZero(c, 0x17);
        _branched(c, int64(c.a) > 0, true, false);
    }

    function test_bltz_anyOperands_succeeds(Case calldata c) external pure {
        _regimm(c, 0x00);
        _branched(c, int64(c.a) < 0, false, false);
    }

    function test_bgez_anyOperands_succeeds(Case calldata c) external pure {
        _regimm(c, 0x01);
        _branched(c, int64(c.a) >= 0, false, false);
    }

    function test_bltzl_anyOperands_succeeds(Case calldata c) external pure {
        _regimm(c, 0x02);
        _branched(c, int64(c.a) < 0, true, false);
    }

    function test_bgezl_anyOperands_succeeds(Case calldata c) external pure {
        _regimm(c, 0x03);
        _branched(c, int64(c.a) >= 0, true, false);
    }

    function test_bltzal_anyOperands_succeeds(Case calldata c) external pure {
        _regimm(c, 0x10);
        _branched(c, int64(c.a) < 0, false, true);
    }

    function test_bgezal_anyOperands_succeeds(Case calldata c) external pure {
        _regimm(c, 0x11);
        _branched(c, int64(c.a) >= 0, false, true);
    }

    function test_bltzall_anyOperands_succeeds(Case calldata c) external pure {
        _regimm(c, 0x12);
        _branched(c, int64(c.a) < 0, true, true);
    }

    function test_bgezall_anyOperands_succeeds(Case calldata c) external pure {
        _regimm(c, 0x13);
        _branched(c, int64(c.a) >= 0, true, true);
    }

    //// Jumps ////

    function test_j_anyTarget_succeeds(Case calldata c, uint32 index) external pure {
        _at(c);
        index %= 1 << 26;
        (uint256 pc, uint256 nextPc) = MipsBranch.jump((0x02 << 26) | index, c.pc, c.nextPc);
        _goOn(pc, nextPc);
        _went(c, _region(c.pc, index), 0);
    }

    function test_jal_anyTarget_succeeds(Case calldata c, uint32 index) external pure {
        _at(c);
        index %= 1 << 26;
        (uint256 pc, uint256 nextPc) = MipsBranch.jump((0x03 << 26) | index, c.pc, c.nextPc);
        _goOn(pc, nextPc);
        _went(c, _region(c.pc, index), uint64(c.pc) + 8);
    }

    function test_jr_anyTarget_succeeds(Case calldata c) external pure {
        _at(c);
        (uint256 pc, uint256 nextPc) = MipsBranch.jumpRegister((RS << 21) | 0x08, c.pc, c.nextPc);
        _goOn(pc, nextPc);
        _went(c, c.a, 0);
    }

    function test_jalr_anyTarget_succeeds(Case calldata c) external pure {
        _at(c);
        (uint256 pc, uint256 nextPc) =
            MipsBranch.jumpRegister((RS << 21) | (RA << 11) | 0x09, c.pc, c.nextPc);
        _goOn(pc, nextPc);
        _went(c, c.a, uint64(c.pc) + 8);
    }

    /// @notice The target is read before the return address is written, also where both are one register.
    function test_jalr_toItsOwnRegister_succeeds(uint64 a, uint24 text) external pure {
        uint64 at = text;
        _given(a, 0);
        uint256 instruction = (RS << 21) | (RS << 11) | 0x09;
        (uint256 pc, uint256 nextPc) = MipsBranch.jumpRegister(instruction, at, at + 4);
        _goOn(pc, nextPc);
        _expect(at + 8, 0, OLD, HI, LO);
        _pcs(at + 4, a);
    }

    /// @dev The 256 MiB region of the delay slot.
    function _region(uint64 pc, uint32 index) private pure returns (uint64) {
        uint64 slot = pc + 4;
        return slot - slot % (1 << 28) + uint64(index) * 4;
    }

    //// Traps ////

    function test_tge_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _trap(a, b, 0x30, int64(a) >= int64(b));
    }

    function test_tgeu_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _trap(a, b, 0x31, a >= b);
    }

    function test_tlt_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _trap(a, b, 0x32, int64(a) < int64(b));
    }

    function test_tltu_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _trap(a, b, 0x33, a < b);
    }

    function test_teq_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _trap(a, b, 0x34, a == b);
    }

    function test_tne_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _trap(a, b, 0x36, a != b);
    }

    function test_tgei_anyOperands_succeeds(uint64 a, uint16 i) external pure {
        _trapImmediate(a, i, 0x08, int64(a) >= int64(int16(i)));
    }

    function test_tgeiu_anyOperands_succeeds(uint64 a, uint16 i) external pure {
        _trapImmediate(a, i, 0x09, a >= uint64(int64(int16(i))));
    }

    function test_tlti_anyOperands_succeeds(uint64 a, uint16 i) external pure {
        _trapImmediate(a, i, 0x0a, int64(a) < int64(int16(i)));
    }

    function test_tltiu_anyOperands_succeeds(uint64 a, uint16 i) external pure {
        _trapImmediate(a, i, 0x0b, a < uint64(int64(int16(i))));
    }

    function test_teqi_anyOperands_succeeds(uint64 a, uint16 i) external pure {
        _trapImmediate(a, i, 0x0c, int64(a) == int16(i));
    }

    function test_tnei_anyOperands_succeeds(uint64 a, uint16 i) external pure {
        _trapImmediate(a, i, 0x0e, int64(a) != int16(i));
    }

    function test_syscall_anyNumber_succeeds(uint64 number, uint64 code) external pure {
        _given(0, number); // r2 is v0
        _set(4, code); // a0
        MipsTrap.systemCall();
        _halted(number == 5058 ? 0x100 + code % 256 : Fault.UNKNOWN_SYSCALL);
    }

    function _trap(uint64 a, uint64 b, uint256 funct, bool holds) private pure {
        _given(a, b);
        MipsTrap.register(_pair(0x00, funct));
        if (holds) _halted(Fault.TRAP);
        else _expect(a, b, OLD, HI, LO);
    }

    function _trapImmediate(uint64 a, uint16 i, uint256 kind, bool holds) private pure {
        _given(a, 0);
        MipsTrap.immediate((0x01 << 26) | (RS << 21) | (kind << 16) | i);
        if (holds) _halted(Fault.TRAP);
        else _expect(a, 0, OLD, HI, LO);
    }

    //// Parts ////

    function _at(Case calldata c) private pure {
        _given(c.a, c.b);
    }

    /// @dev As `MipsVerifier` does after the last step.
    function _goOn(uint256 pc, uint256 nextPc) private pure {
        if (MipsState.running()) MipsState.setPcs(pc, nextPc);
    }

    function _compare(Case calldata c, uint256 op) private pure {
        _at(c);
        (uint256 pc, uint256 nextPc) = MipsBranch.compare(_immediate(op, c.offset), c.pc, c.nextPc);
        _goOn(pc, nextPc);
    }

    function _compareZero(Case calldata c, uint256 op) private pure {
        _at(c);
        (uint256 pc, uint256 nextPc) =
            MipsBranch.compare((op << 26) | (RS << 21) | c.offset, c.pc, c.nextPc);
        _goOn(pc, nextPc);
    }

    function _regimm(Case calldata c, uint256 kind) private pure {
        _at(c);
        (uint256 pc, uint256 nextPc) =
            MipsBranch.regimm((0x01 << 26) | (RS << 21) | (kind << 16) | c.offset, c.pc, c.nextPc);
        _goOn(pc, nextPc);
    }

    function _branched(Case calldata c, bool taken, bool likely, bool links) private pure {
        unchecked {
            uint64 link = links ? uint64(c.pc) + 8 : 0;
            if (taken) {
                int64 distance = 4 + 4 * int64(int16(c.offset));
                return _went(c, uint64(int64(uint64(c.pc)) + distance), link);
            }
            if (!likely) return _went(c, c.nextPc + 4, link);
            if (_faulted(c)) return;
            _ranOn(c, link);
            _pcs(c.nextPc + 4, c.nextPc + 8);
        }
    }

    /// @dev On to the delay slot, and then to `target`.
    function _went(Case calldata c, uint64 target, uint64 link) private pure {
        if (_faulted(c)) return;
        _ranOn(c, link);
        _pcs(c.nextPc, target);
    }

    function _faulted(Case calldata c) private pure returns (bool faulted) {
        faulted = c.nextPc != uint64(c.pc) + 4;
        if (faulted) _halted(Fault.BRANCH_IN_DELAY_SLOT);
    }

    function _ranOn(Case calldata c, uint64 link) private pure {
        _expect(c.a, c.b, OLD, HI, LO);
        assert(MipsState.register(RA) == link);
    }

    function _pcs(uint64 pc, uint64 nextPc) private pure {
        (uint256 current, uint256 next) = MipsState.pcs();
        assert(current == pc);
        assert(next == nextPc);
    }
}
