// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

// The memory of one call of the verifier. Every piece has a fixed address, so that no pointer is carried
// around. The pieces lie above the few words that the compiler may spill to, and are allocated from the
// bottom up: the state by `MipsState.decode`, the rest by `MemoryProof.open`.

// The packed state, which is the pre-image of its hash: version 1 ‖ memory root 32 ‖ 36 fields of 8 bytes.
uint256 constant STATE = 0x200;
uint256 constant STATE_SIZE = 321;
uint256 constant ROOT = 0x201;
uint256 constant PC = 0x221; // pc and nextPc: one 16-byte pair
uint256 constant HI_LO = 0x231; // hi and lo: another
uint256 constant EXIT = 0x241; // stands where r0 would: while the machine runs, reading r0 gives 0
uint256 constant FIELDS_SIZE = 288;

// `mload(REGISTERS + 8 n)` ends in register n.
uint256 constant REGISTERS = 0x229;

// Address of the first leaf record that a store wrote to; of the sentinel while none did.
uint256 constant FIRST_DIRTY = 0x360;
// Address of the sentinel, which follows the last leaf record.
uint256 constant SENTINEL = 0x380;

// The last leaf's climb, before the steps, where it takes in the first neighbour that waits: the height and the node.
uint256 constant JOIN_HEIGHT = 0x3a0;
uint256 constant JOIN_NODE = 0x3c0;

// Where to look for a leaf, by the low bits of its index: the record, as an offset, of the last leaf that has them.
uint256 constant HINTS = 0x3e0;
uint256 constant HINTS_SIZE = 0x100;
uint256 constant HINT_MASK = 7;

// Height of the memory's root above its leaves.
uint256 constant TREE_HEIGHT = 39;
// Row h: the sibling at height h of the leaf that climbs now, or a finished left neighbour that waits for it.
uint256 constant SIBLINGS = 0x4e0;
uint256 constant TABLE_SIZE = 0x4e0;

// The leaf records in the order of their indices, and a sentinel. Behind it, if there are several: the zero subtrees to
// which the rows of `SIBLINGS` return after each climb.
uint256 constant LEAVES = 0x9c0;
uint256 constant LEAF_SIZE = 0xa0;
uint256 constant LEAF_INDEX = 0x00;
uint256 constant LEAF_VALUE = 0x20; // its 32 bytes as the steps leave them
uint256 constant LEAF_NODE = 0x40; // what the leaf's climb ended in, before the steps
uint256 constant LEAF_RUNS = 0x60; // where its runs of siblings stand in calldata, right behind its value
uint256 constant LEAF_STOP = 0x80; // the height at which its climb stops
