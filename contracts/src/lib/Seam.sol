// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {Keccak} from "./Keccak.sol";
import {LittleEndian} from "./LittleEndian.sol";
import {Subtree} from "./Subtree.sol";
import {ZeroHashes} from "./ZeroHashes.sol";

/// @title Seam
/// @notice Both ends of a run as the contract computes them from the bytes of a request and of an answer:
///         docs/protocol.md §2. S = keccak(R ‖ M), R = keccak(C ‖ O), M the model id.
library Seam {
    /// @notice The state after a large step that has no other successor; its own successor.
    bytes32 internal constant FAULT = keccak256("opml.fault.v1");

    /// @notice The run reached HALT.
    uint8 internal constant DONE = 1;
    /// @notice A record was refused.
    uint8 internal constant PROGRAM_ERROR = 2;
    /// @notice A large step had no proper end.
    uint8 internal constant FAULTED = 3;

    /// @dev Heights of the roots of the input (the upper half of C) and of O.
    uint256 private constant INPUT_HEIGHT = 35;
    uint256 private constant OUTPUT_HEIGHT = 36;

    /// @notice S_0: the input in its place, everything else of the run quarter zero.
    function startState(bytes calldata input, bytes32 model) internal pure returns (bytes32) {
        bytes32 length = bytes32(bytes8(LittleEndian.swap64(uint64(input.length))));
        bytes32 c = Keccak.pair(ZeroHashes.Z35, Subtree.root(length, input, INPUT_HEIGHT));
        return Keccak.pair(Keccak.pair(c, ZeroHashes.Z36), model);
    }

    /// @notice S_n of a run that ended with `outcome`.
    /// @param runRoot C_n, opaque: S_n has one true value, whatever is put here. Unused for FAULTED.
    /// @param output The bytes of the answer; empty unless `outcome` is DONE.
    function endState(bytes32 runRoot, uint8 outcome, bytes calldata output, bytes32 model)
        internal
        pure
        returns (bytes32)
    {
        if (outcome == FAULTED) return FAULT;
        return Keccak.pair(Keccak.pair(runRoot, outputRoot(outcome, output)), model);
    }

    /// @notice O of a halted run.
    /// @param complete The word that says how it halted: DONE or PROGRAM_ERROR.
    function outputRoot(uint8 complete, bytes calldata output) internal pure returns (bytes32) {
        uint256 head = uint256(LittleEndian.swap64(complete)) << 192;
        uint256 length = uint256(LittleEndian.swap64(uint64(output.length))) << 128;
        return Subtree.root(bytes32(head | length), output, OUTPUT_HEIGHT);
    }
}
