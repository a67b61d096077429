// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {EXIT, STATE} from "../../src/vm/Layout.sol";
import {MipsState} from "../../src/vm/MipsState.sol";
import {Raw} from "../../src/vm/Raw.sol";

/// @title Base of the properties that are proved for all operands
/// @notice A property sets the registers r1, r2 and r3, executes one instruction on them by the verifier's own library,
///         and states what it must have come to in terms as far from the library's as they can be: Solidity's sized
///         signed types, single bits and bytes, where the library computes in 256 bits with masks and sign extensions.
///
///         `cargo xtask symbolic` proves each for all values of its parameters; `forge test` tries some.
abstract contract Machine {
    uint256 internal constant RS = 1;
    uint256 internal constant RT = 2;
    uint256 internal constant RD = 3;
    uint64 internal constant OLD = 0x0123_4567_89ab_cdef; // in r3
    uint64 internal constant HI = 0x1111_2222_3333_4444;
    uint64 internal constant LO = 0x5555_6666_7777_8888;

    /// @dev Beyond the verifier's memory map.
    uint256 private constant FREE_MEMORY = 0x8000;

    //// Before ////

    /// @notice A running machine with `a` in r1 and `b` in r2.
    function _given(uint64 a, uint64 b) internal pure {
        uint256 used;
        assembly ("memory-safe") {
            used := mload(0x40)
            mstore(0x40, FREE_MEMORY)
        }
        assert(used <= STATE);
        _set(RS, a);
        _set(RT, b);
        _set(RD, OLD);
        MipsState.setHiLo(HI, LO);
    }

    function _set(uint256 n, uint64 value) internal pure {
        MipsState.setRd(n << 11, value);
    }

    //// Instructions ////

    /// @notice `op rd, rs, rt`, by opcode and funct.
    function _register(uint256 op, uint256 funct) internal pure returns (uint256) {
        return (op << 26) | (RS << 21) | (RT << 16) | (RD << 11) | funct;
    }

    /// @notice `op rs, rt`, with result elsewhere.
    function _pair(uint256 op, uint256 funct) internal pure returns (uint256) {
        return (op << 26) | (RS << 21) | (RT << 16) | funct;
    }

    /// @notice `op rt, rs, immediate`.
    function _immediate(uint256 op, uint16 immediate) internal pure returns (uint256) {
        return (op << 26) | (RS << 21) | (RT << 16) | immediate;
    }

    //// After ////

    /// @notice r3 has a new value, and nothing else.
    function _wroteRd(uint64 a, uint64 b, uint64 value) internal pure {
        _expect(a, b, value, HI, LO);
    }

    /// @notice r2 has a new value, and nothing else.
    function _wroteRt(uint64 a, uint64 value) internal pure {
        _expect(a, value, OLD, HI, LO);
    }

    /// @notice hi and lo have new values, and nothing else.
    function _wroteHiLo(uint64 a, uint64 b, uint64 hi, uint64 lo) internal pure {
        _expect(a, b, OLD, hi, lo);
    }

    /// @notice The machine has stopped, and forgotten everything else.
    function _halted(uint256 exitWord) internal pure {
        assert(_exit() == exitWord);
        _registers(0, 0, 0, 0, 0);
    }

    function _expect(uint64 a, uint64 b, uint64 d, uint64 hi, uint64 lo) internal pure {
        assert(_exit() == 0);
        _registers(a, b, d, hi, lo);
    }

    function _registers(uint64 a, uint64 b, uint64 d, uint64 hi, uint64 lo) private pure {
        assert(MipsState.register(RS) == a);
        assert(MipsState.register(RT) == b);
        assert(MipsState.register(RD) == d);
        (uint256 newHi, uint256 newLo) = MipsState.hiLo();
        assert(newHi == hi);
        assert(newLo == lo);
    }

    function _exit() private pure returns (uint256) {
        return Raw.load(EXIT) >> 192;
    }

    //// Numbers ////

    /// @notice The low half as a signed number.
    function _word(uint64 x) internal pure returns (int32) {
        return int32(uint32(x));
    }

    /// @notice A signed word in a register.
    function _extend(int32 x) internal pure returns (uint64) {
        return uint64(int64(x));
    }
}
