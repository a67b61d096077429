// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IStepVerifier} from "./interfaces/IStepVerifier.sol";
import {MemoryProof} from "./vm/MemoryProof.sol";
import {MipsState} from "./vm/MipsState.sol";
import {MipsStep} from "./vm/MipsStep.sol";

/// @title Verifier of the MIPS64 machine's small steps
/// @notice docs/protocol.md: §5 is the machine, §6 the witness. Stateless: the hash of the state that a witness opens says
///         whether it is the one in dispute.
contract MipsVerifier is IStepVerifier {
    /// @notice A run has 1 to 16 steps.
    error BadStepCount(uint256 steps);

    uint256 private constant MAX_STEPS = 16;

    /// @inheritdoc IStepVerifier
    function run(uint256 steps, bytes calldata witness)
        external
        pure
        returns (bytes32 startHash, bytes32 endHash)
    {
        if (steps == 0 || steps > MAX_STEPS) revert BadStepCount(steps);
        uint256 cursor;
        uint256 end;
        assembly ("memory-safe") {
            cursor := witness.offset
            end := add(cursor, witness.length)
        }
        cursor = MipsState.decode(cursor);
        MipsState.setRoot(MemoryProof.open(cursor, end));
        startHash = MipsState.hash();

        (uint256 pc, uint256 nextPc) = MipsState.pcs();
        unchecked {
            for (; MipsState.running(); --steps) {
                if (steps == 0) {
                    MipsState.setPcs(pc, nextPc);
                    break;
                }
                (pc, nextPc) = MipsStep.step(pc, nextPc);
            }
        }
        if (MemoryProof.dirty()) MipsState.setRoot(MemoryProof.newRoot());
        endHash = MipsState.hash();
    }
}
