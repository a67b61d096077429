// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLCallback} from "../../../src/interfaces/IOpMLCallback.sol";

/// @title Moody
/// @notice A receiver that takes answers when it likes, each at most once.
contract Moody is IOpMLCallback {
    /// @notice It takes no answer now.
    error NotNow(bytes32 requestId);
    /// @notice It has had one.
    error Again(bytes32 requestId);

    bool public takes;
    mapping(bytes32 requestId => bool) public answered;

    function turn() external {
        takes = !takes;
    }

    /// @inheritdoc IOpMLCallback
    function onInference(bytes32 requestId, bytes calldata, bytes calldata) external override {
        take(requestId);
    }

    /// @inheritdoc IOpMLCallback
    function onFailure(bytes32 requestId, uint8, bytes calldata) external override {
        take(requestId);
    }

    function take(bytes32 requestId) private {
        if (!takes) revert NotNow(requestId);
        if (answered[requestId]) revert Again(requestId);
        answered[requestId] = true;
    }
}
