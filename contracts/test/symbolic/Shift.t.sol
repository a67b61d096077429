// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Fault} from "../../src/vm/Fault.sol";
import {MipsShift} from "../../src/vm/MipsShift.sol";
import {Machine} from "./Machine.sol";

/// @title Shifts and rotations, for all operands and amounts
contract ShiftSymbolic is Machine {
    //// 32 bits, by sa ////

    function test_sll_anyAmount_succeeds(uint64 b, uint8 sa) external pure {
        _word(b, 0x00, sa);
        _wroteRd(0, b, _extend(int32(uint32(b) << _low5(sa))));
    }

    function test_srl_anyAmount_succeeds(uint64 b, uint8 sa) external pure {
        _word(b, 0x02, sa);
        _wroteRd(0, b, _extend(int32(uint32(b) >> _low5(sa))));
    }

    function test_rotr_anyAmount_succeeds(uint64 b, uint8 sa) external pure {
        _given(0, b);
        MipsShift.word(_amount(0x02, sa) | (1 << 21));
        _wroteRd(0, b, _extend(int32(_rotate32(uint32(b), _low5(sa)))));
    }

    function test_sra_anyAmount_succeeds(uint64 b, uint8 sa) external pure {
        _word(b, 0x03, sa);
        _wroteRd(0, b, _extend(_word(b) >> _low5(sa)));
    }

    function _word(uint64 b, uint256 funct, uint8 sa) private pure {
        _given(0, b);
        MipsShift.word(_amount(funct, sa));
    }

    //// 32 bits, by the low 5 bits of rs ////

    function test_sllv_anyAmount_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsShift.word(_register(0x00, 0x04));
        _wroteRd(a, b, _extend(int32(uint32(b) << (a % 32))));
    }

    function test_srlv_anyAmount_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsShift.word(_register(0x00, 0x06));
        _wroteRd(a, b, _extend(int32(uint32(b) >> (a % 32))));
    }

    function test_rotrv_anyAmount_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsShift.word(_register(0x00, 0x06) | (1 << 6));
        _wroteRd(a, b, _extend(int32(_rotate32(uint32(b), a % 32))));
    }

    function test_srav_anyAmount_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsShift.word(_register(0x00, 0x07));
        _wroteRd(a, b, _extend(_word(b) >> (a % 32)));
    }

    //// 64 bits, by sa or sa + 32 ////

    function test_dsll_anyAmount_succeeds(uint64 b, uint8 sa) external pure {
        _double(b, 0x38, sa);
        _wroteRd(0, b, b << _low5(sa));
    }

    function test_dsrl_anyAmount_succeeds(uint64 b, uint8 sa) external pure {
        _double(b, 0x3a, sa);
        _wroteRd(0, b, b >> _low5(sa));
    }

    function test_drotr_anyAmount_succeeds(uint64 b, uint8 sa) external pure {
        _given(0, b);
        MipsShift.doubleImmediate(_amount(0x3a, sa) | (1 << 21));
        _wroteRd(0, b, _rotate64(b, _low5(sa)));
    }

    function test_dsra_anyAmount_succeeds(uint64 b, uint8 sa) external pure {
        _double(b, 0x3b, sa);
        _wroteRd(0, b, uint64(int64(b) >> _low5(sa)));
    }

    function test_dsll32_anyAmount_succeeds(uint64 b, uint8 sa) external pure {
        _double(b, 0x3c, sa);
        _wroteRd(0, b, (b << 32) << _low5(sa));
    }

    function test_dsrl32_anyAmount_succeeds(uint64 b, uint8 sa) external pure {
        _double(b, 0x3e, sa);
        _wroteRd(0, b, (b >> 32) >> _low5(sa));
    }

    function test_drotr32_anyAmount_succeeds(uint64 b, uint8 sa) external pure {
        _given(0, b);
        MipsShift.doubleImmediate(_amount(0x3e, sa) | (1 << 21));
        _wroteRd(0, b, _rotate64(_rotate64(b, 32), _low5(sa)));
    }

    function test_dsra32_anyAmount_succeeds(uint64 b, uint8 sa) external pure {
        _double(b, 0x3f, sa);
        _wroteRd(0, b, uint64((int64(b) >> 32) >> _low5(sa)));
    }

    function _double(uint64 b, uint256 funct, uint8 sa) private pure {
        _given(0, b);
        MipsShift.doubleImmediate(_amount(funct, sa));
    }

    //// 64 bits, by the low 6 bits of rs ////

    function test_dsllv_anyAmount_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsShift.doubleVariable(_register(0x00, 0x14));
        _wroteRd(a, b, b << (a % 64));
    }

    function test_dsrlv_anyAmount_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsShift.doubleVariable(_register(0x00, 0x16));
        _wroteRd(a, b, b >> (a % 64));
    }

    function test_drotrv_anyAmount_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsShift.doubleVariable(_register(0x00, 0x16) | (1 << 6));
        _wroteRd(a, b, _rotate64(b, a % 64));
    }

    function test_dsrav_anyAmount_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsShift.doubleVariable(_register(0x00, 0x17));
        _wroteRd(a, b, uint64(int64(b) >> (a % 64)));
    }

    //// Variants that do not exist ////

    function test_srav_unknownVariant_succeeds(uint64 a, uint64 b, uint8 variant) external pure {
        _given(a, b);
        MipsShift.word(_register(0x00, 0x07) | (_low5(variant) << 6));
        if (_low5(variant) != 0) return _halted(Fault.RESERVED_INSTRUCTION);
        _wroteRd(a, b, _extend(_word(b) >> (a % 32)));
    }

    function test_dsrlv_unknownVariant_succeeds(uint64 a, uint64 b, uint8 variant) external pure {
        _given(a, b);
        MipsShift.doubleVariable(_register(0x00, 0x16) | (_low5(variant) << 6));
        if (_low5(variant) > 1) return _halted(Fault.RESERVED_INSTRUCTION);
        _wroteRd(a, b, _low5(variant) == 0 ? b >> (a % 64) : _rotate64(b, a % 64));
    }

    //// Parts ////

    /// @dev `op rd, rt, sa`; of `sa` 5 bits fit.
    function _amount(uint256 funct, uint8 sa) private pure returns (uint256) {
        return (RT << 16) | (RD << 11) | (_low5(sa) << 6) | funct;
    }

    function _low5(uint8 sa) private pure returns (uint256) {
        return sa % 32;
    }

    function _rotate32(uint32 x, uint256 n) private pure returns (uint32) {
        return (x >> n) | (x << (32 - n));
    }

    function _rotate64(uint64 x, uint256 n) private pure returns (uint64) {
        return (x >> n) | (x << (64 - n));
    }
}
