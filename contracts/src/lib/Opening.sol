// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "../interfaces/IOpMLErrors.sol";
import {Keccak} from "./Keccak.sol";
import {Seam} from "./Seam.sol";
import {VmState} from "./VmState.sol";

/// @title Opening
/// @notice The opening of phase 2: one large step, told as m small steps that end in the state F.
/// @dev m (8 bytes) ‖ exit word of F (8) ‖ the rest of F. docs/protocol.md §8
library Opening {
    /// @dev m and the exit word.
    uint256 private constant HEAD = 16;

    /// @notice Reads an opening and holds it against the rule of the large step.
    /// @param body Calldata that contains the opening.
    /// @param at Where in `body` it begins.
    /// @param maxSteps Small steps after which a large step is FAULT.
    /// @return m Small steps, 1 to `maxSteps`.
    /// @return size Bytes of the opening.
    /// @return hashF Hash of F.
    /// @return successor Y, what the large step's successor is if F is true.
    function read(bytes calldata body, uint256 at, uint256 maxSteps)
        internal
        pure
        returns (uint256 m, uint256 size, bytes32 hashF, bytes32 successor)
    {
        _need(body, at + HEAD);
        m = uint64(bytes8(body[at:]));
        uint64 exit = uint64(bytes8(body[at + 8:]));
        bytes calldata rest = body[at + HEAD:];

        if (exit == VmState.EXIT_OK) {
            size = HEAD + 64;
            _need(body, at + size);
            _checkSteps(m, maxSteps);
            successor = bytes32(rest[32:]);
            hashF = VmState.exited(Keccak.pair(bytes32(rest), successor), exit);
        } else if (exit != 0) {
            size = HEAD + 32;
            _need(body, at + size);
            _checkSteps(m, maxSteps);
            successor = Seam.FAULT;
            hashF = VmState.exited(bytes32(rest), exit);
        } else {
            size = HEAD + VmState.SIZE;
            _need(body, at + size);
            _checkSteps(m, maxSteps);
            successor = Seam.FAULT;
            // Still running: only after the last step that a large step may take, and only as what it says it
            // is.
            bool running = uint64(bytes8(rest[VmState.EXIT_OFFSET:])) == 0
                && uint8(rest[0]) == VmState.VERSION;
            if (m != maxSteps || !running) revert IOpMLErrors.BadFinalState();
            hashF = keccak256(rest[:VmState.SIZE]);
        }
    }

    function _need(bytes calldata body, uint256 length) private pure {
        if (body.length < length) revert IOpMLErrors.BadBodyLength(length, body.length);
    }

    function _checkSteps(uint256 m, uint256 maxSteps) private pure {
        if (m == 0 || m > maxSteps) revert IOpMLErrors.BadStepCount(m, maxSteps);
    }
}
