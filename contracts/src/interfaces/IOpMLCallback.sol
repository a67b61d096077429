// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title IOpMLCallback
/// @notice What a dapp implements to receive answers. Called once, after finality, with exact gas.
/// @dev Two checks are the dapp's: that OpML calls, and that it has asked. Anybody may name any callback in a
///      request, on any model and court, so the answer to a request that is not the dapp's own says nothing.
interface IOpMLCallback {
    /// @param outcome 1 done; 2 program error and 3 fault mean that the request failed, with empty output.
    function onInference(
        bytes32 requestId,
        uint8 outcome,
        bytes calldata output,
        bytes calldata data
    ) external;
}
