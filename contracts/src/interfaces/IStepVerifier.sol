// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title IStepVerifier
/// @notice What a guest version names as its court: anything that can prove a run of small steps.
interface IStepVerifier {
    /// @notice Proves `steps` consecutive small steps.
    /// @param steps How many, 1 to 16. A state that has exited is its own successor.
    /// @param witness Everything the steps touch; docs/protocol.md §6 for the MIPS verifier.
    /// @return startHash Hash of the state that the witness opens.
    /// @return endHash Hash of its successor after `steps` steps.
    /// Reverts on a malformed witness, never on a provable step.
    function run(uint256 steps, bytes calldata witness)
        external
        view
        returns (bytes32 startHash, bytes32 endHash);
}
