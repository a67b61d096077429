// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Fault} from "../../src/vm/Fault.sol";
import {MipsMultiply} from "../../src/vm/MipsMultiply.sol";
import {MipsState} from "../../src/vm/MipsState.sol";
import {Machine} from "./Machine.sol";

/// @title Multiplication, division, hi and lo, for all operands
contract MultiplySymbolic is Machine {
    //// hi and lo ////

    function test_mfhi_anyValue_succeeds(uint64 hi, uint64 lo) external pure {
        _given(0, 0);
        MipsState.setHiLo(hi, lo);
        MipsMultiply.move((RD << 11) | 0x10);
        _expect(0, 0, hi, hi, lo);
    }

    function test_mflo_anyValue_succeeds(uint64 hi, uint64 lo) external pure {
        _given(0, 0);
        MipsState.setHiLo(hi, lo);
        MipsMultiply.move((RD << 11) | 0x12);
        _expect(0, 0, lo, hi, lo);
    }

    function test_mthi_anyValue_succeeds(uint64 a) external pure {
        _given(a, 0);
        MipsMultiply.move((RS << 21) | 0x11);
        _wroteHiLo(a, 0, a, LO);
    }

    function test_mtlo_anyValue_succeeds(uint64 a) external pure {
        _given(a, 0);
        MipsMultiply.move((RS << 21) | 0x13);
        _wroteHiLo(a, 0, HI, a);
    }

    //// 32-bit products: exact in 64 bits ////

    function test_mult_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsMultiply.execute(_pair(0x00, 0x18));
        unchecked {
            _halves(a, b, uint64(int64(_word(a)) * int64(_word(b))));
        }
    }

    function test_multu_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsMultiply.execute(_pair(0x00, 0x19));
        _halves(a, b, uint64(uint32(a)) * uint64(uint32(b)));
    }

    function test_mul_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsMultiply.mul(_register(0x1c, 0x02));
        unchecked {
            _wroteRd(a, b, _extend(_word(a * b)));
        }
    }

    /// @notice The same product from the low halves alone.
    function test_mul_lowHalves_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsMultiply.mul(_register(0x1c, 0x02));
        unchecked {
            _wroteRd(a, b, _extend(_word(a) * _word(b)));
        }
    }

    function test_madd_anyOperands_succeeds(uint64 a, uint64 b, uint64 hi, uint64 lo)
        external
        pure
    {
        _accumulate(a, b, hi, lo, 0x00);
        unchecked {
            _halves(a, b, _joined(hi, lo) + uint64(int64(_word(a)) * int64(_word(b))));
        }
    }

    function test_maddu_anyOperands_succeeds(uint64 a, uint64 b, uint64 hi, uint64 lo)
        external
        pure
    {
        _accumulate(a, b, hi, lo, 0x01);
        unchecked {
            _halves(a, b, _joined(hi, lo) + uint64(uint32(a)) * uint64(uint32(b)));
        }
    }

    function test_msub_anyOperands_succeeds(uint64 a, uint64 b, uint64 hi, uint64 lo)
        external
        pure
    {
        _accumulate(a, b, hi, lo, 0x04);
        unchecked {
            _halves(a, b, _joined(hi, lo) - uint64(int64(_word(a)) * int64(_word(b))));
        }
    }

    function test_msubu_anyOperands_succeeds(uint64 a, uint64 b, uint64 hi, uint64 lo)
        external
        pure
    {
        _accumulate(a, b, hi, lo, 0x05);
        unchecked {
            _halves(a, b, _joined(hi, lo) - uint64(uint32(a)) * uint64(uint32(b)));
        }
    }

    function _accumulate(uint64 a, uint64 b, uint64 hi, uint64 lo, uint256 funct) private pure {
        _given(a, b);
        MipsState.setHiLo(hi, lo);
        MipsMultiply.accumulate(_pair(0x1c, funct));
    }

    function _joined(uint64 hi, uint64 lo) private pure returns (uint64) {
        return (uint64(uint32(hi)) << 32) | uint32(lo);
    }

    function _halves(uint64 a, uint64 b, uint64 product) private pure {
        _wroteHiLo(a, b, _extend(int32(uint32(product >> 32))), _extend(int32(uint32(product))));
    }

    //// 64-bit products ////

    function test_dmult_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsMultiply.execute(_pair(0x00, 0x1c));
        unchecked {
            uint128 product = uint128(int128(int64(a)) * int128(int64(b)));
            _wroteHiLo(a, b, uint64(product >> 64), uint64(product));
        }
    }

    function test_dmultu_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsMultiply.execute(_pair(0x00, 0x1d));
        uint128 product = uint128(a) * uint128(b);
        _wroteHiLo(a, b, uint64(product >> 64), uint64(product));
    }

    /// @notice A narrower lemma that does not rest on the EVM's own product: by a power of two.
    function test_dmultu_powersOfTwo_succeeds(uint64 a, uint8 exponent) external pure {
        uint256 n = _case(exponent);
        _given(a, uint64(1 << n));
        MipsMultiply.execute(_pair(0x00, 0x1d));
        _wroteHiLo(a, uint64(1 << n), uint64((a >> (63 - n)) >> 1), a << n);
    }

    /// @dev The low 6 bits as a number of its own in each of 64 cases.
    function _case(uint8 x) private pure returns (uint256) {
        for (uint256 n = 0; n < 63; ++n) {
            if (x % 64 == n) return n;
        }
        return 63;
    }

    //// Division ////

    function test_div_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsMultiply.execute(_pair(0x00, 0x1a));
        if (_word(b) == 0) return _halted(Fault.DIVISION_BY_ZERO);
        unchecked {
            _wroteHiLo(a, b, _extend(_word(a) % _word(b)), _extend(_word(a) / _word(b)));
        }
    }

    function test_divu_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsMultiply.execute(_pair(0x00, 0x1b));
        (uint32 x, uint32 y) = (uint32(a), uint32(b));
        if (y == 0) return _halted(Fault.DIVISION_BY_ZERO);
        _wroteHiLo(a, b, _extend(int32(x % y)), _extend(int32(x / y)));
    }

    function test_ddiv_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsMultiply.execute(_pair(0x00, 0x1e));
        if (b == 0) return _halted(Fault.DIVISION_BY_ZERO);
        unchecked {
            _wroteHiLo(a, b, uint64(int64(a) % int64(b)), uint64(int64(a) / int64(b)));
        }
    }

    function test_ddivu_anyOperands_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsMultiply.execute(_pair(0x00, 0x1f));
        if (b == 0) return _halted(Fault.DIVISION_BY_ZERO);
        _wroteHiLo(a, b, a % b, a / b);
    }

    /// @notice The same quotients as signed numbers, which are none of them negative.
    function test_divu_asSigned_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsMultiply.execute(_pair(0x00, 0x1b));
        (int256 x, int256 y) = (int256(uint256(uint32(a))), int256(uint256(uint32(b))));
        if (y == 0) return _halted(Fault.DIVISION_BY_ZERO);
        unchecked {
            _wroteHiLo(
                a, b, _extend(int32(uint32(uint256(x % y)))), _extend(int32(uint32(uint256(x / y))))
            );
        }
    }

    function test_ddivu_asSigned_succeeds(uint64 a, uint64 b) external pure {
        _given(a, b);
        MipsMultiply.execute(_pair(0x00, 0x1f));
        (int256 x, int256 y) = (int256(uint256(a)), int256(uint256(b)));
        if (y == 0) return _halted(Fault.DIVISION_BY_ZERO);
        unchecked {
            _wroteHiLo(a, b, uint64(uint256(x % y)), uint64(uint256(x / y)));
        }
    }

    /// @notice What overflows: the smallest number by −1.
    function test_ddiv_byMinusOne_succeeds(uint64 a) external pure {
        _given(a, type(uint64).max);
        MipsMultiply.execute(_pair(0x00, 0x1e));
        unchecked {
            _wroteHiLo(a, type(uint64).max, 0, 0 - a);
        }
    }
}
