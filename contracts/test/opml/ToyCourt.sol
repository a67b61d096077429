// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IStepVerifier} from "../../src/interfaces/IStepVerifier.sol";
import {Toy} from "./Toy.sol";

/// @title The court of the toy machine
/// @notice Witness: 0 ‖ guest ‖ C ‖ O ‖ model ‖ j (8 bytes) of a running state, or 1 ‖ root ‖ exit (8) of an
///         exited one.
contract ToyCourt is IStepVerifier {
    error BadWitness();

    /// @inheritdoc IStepVerifier
    function run(uint256 steps, bytes calldata witness)
        external
        pure
        returns (bytes32 startHash, bytes32 endHash)
    {
        if (witness.length == 137 && witness[0] == 0) {
            bytes32 guest = bytes32(witness[1:]);
            bytes32 c = bytes32(witness[33:]);
            bytes32 o = bytes32(witness[65:]);
            bytes32 model = bytes32(witness[97:]);
            uint256 j = uint64(bytes8(witness[129:]));
            startHash = Toy.smallFrom(guest, c, o, model, j);
            endHash = Toy.smallFrom(guest, c, o, model, j + steps);
        } else if (witness.length == 41 && witness[0] == 0x01) {
            startHash = Toy.exited(bytes32(witness[1:]), uint64(bytes8(witness[33:])));
            endHash = startHash;
        } else {
            revert BadWitness();
        }
    }
}
