// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {TinyMemory} from "./TinyMemory.sol";
import {VmTest} from "./VmTest.sol";

/// @notice Loads and stores, and what is wrong with an address.
contract MipsMemoryTest is VmTest {
    using TinyMemory for TinyMemory.Leaf[];

    /// @dev Bytes 0x81, 0x82, … from `DATA` on; r1 = `DATA` + 8.
    function _access(uint32 op, uint16 offset) private pure returns (Machine memory m) {
        m = _at(_i(op, 1, 2, offset));
        m.r[1] = DATA + 8;
        for (uint256 k = 0; k < 32; ++k) {
            m.memory_ = m.memory_.store8(DATA + k, 0x81 + k);
        }
    }

    function _load(uint32 op, uint16 offset, uint64 expected) private view {
        Machine memory m = _access(op, offset);
        m.r[2] = 0xa7a6_a5a4_a3a2_a1a0;
        Machine memory n = _next(m);
        n.r[2] = expected;
        _expect(m, n, _dataWitness(m, DATA), 1);
    }

    /// @dev The store changes `size` bytes from `addr` on to those of `expected`.
    function _store(uint32 op, uint16 offset, uint64 addr, uint256 size, uint64 expected)
        private
        view
    {
        Machine memory m = _access(op, offset);
        m.r[2] = 0xa7a6_a5a4_a3a2_a1a0;
        Machine memory n = _next(m);
        for (uint256 k = 0; k < size; ++k) {
            n.memory_ = n.memory_.store8(addr + k, (expected >> (8 * k)) & 0xff);
        }
        _expect(m, n, _dataWitness(m, DATA), 1);
    }

    function test_run_loads_succeeds() public view {
        _load(0x20, 1, 0xffff_ffff_ffff_ff8a); // lb
        _load(0x24, 1, 0x8a); // lbu
        _load(0x21, 2, 0xffff_ffff_ffff_8c8b); // lh
        _load(0x25, 2, 0x8c8b); // lhu
        _load(0x23, 4, 0xffff_ffff_908f_8e8d); // lw
        _load(0x27, 4, 0x908f_8e8d); // lwu
        _load(0x37, 0xfff8, 0x8887_8685_8483_8281); // ld, negative offset
    }

    function test_run_unalignedLoads_succeeds() public view {
        _load(0x22, 0, 0xffff_ffff_89a2_a1a0); // lwl
        _load(0x22, 1, 0xffff_ffff_8a89_a1a0);
        _load(0x22, 3, 0xffff_ffff_8c8b_8a89);
        _load(0x26, 0, 0xffff_ffff_8c8b_8a89); // lwr
        _load(0x26, 1, 0xffff_ffff_a38c_8b8a);
        _load(0x26, 3, 0xffff_ffff_a3a2_a18c);
        _load(0x1a, 0, 0x89a6_a5a4_a3a2_a1a0); // ldl
        _load(0x1a, 6, 0x8f8e_8d8c_8b8a_89a0);
        _load(0x1a, 7, 0x908f_8e8d_8c8b_8a89);
        _load(0x1b, 0, 0x908f_8e8d_8c8b_8a89); // ldr
        _load(0x1b, 1, 0xa790_8f8e_8d8c_8b8a);
        _load(0x1b, 7, 0xa7a6_a5a4_a3a2_a190);
    }

    function test_run_loadToZero_succeeds() public view {
        Machine memory m = _access(0x37, 0);
        m.memory_ = m.memory_.store32(PC, _i(0x37, 1, 0, 0));
        _expect(m, _next(m), _dataWitness(m, DATA), 1);
    }

    function test_run_stores_succeeds() public view {
        _store(0x28, 3, DATA + 11, 1, 0xa0); // sb
        _store(0x29, 2, DATA + 10, 2, 0xa1a0); // sh
        _store(0x2b, 4, DATA + 12, 4, 0xa3a2_a1a0); // sw
        _store(0x3f, 0x10, DATA + 24, 8, 0xa7a6_a5a4_a3a2_a1a0); // sd
    }

    function test_run_unalignedStores_succeeds() public view {
        _store(0x2a, 0, DATA + 8, 1, 0xa3); // swl
        _store(0x2a, 5, DATA + 12, 2, 0xa3a2);
        _store(0x2a, 3, DATA + 8, 4, 0xa3a2_a1a0);
        _store(0x2e, 0, DATA + 8, 4, 0xa3a2_a1a0); // swr
        _store(0x2e, 5, DATA + 13, 3, 0xa2_a1a0);
        _store(0x2e, 3, DATA + 11, 1, 0xa0);
        _store(0x2c, 0, DATA + 8, 1, 0xa7); // sdl
        _store(0x2c, 6, DATA + 8, 7, 0xa7_a6a5_a4a3_a2a1);
        _store(0x2d, 1, DATA + 9, 7, 0xa6_a5a4_a3a2_a1a0); // sdr
        _store(0x2d, 7, DATA + 15, 1, 0xa0);
    }

    function test_run_storeToLastLeaf_succeeds() public view {
        Machine memory m = _at(_i(0x3f, 1, 2, 0));
        m.r[1] = (1 << 44) - 8;
        Machine memory n = _next(m);
        n.memory_ = n.memory_.store32(m.r[1], m.r[2] & 0xffff_ffff);
        n.memory_ = n.memory_.store32(m.r[1] + 4, m.r[2] >> 32);
        _expect(m, n, _dataWitness(m, m.r[1]), 1);
    }

    function test_run_unalignedAccess_succeeds() public view {
        uint8[8] memory ops = [0x21, 0x23, 0x25, 0x27, 0x29, 0x2b, 0x37, 0x3f];
        for (uint256 i = 0; i < ops.length; ++i) {
            Machine memory m = _access(ops[i], 1);
            _expectFault(m, 5);
            // Before the range, and before the text, is looked at.
            m.r[1] = type(uint64).max - 1;
            _expectFault(m, 5);
            m.r[1] = 0;
            _expectFault(m, 5);
        }
    }

    function test_run_addressOutOfRange_succeeds() public view {
        uint8[9] memory ops = [0x20, 0x22, 0x26, 0x1a, 0x1b, 0x37, 0x28, 0x2a, 0x3f];
        for (uint256 i = 0; i < ops.length; ++i) {
            Machine memory m = _access(ops[i], 0);
            m.r[1] = 1 << 44;
            _expectFault(m, 6);
            m = _access(ops[i], 0xfff8);
            m.r[1] = 0;
            _expectFault(m, 6);
        }
    }

    function test_run_storeToText_succeeds() public view {
        uint8[8] memory ops = [0x28, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e, 0x3f];
        for (uint256 i = 0; i < ops.length; ++i) {
            Machine memory m = _access(ops[i], 0);
            m.r[1] = (1 << 24) - 8;
            _expectFault(m, 7);
        }
    }

    function test_run_loadFromText_succeeds() public view {
        Machine memory m = _at(_i(0x23, 1, 2, 0));
        m.r[1] = PC;
        Machine memory n = _next(m);
        n.r[2] = _i(0x23, 1, 2, 0) | 0xffff_ffff_0000_0000;
        _expectStep(m, n);
    }

    function test_run_linkedAccess_succeeds() public view {
        uint8[4] memory ops = [0x30, 0x34, 0x38, 0x3c];
        for (uint256 i = 0; i < ops.length; ++i) {
            _expectFault(_access(ops[i], 1), 13);
        }
    }

    function test_run_storesOfWindow_succeeds() public view {
        // The upper leaf, the lower one, the upper one again; the leaf between them only waits.
        Machine memory m = _at(_i(0x3f, 3, 2, 0));
        m.memory_ = m.memory_.store32(PC + 4, _i(0x3f, 1, 2, 0));
        m.memory_ = m.memory_.store32(PC + 8, _i(0x28, 3, 4, 1));
        m.memory_ = m.memory_.store32(PC + 12, _i(0x37, 3, 5, 0));
        (m.r[1], m.r[3]) = (DATA, DATA + 64);
        (m.r[2], m.r[4]) = (0x1122_3344_5566_7788, 0xff);
        Machine memory n = _copy(m);
        (n.pc, n.nextPc, n.r[5]) = (PC + 16, PC + 20, 0x1122_3344_5566_ff88);
        n.memory_ = n.memory_.store32(DATA, 0x5566_7788);
        n.memory_ = n.memory_.store32(DATA + 4, 0x1122_3344);
        n.memory_ = n.memory_.store32(DATA + 64, 0x5566_ff88);
        n.memory_ = n.memory_.store32(DATA + 68, 0x1122_3344);
        uint256[] memory indices = new uint256[](4);
        (indices[0], indices[1]) = (PC / 32, DATA / 32);
        (indices[2], indices[3]) = (DATA / 32 + 1, DATA / 32 + 2);
        _expect(m, n, _witness(m, indices), 4);
    }
}
