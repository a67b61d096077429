// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IAIOracle} from "./IAIOracle.sol";

/// @title IAIOracleCallback
/// @notice What an AI oracle calls on a dapp.
interface IAIOracleCallback {
    /// @notice Why there is no output.
    enum AIOracleError {
        InvalidInput,
        InvalidBatchSize
    }

    /// @notice The answer. Selector 0xb0347814.
    function aiOracleCallback(uint256 requestId, bytes calldata output, bytes calldata callbackData)
        external;
    /// @notice The run failed: no output will ever be. Selector 0x8e6fd006.
    function aiOracleCallbackError(
        uint256 requestId,
        AIOracleError error,
        bytes calldata message,
        bytes calldata callbackData
    ) external;
}

/// @title AIOracleCallbackReceiver
/// @notice Base of dapps that take answers from an AI oracle.
abstract contract AIOracleCallbackReceiver is IAIOracleCallback {
    /// @notice The only caller of the callbacks.
    IAIOracle public immutable aiOracle;

    error UnauthorizedCallbackSource(IAIOracle expected, address found);

    modifier onlyAIOracleCallback() {
        if (msg.sender != address(aiOracle)) {
            revert UnauthorizedCallbackSource(aiOracle, msg.sender);
        }
        _;
    }

    constructor(IAIOracle aiOracle_) {
        aiOracle = aiOracle_;
    }

    /// @inheritdoc IAIOracleCallback
    function aiOracleCallback(uint256 requestId, bytes calldata output, bytes calldata callbackData)
        external
        virtual
        override;

    /// @inheritdoc IAIOracleCallback
    /// @dev A dapp that does nothing about failures need not say so.
    function aiOracleCallbackError(uint256, AIOracleError, bytes calldata, bytes calldata)
        external
        virtual
        override
        onlyAIOracleCallback
    {}

    /// @notice Whether the answer can no longer change.
    function isFinalized(uint256 requestId) external view virtual returns (bool) {
        return aiOracle.isFinalized(requestId);
    }
}
