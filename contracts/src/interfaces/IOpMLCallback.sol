// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title IOpMLCallback
/// @notice What a dapp implements to receive answers. One of the two is called, once, after finality, with exact gas.
/// @dev Two checks are the dapp's: that OpML calls, and that it has asked. Anybody may name any callback in a
///      request, on any model and court, so the answer to a request that is not the dapp's own says nothing.
interface IOpMLCallback {
    /// @notice The answer.
    /// @param data What the request gave along.
    function onInference(bytes32 requestId, bytes calldata output, bytes calldata data) external;
    /// @notice The run failed for good: there is no output, and there will be none.
    /// @param outcome 2 program error, 3 fault.
    function onFailure(bytes32 requestId, uint8 outcome, bytes calldata data) external;
}
