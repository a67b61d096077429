// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {TinyMemory} from "./TinyMemory.sol";
import {VmTest} from "./VmTest.sol";

/// @notice Fetch, branches, traps, the system call, reserved encodings and exited states.
contract MipsControlTest is VmTest {
    using TinyMemory for TinyMemory.Leaf[];

    uint64 private constant TARGET = PC + 4 + 0x200;
    uint16 private constant OFFSET = 0x80;

    /// @dev The branch is taken: its delay slot is next, then the target.
    function _taken(Machine memory m) private pure returns (Machine memory n) {
        n = _next(m);
        n.nextPc = TARGET;
    }

    /// @dev A likely branch is not taken: the delay slot is skipped.
    function _skipped(Machine memory m) private pure returns (Machine memory n) {
        n = _next(m);
        (n.pc, n.nextPc) = (PC + 8, PC + 12);
    }

    /// @dev A branch on r1 against r2.
    function _branch(uint32 op, uint64 a, uint64 b) private pure returns (Machine memory m) {
        m = _at(_i(op, 1, 2, OFFSET));
        (m.r[1], m.r[2]) = (a, b);
    }

    /// @dev A branch on r1 against zero; `selector` is the rt field.
    function _sign(uint32 op, uint32 selector, uint64 a) private pure returns (Machine memory m) {
        m = _at(_i(op, 1, selector, OFFSET));
        m.r[1] = a;
    }

    //// Branches ////

    function test_run_branches_succeeds() public view {
        uint64 negative = 1 << 63;
        Machine memory m;
        for (uint32 likely = 0; likely <= 0x10; likely += 0x10) {
            for (uint256 k = 0; k < 4; ++k) {
                // beq, bne, blez, bgtz: taken and not.
                uint64 same = k == 0 ? 7 : 8;
                m = k < 2
                    ? _branch(uint32(4 + k) | likely, 7, same)
                    : _sign(uint32(4 + k) | likely, 0, k == 2 ? 0 : 1);
                _expectStep(m, _taken(m));
                same = k == 0 ? 8 : 7;
                m = k < 2
                    ? _branch(uint32(4 + k) | likely, 7, same)
                    : _sign(uint32(4 + k) | likely, 0, k == 2 ? 1 : negative);
                _expectStep(m, likely == 0 ? _next(m) : _skipped(m));
            }
        }
    }

    function test_run_signBranches_succeeds() public view {
        for (uint32 selector = 0; selector < 0x14; ++selector) {
            if (selector & 0x0c != 0) continue;
            for (uint64 negative = 0; negative < 2; ++negative) {
                Machine memory m = _sign(1, selector, negative << 63);
                bool taken = (selector & 1 == 0) == (negative == 1);
                Machine memory n = taken ? _taken(m) : selector & 2 != 0 ? _skipped(m) : _next(m);
                if (selector & 0x10 != 0) n.r[31] = PC + 8;
                _expectStep(m, n);
            }
        }
    }

    function test_run_linkReadsOldRegister_succeeds() public view {
        // bltzal on r31 itself.
        Machine memory m = _at(_i(1, 31, 0x10, OFFSET));
        m.r[31] = 1 << 63;
        Machine memory n = _taken(m);
        n.r[31] = PC + 8;
        _expectStep(m, n);
        // jalr with rd = rs.
        m = _at(_r(0, 5, 0, 5, 0, 9));
        n = _next(m);
        (n.nextPc, n.r[5]) = (m.r[5], PC + 8);
        _expectStep(m, n);
    }

    function test_run_jumps_succeeds() public view {
        Machine memory m = _at(_r(2, 0, 0, 0, 0, 0) | 0x0123_4567); // j
        Machine memory n = _next(m);
        n.nextPc = 0x048d_159c;
        _expectStep(m, n);
        m = _at(_r(3, 0, 0, 0, 0, 0) | 0x0123_4567); // jal
        n = _next(m);
        (n.nextPc, n.r[31]) = (0x048d_159c, PC + 8);
        _expectStep(m, n);
        m = _at(_r(0, 5, 0, 0, 0x10, 8)); // jr with a hint
        n = _next(m);
        n.nextPc = m.r[5];
        _expectStep(m, n);
    }

    function test_run_backwardBranchWraps_succeeds() public view {
        Machine memory m = _at(0);
        (m.pc, m.nextPc) = (4, 8);
        m.memory_ = m.memory_.store32(4, _i(4, 0, 0, 0x8000)); // beq r0, r0
        Machine memory n = _next(m);
        unchecked {
            n.nextPc = uint64(8) - 0x20000;
        }
        _expectStep(m, n);
    }

    function test_run_branchInDelaySlot_succeeds() public view {
        uint32[8] memory branches = [
            _i(4, 1, 2, OFFSET), // beq, not taken
            _i(5, 1, 2, OFFSET), // bne, taken
            _i(0x14, 1, 2, OFFSET), // beql, not taken
            _i(1, 1, 0x11, OFFSET), // bgezal
            _r(2, 0, 0, 0, 0, 0),
            _r(3, 0, 0, 0, 0, 0),
            _r(0, 1, 0, 0, 0, 8),
            _r(0, 1, 0, 31, 0, 9)
        ];
        for (uint256 i = 0; i < branches.length; ++i) {
            Machine memory m = _at(branches[i]);
            m.nextPc = PC + 8;
            _expectFault(m, 4);
        }
    }

    function test_run_delaySlot_succeeds() public view {
        Machine memory m = _at(_r(0, 1, 2, 3, 0, 0x2d));
        (m.nextPc, m.r[1], m.r[2]) = (0xffff_ffff_ffff_fffc, 1, 2);
        Machine memory n = _copy(m);
        (n.pc, n.nextPc, n.r[3]) = (0xffff_ffff_ffff_fffc, 0, 3);
        _expectStep(m, n);
    }

    //// Fetch ////

    function test_run_badFetch_succeeds() public view {
        Machine memory m = _at(0);
        bytes memory noLeaf = bytes.concat(hex"00", m.memory_.root());
        uint64[3] memory pcs = [uint64(0x100_0000), 1 << 63, 0xffff_ffff_ffff_fffc];
        for (uint256 i = 0; i < 3; ++i) {
            m.pc = pcs[i];
            _expect(m, _halted(m, 0x202), bytes.concat(_packState(m), noLeaf), 1);
        }
        for (uint64 k = 1; k < 4; ++k) {
            m.pc = 0x100_0000 + k;
            _expect(m, _halted(m, 0x201), bytes.concat(_packState(m), noLeaf), 1);
        }
    }

    //// Traps ////

    function test_run_traps_succeeds() public view {
        // By condition: r1 = −1, r2 = 1, immediate 1.
        bool[8] memory holds = [false, true, true, false, false, false, true, false];
        for (uint32 c = 0; c < 8; ++c) {
            for (uint256 k = 0; k < 2; ++k) {
                Machine memory m = _at(k == 0 ? _r(0, 1, 2, 31, 31, 0x30 + c) : _i(1, 1, 8 + c, 1));
                (m.r[1], m.r[2]) = (type(uint64).max, 1);
                if (c == 5 || c == 7) _expectFault(m, 3);
                else if (holds[c]) _expectFault(m, 9);
                else _expectStep(m, _next(m));
            }
        }
        Machine memory equal = _at(_r(0, 1, 1, 0, 0, 0x34)); // teq r1, r1
        _expectFault(equal, 9);
    }

    function test_run_breakpoint_succeeds() public view {
        _expectFault(_at(_r(0, 1, 2, 3, 4, 0x0d)), 10);
    }

    function test_run_systemCall_succeeds() public view {
        Machine memory m = _at(_r(0, 1, 2, 3, 4, 0x0c));
        _expectFault(m, 11);
        (m.r[2], m.r[4]) = (5058, 0xfffe_ff07);
        _expectStep(m, _halted(m, 0x107));
        m.r[2] = 5058 | (1 << 32);
        _expectFault(m, 11);
    }

    //// Nothing and reserved ////

    function test_run_noOperation_succeeds() public view {
        uint32[4] memory instructions =
            [_r(0, 1, 2, 3, 4, 0x0f), _i(1, 1, 0x1f, 9), _i(0x33, 1, 2, 0xffff), 0];
        for (uint256 i = 0; i < instructions.length; ++i) {
            Machine memory m = _at(instructions[i]);
            _expectStep(m, _next(m));
        }
    }

    /// @dev Every word is a fault of its own.
    function _expectReserved(uint32[] memory words) private view {
        for (uint256 i = 0; i < words.length; ++i) {
            _expectFault(_at(words[i]), 3);
        }
    }

    function test_run_unknownCode_succeeds() public view {
        uint8[12] memory opcodes =
            [0x10, 0x11, 0x12, 0x13, 0x1d, 0x1e, 0x2f, 0x31, 0x32, 0x36, 0x3b, 0x3e];
        uint8[10] memory functs = [0x01, 0x05, 0x0e, 0x15, 0x28, 0x29, 0x35, 0x37, 0x39, 0x3d];
        uint8[8] memory selectors = [0x04, 0x07, 0x0d, 0x0f, 0x14, 0x17, 0x18, 0x1e];
        uint32[] memory words = new uint32[](34);
        uint256 n;
        for (uint256 i = 0; i < 12; ++i) {
            words[n++] = _r(opcodes[i], 0, 0, 0, 0, 0);
        }
        for (uint256 i = 0; i < 10; ++i) {
            words[n++] = _r(0, 0, 0, 0, 0, functs[i]);
        }
        for (uint256 i = 0; i < 8; ++i) {
            words[n++] = _i(1, 0, selectors[i], 0);
        }
        words[n++] = _r(0x1c, 0, 0, 0, 0, 0x03);
        words[n++] = _r(0x1c, 0, 0, 0, 0, 0x3f); // sdbbp
        words[n++] = _r(0x1f, 0, 0, 0, 0, 0x3b); // rdhwr
        words[n++] = _r(0x1f, 0, 0, 0, 0x03, 0x20);
        _expectReserved(words);
    }

    function test_run_fieldNotZero_succeeds() public view {
        uint32[] memory words = new uint32[](24);
        words[0] = _r(0, 1, 2, 3, 4, 0x00); // sll with rs
        words[1] = _r(0, 2, 2, 3, 4, 0x02); // neither srl nor rotr
        words[2] = _r(0, 1, 2, 3, 4, 0x03); // sra with rs
        words[3] = _r(0, 1, 2, 3, 1, 0x04); // sllv with sa
        words[4] = _r(0, 1, 2, 3, 2, 0x06); // neither srlv nor rotrv
        words[5] = _r(0, 1, 2, 3, 1, 0x17); // dsrav with sa
        words[6] = _r(0, 1, 0, 1, 0, 0x08); // jr with rd
        words[7] = _r(0, 1, 1, 31, 0, 0x09); // jalr with rt
        words[8] = _r(0, 1, 2, 3, 1, 0x0a); // movz with sa
        words[9] = _r(0, 1, 0, 3, 0, 0x10); // mfhi with rs
        words[10] = _r(0, 0, 0, 3, 1, 0x12); // mflo with sa
        words[11] = _r(0, 1, 0, 3, 0, 0x11); // mthi with rd
        words[12] = _r(0, 1, 2, 3, 0, 0x18); // mult with rd
        words[13] = _r(0, 1, 2, 0, 1, 0x1f); // ddivu with sa
        words[14] = _r(0, 1, 2, 3, 1, 0x21); // addu with sa
        words[15] = _r(0, 1, 2, 3, 4, 0x3c); // dsll32 with rs
        words[16] = _i(0x06, 1, 1, 0); // blez with rt
        words[17] = _i(0x17, 1, 1, 0); // bgtzl with rt
        words[18] = _i(0x0f, 1, 2, 0); // lui with rs
        words[19] = _r(0x1c, 1, 2, 3, 0, 0x00); // madd with rd
        words[20] = _r(0x1c, 1, 2, 3, 1, 0x02); // mul with sa
        words[21] = _r(0x1c, 1, 2, 3, 1, 0x20); // clz with sa
        words[22] = _r(0x1f, 1, 2, 3, 0x10, 0x20); // seb with rs
        words[23] = _r(0x1f, 1, 2, 3, 0x02, 0x24); // dsbh with rs
        _expectReserved(words);
    }

    function test_run_fieldOutsideRegister_succeeds() public view {
        uint32[] memory words = new uint32[](6);
        words[0] = _r(0x1f, 1, 2, 31, 1, 0x00); // ext: 1 + 32 bits
        words[1] = _r(0x1f, 1, 2, 31, 1, 0x01); // dextm: 1 + 64
        words[2] = _r(0x1f, 1, 2, 1, 31, 0x02); // dextu: 63 + 2
        words[3] = _r(0x1f, 1, 2, 1, 2, 0x04); // ins: from 2 down to 1
        words[4] = _r(0x1f, 1, 2, 0, 2, 0x06); // dinsu: from 34 down to 32
        words[5] = _r(0x1f, 1, 2, 1, 2, 0x07); // dins: from 2 down to 1, an empty field
        _expectReserved(words);
    }

    //// Exited states and windows ////

    function test_run_exitedState_succeeds() public view {
        Machine memory m = _at(_r(0, 1, 2, 3, 0, 0x2d));
        m.exit = 0x100;
        _expectStep(m, m);
        _expect(m, m, _textWitness(m), 16);
    }

    function test_run_window_succeeds() public view {
        // r3 := r1 + r2; branch back to it with an addition in the slot; 16 steps are 5 rounds and one more.
        Machine memory m = _at(_r(0, 3, 1, 3, 0, 0x2d));
        m.memory_ = m.memory_.store32(PC + 4, _i(4, 0, 0, 0xfffe));
        m.memory_ = m.memory_.store32(PC + 8, _i(0x19, 4, 4, 1));
        (m.r[1], m.r[3], m.r[4]) = (3, 0, 0);
        Machine memory n = _copy(m);
        (n.pc, n.nextPc, n.r[3], n.r[4]) = (PC + 4, PC + 8, 18, 5);
        _expect(m, n, _textWitness(m), 16);
    }

    function test_run_exitInsideWindow_succeeds() public view {
        Machine memory m = _at(_r(0, 0, 0, 0, 0, 0x0c));
        (m.r[2], m.r[4]) = (5058, 0);
        _expect(m, _halted(m, 0x100), _textWitness(m), 16);
    }
}
