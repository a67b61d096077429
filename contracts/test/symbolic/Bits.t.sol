// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Fault} from "../../src/vm/Fault.sol";
import {MipsBits} from "../../src/vm/MipsBits.sol";
import {Machine} from "./Machine.sol";

/// @title Counting bits, bit fields and byte order, for all operands
contract BitsSymbolic is Machine {
    //// Counting, bit by bit from the top ////

    function test_clz_anyOperand_succeeds(uint64 a) external pure {
        _given(a, 0);
        MipsBits.count(_register(0x1c, 0x20));
        _wroteRd(a, 0, _leadingZeros(a << 32, 32));
    }

    function test_clo_anyOperand_succeeds(uint64 a) external pure {
        _given(a, 0);
        MipsBits.count(_register(0x1c, 0x21));
        _wroteRd(a, 0, _leadingZeros(~(a << 32), 32));
    }

    function test_dclz_anyOperand_succeeds(uint64 a) external pure {
        _given(a, 0);
        MipsBits.count(_register(0x1c, 0x24));
        _wroteRd(a, 0, _leadingZeros(a, 64));
    }

    function test_dclo_anyOperand_succeeds(uint64 a) external pure {
        _given(a, 0);
        MipsBits.count(_register(0x1c, 0x25));
        _wroteRd(a, 0, _leadingZeros(~a, 64));
    }

    /// @dev Of the upper `width` bits. A bit that is not zero ends the count, without a branch.
    function _leadingZeros(uint64 x, uint256 width) private pure returns (uint64 n) {
        uint64 ended = 0;
        unchecked {
            for (uint256 i = 0; i < width; ++i) {
                ended |= x >> 63;
                x <<= 1;
                n += 1 - ended;
            }
        }
    }

    //// Fields: a field is moved to the top of the register, and down from there ////

    function test_ext_anyField_succeeds(uint64 a, uint64 b, uint8 sa, uint8 rd) external pure {
        (uint256 lowest, uint256 size) = (_case(sa), _case(rd) + 1);
        _field(a, b, 0x00, lowest, size - 1);
        if (lowest + size > 32) return _halted(Fault.RESERVED_INSTRUCTION);
        _wroteRt(a, _extend(int32((uint32(a) << (32 - size - lowest)) >> (32 - size))));
    }

    function test_dext_anyField_succeeds(uint64 a, uint64 b, uint8 sa, uint8 rd) external pure {
        (uint256 lowest, uint256 size) = (_case(sa), _case(rd) + 1);
        _field(a, b, 0x03, lowest, size - 1);
        _extracted(a, lowest, size);
    }

    function test_dextm_anyField_succeeds(uint64 a, uint64 b, uint8 sa, uint8 rd) external pure {
        (uint256 lowest, uint256 size) = (_case(sa), _case(rd) + 33);
        _field(a, b, 0x01, lowest, size - 33);
        _extracted(a, lowest, size);
    }

    function test_dextu_anyField_succeeds(uint64 a, uint64 b, uint8 sa, uint8 rd) external pure {
        (uint256 lowest, uint256 size) = (_case(sa) + 32, _case(rd) + 1);
        _field(a, b, 0x02, lowest - 32, size - 1);
        _extracted(a, lowest, size);
    }

    function test_ins_anyField_succeeds(uint64 a, uint64 b, uint8 sa, uint8 rd) external pure {
        (uint256 lowest, uint256 highest) = (_case(sa), _case(rd));
        _field(a, b, 0x04, lowest, highest);
        if (highest < lowest) return _halted(Fault.RESERVED_INSTRUCTION);
        _wroteRt(a, _extend(int32(uint32(_insert(b, a, lowest, highest)))));
    }

    function test_dins_anyField_succeeds(uint64 a, uint64 b, uint8 sa, uint8 rd) external pure {
        (uint256 lowest, uint256 highest) = (_case(sa), _case(rd));
        _field(a, b, 0x07, lowest, highest);
        _inserted(a, b, lowest, highest);
    }

    function test_dinsm_anyField_succeeds(uint64 a, uint64 b, uint8 sa, uint8 rd) external pure {
        (uint256 lowest, uint256 highest) = (_case(sa), _case(rd) + 32);
        _field(a, b, 0x05, lowest, highest - 32);
        _inserted(a, b, lowest, highest);
    }

    function test_dinsu_anyField_succeeds(uint64 a, uint64 b, uint8 sa, uint8 rd) external pure {
        (uint256 lowest, uint256 highest) = (_case(sa) + 32, _case(rd) + 32);
        _field(a, b, 0x06, lowest - 32, highest - 32);
        _inserted(a, b, lowest, highest);
    }

    function _field(uint64 a, uint64 b, uint256 funct, uint256 sa, uint256 rd) private pure {
        _given(a, b);
        MipsBits.field(_pair(0x1f, funct) | (rd << 11) | (sa << 6));
    }

    function _extracted(uint64 a, uint256 lowest, uint256 size) private pure {
        if (lowest + size > 64) return _halted(Fault.RESERVED_INSTRUCTION);
        _wroteRt(a, (a << (64 - size - lowest)) >> (64 - size));
    }

    function _inserted(uint64 a, uint64 b, uint256 lowest, uint256 highest) private pure {
        if (highest < lowest) return _halted(Fault.RESERVED_INSTRUCTION);
        _wroteRt(a, _insert(b, a, lowest, highest));
    }

    /// @dev `old`'s bits above `highest`, then `from`'s low bits, then `old`'s bits below `lowest`.
    function _insert(uint64 old, uint64 from, uint256 lowest, uint256 highest)
        private
        pure
        returns (uint64)
    {
        uint64 above = ((old >> highest) >> 1) << 1 << highest;
        uint64 middle = (from << (63 - (highest - lowest))) >> (63 - highest);
        uint64 below = ((old << (63 - lowest)) << 1) >> 1 >> (63 - lowest);
        return above | middle | below;
    }

    /// @dev The low 5 bits as a number of its own in each of 32 cases: solvers do poorly on shifts by
    ///      unknown amounts.
    function _case(uint8 x) private pure returns (uint256) {
        for (uint256 n = 0; n < 31; ++n) {
            if (x % 32 == n) return n;
        }
        return 31;
    }

    //// Bytes and halves, named one by one ////

    function test_seb_anyOperand_succeeds(uint64 b) external pure {
        _shuffle(b, 0x20, 0x10);
        _wroteRd(0, b, uint64(int64(int8(uint8(b)))));
    }

    function test_seh_anyOperand_succeeds(uint64 b) external pure {
        _shuffle(b, 0x20, 0x18);
        _wroteRd(0, b, uint64(int64(int16(uint16(b)))));
    }

    function test_wsbh_anyOperand_succeeds(uint64 b) external pure {
        _shuffle(b, 0x20, 0x02);
        bytes8 x = bytes8(b);
        _wroteRd(0, b, _extend(int32(uint32(bytes4(bytes.concat(x[5], x[4], x[7], x[6]))))));
    }

    function test_dsbh_anyOperand_succeeds(uint64 b) external pure {
        _shuffle(b, 0x24, 0x02);
        bytes8 x = bytes8(b);
        bytes memory swapped = bytes.concat(x[1], x[0], x[3], x[2], x[5], x[4], x[7], x[6]);
        _wroteRd(0, b, uint64(bytes8(swapped)));
    }

    function test_dshd_anyOperand_succeeds(uint64 b) external pure {
        _shuffle(b, 0x24, 0x05);
        bytes8 x = bytes8(b);
        bytes memory swapped = bytes.concat(x[6], x[7], x[4], x[5], x[2], x[3], x[0], x[1]);
        _wroteRd(0, b, uint64(bytes8(swapped)));
    }

    function _shuffle(uint64 b, uint256 funct, uint256 sa) private pure {
        _given(0, b);
        MipsBits.shuffle((0x1f << 26) | (RT << 16) | (RD << 11) | (sa << 6) | funct);
    }
}
