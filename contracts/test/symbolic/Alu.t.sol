// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Fault} from "../../src/vm/Fault.sol";
import {MipsAlu} from "../../src/vm/MipsAlu.sol";
import {Machine} from "./Machine.sol";

/// @title Additions, logic, comparisons and conditional moves, for all operands
contract AluSymbolic is Machine {
    //// 32-bit sums ////

    function test_add_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x20));
        _exact32(a, b, int64(_word(a)) + int64(_word(b)));
    }

    function test_addu_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x21));
        unchecked {
            _wroteRd(a, b, _extend(_word(a) + _word(b)));
        }
    }

    function test_sub_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x22));
        _exact32(a, b, int64(_word(a)) - int64(_word(b)));
    }

    function test_subu_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x23));
        unchecked {
            _wroteRd(a, b, _extend(_word(a) - _word(b)));
        }
    }

    function test_addi_anyOperands_succeeds(uint64 a, uint64 b, uint16 i) external pure {
        _given(a, b);
        MipsAlu.immediate(_immediate(0x08, i));
        int64 sum = int64(_word(a)) + int64(int16(i));
        if (_fits32(sum)) _wroteRt(a, uint64(sum));
        else _halted(Fault.INTEGER_OVERFLOW);
    }

    function test_addiu_anyOperands_succeeds(uint64 a, uint64 b, uint16 i) external pure {
        _given(a, b);
        MipsAlu.immediate(_immediate(0x09, i));
        unchecked {
            _wroteRt(a, _extend(_word(a) + int16(i)));
        }
    }

    function _exact32(uint64 a, uint64 b, int64 result) private pure {
        if (_fits32(result)) _wroteRd(a, b, uint64(result));
        else _halted(Fault.INTEGER_OVERFLOW);
    }

    function _fits32(int64 x) private pure returns (bool) {
        return x >= type(int32).min && x <= type(int32).max;
    }

    //// 64-bit sums ////

    function test_dadd_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x2c));
        _exact64(a, b, int128(int64(a)) + int128(int64(b)));
    }

    function test_daddu_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x2d));
        unchecked {
            _wroteRd(a, b, a + b);
        }
    }

    function test_dsub_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x2e));
        _exact64(a, b, int128(int64(a)) - int128(int64(b)));
    }

    function test_dsubu_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x2f));
        unchecked {
            _wroteRd(a, b, a - b);
        }
    }

    function test_daddi_anyOperands_succeeds(uint64 a, uint64 b, uint16 i) external pure {
        _given(a, b);
        MipsAlu.immediate(_immediate(0x18, i));
        int128 sum = int128(int64(a)) + int128(int16(i));
        if (_fits64(sum)) _wroteRt(a, uint64(int64(sum)));
        else _halted(Fault.INTEGER_OVERFLOW);
    }

    function test_daddiu_anyOperands_succeeds(uint64 a, uint64 b, uint16 i) external pure {
        _given(a, b);
        MipsAlu.immediate(_immediate(0x19, i));
        unchecked {
            _wroteRt(a, uint64(int64(a) + int16(i)));
        }
    }

    function _exact64(uint64 a, uint64 b, int128 result) private pure {
        if (_fits64(result)) _wroteRd(a, b, uint64(int64(result)));
        else _halted(Fault.INTEGER_OVERFLOW);
    }

    function _fits64(int128 x) private pure returns (bool) {
        return x >= type(int64).min && x <= type(int64).max;
    }

    //// Logic ////

    function test_and_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x24));
        // Where not one of them is missing.
        _wroteRd(a, b, ~(~a | ~b));
    }

    function test_or_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x25));
        _wroteRd(a, b, ~(~a & ~b));
    }

    function test_xor_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x26));
        _wroteRd(a, b, (a | b) - (a & b));
    }

    function test_nor_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x27));
        _wroteRd(a, b, ~a & ~b);
    }

    function test_andi_anyOperands_succeeds(uint64 a, uint64 b, uint16 i) external pure {
        _given(a, b);
        MipsAlu.immediate(_immediate(0x0c, i));
        _wroteRt(a, uint16(a) & i);
    }

    function test_ori_anyOperands_succeeds(uint64 a, uint64 b, uint16 i) external pure {
        _given(a, b);
        MipsAlu.immediate(_immediate(0x0d, i));
        _wroteRt(a, ((a >> 16) << 16) + (uint16(a) | i));
    }

    function test_xori_anyOperands_succeeds(uint64 a, uint64 b, uint16 i) external pure {
        _given(a, b);
        MipsAlu.immediate(_immediate(0x0e, i));
        _wroteRt(a, ((a >> 16) << 16) + (uint16(a) ^ i));
    }

    function test_lui_anyOperands_succeeds(uint64 b, uint16 i) external pure {
        _given(0, b);
        MipsAlu.immediate(_immediate(0x0f, i) ^ (RS << 21));
        _wroteRt(0, uint64(int64(int16(i)) * 65_536));
    }

    function test_lui_rsNotZero_succeeds(uint64 a, uint64 b, uint16 i) external pure {
        _given(a, b);
        MipsAlu.immediate(_immediate(0x0f, i));
        _halted(Fault.RESERVED_INSTRUCTION);
    }

    //// Comparisons ////

    function test_slt_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x2a));
        _wroteRd(a, b, int64(a) < int64(b) ? 1 : 0);
    }

    function test_sltu_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.register(_register(0x00, 0x2b));
        _wroteRd(a, b, a < b ? 1 : 0);
    }

    function test_slti_anyOperands_succeeds(uint64 a, uint64 b, uint16 i) external pure {
        _given(a, b);
        MipsAlu.immediate(_immediate(0x0a, i));
        _wroteRt(a, int64(a) < int64(int16(i)) ? 1 : 0);
    }

    function test_sltiu_anyOperands_succeeds(uint64 a, uint64 b, uint16 i) external pure {
        _given(a, b);
        MipsAlu.immediate(_immediate(0x0b, i));
        _wroteRt(a, a < uint64(int64(int16(i))) ? 1 : 0);
    }

    //// Conditional moves ////

    function test_movz_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.conditionalMove(_register(0x00, 0x0a));
        _wroteRd(a, b, b == 0 ? a : OLD);
    }

    function test_movn_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsAlu.conditionalMove(_register(0x00, 0x0b));
        _wroteRd(a, b, b != 0 ? a : OLD);
    }
}
