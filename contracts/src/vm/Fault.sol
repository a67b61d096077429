// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title Exit words of faults
/// @notice `0x200 | code`; docs/protocol.md §5 numbers the codes.
library Fault {
    uint256 internal constant UNALIGNED_FETCH = 0x201;
    uint256 internal constant FETCH_OUTSIDE_TEXT = 0x202;
    uint256 internal constant RESERVED_INSTRUCTION = 0x203;
    uint256 internal constant BRANCH_IN_DELAY_SLOT = 0x204;
    uint256 internal constant UNALIGNED_ACCESS = 0x205;
    uint256 internal constant ADDRESS_OUT_OF_RANGE = 0x206;
    uint256 internal constant STORE_TO_TEXT = 0x207;
    uint256 internal constant INTEGER_OVERFLOW = 0x208;
    uint256 internal constant TRAP = 0x209;
    uint256 internal constant BREAKPOINT = 0x20a;
    uint256 internal constant UNKNOWN_SYSCALL = 0x20b;
    uint256 internal constant DIVISION_BY_ZERO = 0x20c;
    uint256 internal constant LINKED_ACCESS = 0x20d;
}
