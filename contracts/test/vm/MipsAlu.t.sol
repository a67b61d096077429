// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {VmTest} from "./VmTest.sol";

/// @notice Operations on registers: each test states operands and result by number.
contract MipsAluTest is VmTest {
    uint64 private constant INT32_MIN = 0xffff_ffff_8000_0000;
    uint64 private constant INT64_MIN = 0x8000_0000_0000_0000;
    uint64 private constant MINUS_ONE = type(uint64).max;

    /// @dev r3 := r1 op r2.
    function _binary(uint32 funct, uint64 a, uint64 b, uint64 expected) private view {
        _three(_r(0, 1, 2, 3, 0, funct), a, b, expected);
    }

    /// @dev `instruction` reads r1 and r2 and leaves `expected` in r3.
    function _three(uint32 instruction, uint64 a, uint64 b, uint64 expected) private view {
        Machine memory m = _at(instruction);
        (m.r[1], m.r[2]) = (a, b);
        Machine memory n = _next(m);
        n.r[3] = expected;
        _expectStep(m, n);
    }

    /// @dev r3 := r1 op immediate.
    function _immediate(uint32 op, uint64 a, uint16 b, uint64 expected) private view {
        _three(_i(op, 1, 3, b), a, 0, expected);
    }

    /// @dev (hi, lo) := r1 op r2.
    function _pair(uint32 instruction, uint64 a, uint64 b, uint64 hi, uint64 lo) private view {
        Machine memory m = _at(instruction);
        (m.r[1], m.r[2]) = (a, b);
        Machine memory n = _next(m);
        (n.hi, n.lo) = (hi, lo);
        _expectStep(m, n);
    }

    function _fault(uint32 instruction, uint64 a, uint64 b, uint64 code) private view {
        Machine memory m = _at(instruction);
        (m.r[1], m.r[2]) = (a, b);
        _expectFault(m, code);
    }

    //// Sums and logic ////

    function test_run_additions_succeeds() public view {
        _binary(0x21, 0x7fff_ffff, 1, INT32_MIN); // addu wraps at 32 bits
        _binary(0x21, 0xdead_0000_0000_0001, 2, 3); // and reads no higher ones
        _binary(0x20, 0x7fff_fffe, 1, 0x7fff_ffff); // add
        _binary(0x23, 0, 1, MINUS_ONE); // subu
        _binary(0x22, 5, 7, MINUS_ONE - 1); // sub
        _binary(0x2d, MINUS_ONE, 2, 1); // daddu wraps at 64 bits
        _binary(0x2c, 0x7fff_ffff, 1, 0x8000_0000); // dadd
        _binary(0x2f, 0, 1, MINUS_ONE); // dsubu
        _binary(0x2e, 7, 9, MINUS_ONE - 1); // dsub
        _immediate(0x08, 1, 0xffff, 0); // addi
        _immediate(0x09, 0x7fff_ffff, 1, INT32_MIN); // addiu
        _immediate(0x18, 0x7fff_ffff, 1, 0x8000_0000); // daddi
        _immediate(0x19, 0, 0x8000, 0xffff_ffff_ffff_8000); // daddiu
    }

    function test_run_integerOverflow_succeeds() public view {
        _fault(_r(0, 1, 2, 3, 0, 0x20), 0x7fff_ffff, 1, 8);
        _fault(_r(0, 1, 2, 3, 0, 0x22), INT32_MIN, 1, 8);
        _fault(_r(0, 1, 2, 3, 0, 0x2c), INT64_MIN - 1, 1, 8);
        _fault(_r(0, 1, 2, 3, 0, 0x2e), INT64_MIN, 1, 8);
        _fault(_i(0x08, 1, 3, 0xffff), INT32_MIN, 0, 8);
        _fault(_i(0x18, 1, 3, 0xffff), INT64_MIN, 0, 8);
    }

    function test_run_logic_succeeds() public view {
        _binary(0x24, 0xff00, 0x0ff0, 0x0f00);
        _binary(0x25, 0xff00, 0x0ff0, 0xfff0);
        _binary(0x26, 0xff00, 0x0ff0, 0xf0f0);
        _binary(0x27, 0xff00, 0x0ff0, 0xffff_ffff_ffff_000f);
        _immediate(0x0c, MINUS_ONE, 0x8001, 0x8001);
        _immediate(0x0d, 1, 0x8000, 0x8001);
        _immediate(0x0e, MINUS_ONE, 0x8000, 0xffff_ffff_ffff_7fff);
        _three(_i(0x0f, 0, 3, 0x8000), 0, 0, INT32_MIN);
    }

    function test_run_comparisons_succeeds() public view {
        _binary(0x2a, MINUS_ONE, 0, 1);
        _binary(0x2b, MINUS_ONE, 0, 0);
        _immediate(0x0a, INT64_MIN, 0xffff, 1);
        _immediate(0x0b, 5, 0xffff, 1); // sltiu compares with 2^64 − 1
        _immediate(0x0b, MINUS_ONE, 0xffff, 0);
    }

    function test_run_conditionalMoves_succeeds() public view {
        uint64 old = _at(0).r[3];
        _binary(0x0a, 9, 0, 9);
        _binary(0x0a, 9, 1 << 32, old);
        _binary(0x0b, 9, 1 << 32, 9);
        _binary(0x0b, 9, 0, old);
    }

    function test_run_writeToZero_succeeds() public view {
        Machine memory m = _at(_r(0, 1, 2, 0, 0, 0x2d));
        _expectStep(m, _next(m));
    }

    //// Shifts ////

    function test_run_shifts_succeeds() public view {
        uint64 x = 0xdead_beef_8000_0001;
        _three(_r(0, 0, 2, 3, 4, 0x00), 0, x, 0x10); // sll
        _three(_r(0, 0, 2, 3, 4, 0x02), 0, x, 0x0800_0000); // srl
        _three(_r(0, 1, 2, 3, 4, 0x02), 0, x, 0x1800_0000); // rotr
        _three(_r(0, 0, 2, 3, 4, 0x03), 0, x, 0xffff_ffff_f800_0000); // sra
        _binary(0x04, 32 + 4, x, 0x10); // sllv: 5 bits count
        _binary(0x06, 32 + 4, x, 0x0800_0000); // srlv
        _three(_r(0, 1, 2, 3, 1, 0x06), 4, x, 0x1800_0000); // rotrv
        _binary(0x07, 32 + 31, x, MINUS_ONE); // srav
        _three(_r(0, 0, 2, 3, 4, 0x38), 0, x, 0xeadb_eef8_0000_0010); // dsll
        _three(_r(0, 0, 2, 3, 4, 0x3a), 0, x, 0x0dea_dbee_f800_0000); // dsrl
        _three(_r(0, 1, 2, 3, 4, 0x3a), 0, x, 0x1dea_dbee_f800_0000); // drotr
        _three(_r(0, 0, 2, 3, 4, 0x3b), 0, x, 0xfdea_dbee_f800_0000); // dsra
        _three(_r(0, 0, 2, 3, 4, 0x3c), 0, x, 0x0000_0010_0000_0000); // dsll32
        _three(_r(0, 0, 2, 3, 4, 0x3e), 0, x, 0x0dea_dbee); // dsrl32
        _three(_r(0, 1, 2, 3, 4, 0x3e), 0, x, 0xf800_0000_1dea_dbee); // drotr32
        _three(_r(0, 0, 2, 3, 4, 0x3f), 0, x, 0xffff_ffff_fdea_dbee); // dsra32
        _binary(0x14, 64 + 36, x, 0x0000_0010_0000_0000); // dsllv: 6 bits count
        _binary(0x16, 64 + 36, x, 0x0dea_dbee); // dsrlv
        _three(_r(0, 1, 2, 3, 1, 0x16), 36, x, 0xf800_0000_1dea_dbee); // drotrv
        _binary(0x17, 64 + 36, x, 0xffff_ffff_fdea_dbee); // dsrav
    }

    //// Products and quotients ////

    function test_run_products_succeeds() public view {
        _pair(_r(0, 1, 2, 0, 0, 0x18), 0xffff_ffff, 3, MINUS_ONE, MINUS_ONE - 2); // mult
        _pair(_r(0, 1, 2, 0, 0, 0x19), 0xffff_ffff, 3, 2, MINUS_ONE - 2); // multu
        _pair(_r(0, 1, 2, 0, 0, 0x1c), MINUS_ONE, 3, MINUS_ONE, MINUS_ONE - 2); // dmult
        _pair(_r(0, 1, 2, 0, 0, 0x1d), MINUS_ONE, 3, 2, MINUS_ONE - 2); // dmultu
        _three(_r(0x1c, 1, 2, 3, 0, 2), 0x1_0000, 0x8000, INT32_MIN); // mul
        // hi ‖ lo is 0x33334444_77778888.
        _pair(_r(0x1c, 1, 2, 0, 0, 0), 0xffff_ffff, 1, 0x3333_4444, 0x7777_8887); // madd
        _pair(_r(0x1c, 1, 2, 0, 0, 1), 0xffff_ffff, 2, 0x3333_4446, 0x7777_8886); // maddu
        _pair(_r(0x1c, 1, 2, 0, 0, 4), 0xffff_ffff, 1, 0x3333_4444, 0x7777_8889); // msub
        _pair(_r(0x1c, 1, 2, 0, 0, 5), 0xffff_ffff, 2, 0x3333_4442, 0x7777_888a); // msubu
    }

    function test_run_quotients_succeeds() public view {
        _pair(_r(0, 1, 2, 0, 0, 0x1a), MINUS_ONE - 6, 2, MINUS_ONE, MINUS_ONE - 2); // div: −7 / 2
        _pair(_r(0, 1, 2, 0, 0, 0x1a), 0x8000_0000, 0xffff_ffff, 0, INT32_MIN);
        _pair(_r(0, 1, 2, 0, 0, 0x1b), 0x8000_0000, 0xffff_ffff, INT32_MIN, 0); // divu
        _pair(_r(0, 1, 2, 0, 0, 0x1e), MINUS_ONE - 6, 2, MINUS_ONE, MINUS_ONE - 2); // ddiv
        _pair(_r(0, 1, 2, 0, 0, 0x1e), INT64_MIN, MINUS_ONE, 0, INT64_MIN);
        _pair(_r(0, 1, 2, 0, 0, 0x1f), INT64_MIN, MINUS_ONE, INT64_MIN, 0); // ddivu
    }

    function test_run_divisionByZero_succeeds() public view {
        // The 32-bit forms look at 32 bits of the divisor.
        _fault(_r(0, 1, 2, 0, 0, 0x1a), 1, 1 << 32, 12);
        _fault(_r(0, 1, 2, 0, 0, 0x1b), 1, 1 << 32, 12);
        _fault(_r(0, 1, 2, 0, 0, 0x1e), 1, 0, 12);
        _fault(_r(0, 1, 2, 0, 0, 0x1f), 1, 0, 12);
    }

    function test_run_hiLoMoves_succeeds() public view {
        Machine memory m = _at(0);
        _three(_r(0, 0, 0, 3, 0, 0x10), 0, 0, m.hi);
        _three(_r(0, 0, 0, 3, 0, 0x12), 0, 0, m.lo);
        _pair(_r(0, 1, 0, 0, 0, 0x11), MINUS_ONE, 0, MINUS_ONE, m.lo);
        _pair(_r(0, 1, 0, 0, 0, 0x13), MINUS_ONE, 0, m.hi, MINUS_ONE);
    }

    //// Bits ////

    function test_run_counts_succeeds() public view {
        _three(_r(0x1c, 1, 3, 3, 0, 0x20), 0xffff_ffff_0000_0001, 0, 31); // clz
        _three(_r(0x1c, 1, 3, 3, 0, 0x20), 0xffff_ffff_0000_0000, 0, 32);
        _three(_r(0x1c, 1, 0, 3, 0, 0x21), 0x0000_0000_f000_0000, 0, 4); // clo; rt is ignored
        _three(_r(0x1c, 1, 3, 3, 0, 0x24), 1, 0, 63); // dclz
        _three(_r(0x1c, 1, 3, 3, 0, 0x24), 0, 0, 64);
        _three(_r(0x1c, 1, 3, 3, 0, 0x25), MINUS_ONE, 0, 64); // dclo
    }

    function test_run_countsOfEveryBit_succeeds(uint256 bit) public view {
        bit = bound(bit, 0, 63);
        uint64 x = uint64((1 << bit) | (uint256(keccak256(abi.encode(bit))) & ((1 << bit) - 1)));
        _three(_r(0x1c, 1, 3, 3, 0, 0x24), x, 0, uint64(63 - bit));
        _three(_r(0x1c, 1, 3, 3, 0, 0x25), ~x, 0, uint64(63 - bit));
    }

    function test_run_fields_succeeds() public view {
        uint64 x = 0x0123_4567_89ab_cdef;
        uint64 old = _at(0).r[3];
        _three(_r(0x1f, 1, 3, 31, 0, 0x00), x, 0, 0xffff_ffff_89ab_cdef); // ext of all 32 bits
        _three(_r(0x1f, 1, 3, 7, 8, 0x00), x, 0, 0xcd); // ext
        _three(_r(0x1f, 1, 3, 7, 4, 0x01), x, 0, 0x0012_3456_789a_bcde & ((1 << 40) - 1)); // dextm
        _three(_r(0x1f, 1, 3, 7, 8, 0x02), x, 0, 0x45); // dextu
        _three(_r(0x1f, 1, 3, 31, 31, 0x03), x, 0, (x >> 31) & 0xffff_ffff); // dext
        _three(_r(0x1f, 1, 3, 15, 8, 0x04), x, 0, 0xffff_ffff_89ab_ef03); // ins into 0x89abcd03
        _three(
            _r(0x1f, 1, 3, 7, 8, 0x05),
            x,
            0,
            (old & ~uint64(0xff_ffff_ff00)) | ((x & 0xffff_ffff) << 8)
        );
        _three(_r(0x1f, 1, 3, 15, 8, 0x06), x, 0, (old & ~uint64(0xff << 40)) | (0xef << 40)); // dinsu
        _three(_r(0x1f, 1, 3, 15, 8, 0x07), x, 0, (old & ~uint64(0xff00)) | 0xef00); // dins
    }

    function test_run_byteOrder_succeeds() public view {
        uint64 x = 0x0123_4567_89ab_cdef;
        _three(_r(0x1f, 0, 2, 3, 0x02, 0x20), 0, x, 0xffff_ffff_ab89_efcd); // wsbh
        _three(_r(0x1f, 0, 2, 3, 0x10, 0x20), 0, x, 0xffff_ffff_ffff_ffef); // seb
        _three(_r(0x1f, 0, 2, 3, 0x18, 0x20), 0, x, 0xffff_ffff_ffff_cdef); // seh
        _three(_r(0x1f, 0, 2, 3, 0x02, 0x24), 0, x, 0x2301_6745_ab89_efcd); // dsbh
        _three(_r(0x1f, 0, 2, 3, 0x05, 0x24), 0, x, 0xcdef_89ab_4567_0123); // dshd
    }
}
