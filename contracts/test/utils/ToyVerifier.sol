// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IStepVerifier} from "../../src/interfaces/IStepVerifier.sol";

/// @title A machine with one word of state
/// @notice For tests of the game, which must not care what machine it judges. The state is a word `p`, its hash
///         `keccak256("opml.toy" ‖ p)`, one step `p := keccak256(p)`. The witness is `p` before the steps.
contract ToyVerifier is IStepVerifier {
    /// @notice The witness is not one word.
    error WrongWitnessLength(uint256 length);
    /// @notice A run has 1 to 16 steps.
    error BadStepCount(uint256 steps);

    /// @inheritdoc IStepVerifier
    function run(uint256 steps, bytes calldata witness)
        external
        pure
        returns (bytes32 startHash, bytes32 endHash)
    {
        if (witness.length != 32) revert WrongWitnessLength(witness.length);
        if (steps == 0 || steps > 16) revert BadStepCount(steps);
        bytes32 p = bytes32(witness);
        startHash = _hash(p);
        for (; steps != 0; --steps) {
            p = keccak256(bytes.concat(p));
        }
        endHash = _hash(p);
    }

    function _hash(bytes32 p) private pure returns (bytes32) {
        return keccak256(bytes.concat("opml.toy", p));
    }
}
