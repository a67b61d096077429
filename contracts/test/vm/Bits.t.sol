// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Bits} from "../../src/vm/Bits.sol";
import {Test} from "../utils/Test.sol";

/// @notice The tricks of `Bits` against their definitions.
contract BitsTest is Test {
    /// @dev The lowest `n` bytes of `x`, one after the other.
    function _reversed(uint256 x, uint256 n) private pure returns (uint256 y) {
        for (uint256 i = 0; i < n; ++i) {
            y = (y << 8) | ((x >> (8 * i)) & 0xff);
        }
    }

    function test_reverse4_anyWord_succeeds(uint32 x) public pure {
        vm.assertEq(Bits.reverse4(x), _reversed(x, 4));
    }

    function test_reverse8_anyWord_succeeds(uint64 x) public pure {
        vm.assertEq(Bits.reverse8(x), _reversed(x, 8));
    }

    function test_reverse_extremeBytes_succeeds() public pure {
        // Every word of the bytes 00 and ff, and of 01 and fe: sums that carry, and remainders that could be 0.
        for (uint256 i = 0; i < 256; ++i) {
            uint256 x;
            uint256 z;
            for (uint256 bit = 0; bit < 8; ++bit) {
                x |= (i >> bit & 1) * (0xff << (8 * bit));
                z |= (i >> bit & 1 == 0 ? 0x01 : 0xfe) << (8 * bit);
            }
            vm.assertEq(Bits.reverse8(x), _reversed(x, 8));
            vm.assertEq(Bits.reverse8(z), _reversed(z, 8));
            vm.assertEq(Bits.reverse4(uint32(x)), _reversed(x, 4));
            vm.assertEq(Bits.reverse4(uint32(z)), _reversed(z, 4));
        }
    }

    function test_log2_everyBit_succeeds(uint64 low) public pure {
        for (uint256 bit = 0; bit < 64; ++bit) {
            vm.assertEq(Bits.log2(1 << bit), bit);
            vm.assertEq(Bits.log2(1 << bit | (low & ((1 << bit) - 1))), bit);
        }
    }
}
