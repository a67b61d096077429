// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title IOpMLCallback
/// @notice What a dapp implements to receive answers. Called once, after finality, with exact gas.
interface IOpMLCallback {
    /// @param outcome 1 done; 2 program error and 3 fault mean that the request failed, with empty output.
    function onInference(
        bytes32 requestId,
        uint8 outcome,
        bytes calldata output,
        bytes calldata data
    ) external;
}
