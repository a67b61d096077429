// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title IAIOracle
/// @notice The interface of the ORA AI oracle that dapps already call, selector for selector and topic for topic.
interface IAIOracle {
    /// @notice Where input or output lies. Only calldata is disputable here.
    enum DA {
        Calldata,
        Blob,
        IPFS
    }

    /// @notice A question was asked; it is a request of OpML under the same id.
    event AICallbackRequest(
        address indexed account,
        uint256 indexed requestId,
        uint256 modelId,
        bytes input,
        address callbackContract,
        uint64 gasLimit,
        bytes callbackData
    );
    /// @notice An answer was handed out. Whether it is final says `isFinalized`.
    event AICallbackResult(
        address indexed account, uint256 indexed requestId, address invoker, bytes output
    );

    /// @notice Asks model `modelId`; the value is the fee.
    /// @param callbackContract Receives the answer, or zero with a gas limit of zero: nobody is called.
    function requestCallback(
        uint256 modelId,
        bytes calldata input,
        address callbackContract,
        uint64 gasLimit,
        bytes calldata callbackData
    ) external payable returns (uint256 requestId);
    /// @notice The same with the places of input and output named.
    function requestCallback(
        uint256 modelId,
        bytes calldata input,
        address callbackContract,
        uint64 gasLimit,
        bytes calldata callbackData,
        DA inputDA,
        DA outputDA
    ) external payable returns (uint256 requestId);
    /// @notice Asks a model that takes a batch as its input, for the fee of `batchSize` questions.
    function requestBatchInference(
        uint256 batchSize,
        uint256 modelId,
        bytes calldata input,
        address callbackContract,
        uint64 gasLimit,
        bytes calldata callbackData,
        DA inputDA,
        DA outputDA
    ) external payable returns (uint256 requestId);
    /// @notice The least value that `requestCallback` takes.
    function estimateFee(uint256 modelId, uint256 gasLimit) external view returns (uint256);
    /// @notice The least value that `requestBatchInference` takes.
    function estimateFeeBatch(uint256 modelId, uint256 gasLimit, uint256 batchSize)
        external
        view
        returns (uint256);
    /// @notice Whether the answer, or the failure, can no longer change.
    function isFinalized(uint256 requestId) external view returns (bool);
}
