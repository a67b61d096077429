// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {AIOracleCallbackReceiver} from "../../src/ora/AIOracleCallbackReceiver.sol";
import {IAIOracle} from "../../src/ora/IAIOracle.sol";

/// @title Prompt
/// @notice The dapp that everybody begins with on the AI oracle: asks a prompt, keeps the answer by model and prompt.
///         Knows nothing of OpML.
contract Prompt is AIOracleCallbackReceiver {
    struct AIOracleRequest {
        address sender;
        uint256 modelId;
        bytes input;
        bytes output;
    }

    event PromptsUpdated(
        uint256 requestId, uint256 modelId, string input, string output, bytes callbackData
    );
    event PromptRequest(uint256 requestId, address sender, uint256 modelId, string prompt);
    event PromptFailed(uint256 requestId, AIOracleError error);

    /// @dev A language model, whose answers are long to keep.
    uint256 private constant LLAMA = 11;

    mapping(uint256 requestId => AIOracleRequest) public requests;
    mapping(uint256 modelId => mapping(string prompt => string)) public prompts;
    /// @notice The model that is asked about the answer of another one; zero: none.
    mapping(uint256 modelId => uint256) public nextModel;

    constructor(IAIOracle aiOracle_) AIOracleCallbackReceiver(aiOracle_) {}

    function setNextModel(uint256 modelId, uint256 next) external {
        nextModel[modelId] = next;
    }

    /// @notice Gas of the callback, as the public templates set it by model.
    function callbackGas(uint256 modelId) public pure returns (uint64) {
        return modelId == LLAMA ? 5_000_000 : 500_000;
    }

    function estimateFee(uint256 modelId) public view returns (uint256) {
        return aiOracle.estimateFee(modelId, callbackGas(modelId));
    }

    function calculateAIResult(uint256 modelId, string calldata prompt)
        external
        payable
        returns (uint256)
    {
        return _ask(modelId, bytes(prompt), msg.value);
    }

    function getAIResult(uint256 modelId, string calldata prompt)
        external
        view
        returns (string memory)
    {
        return prompts[modelId][prompt];
    }

    function aiOracleCallback(uint256 requestId, bytes calldata output, bytes calldata callbackData)
        external
        override
        onlyAIOracleCallback
    {
        AIOracleRequest storage request = requests[requestId];
        require(request.sender != address(0), "request does not exist");
        request.output = output;
        prompts[request.modelId][string(request.input)] = string(output);
        emit PromptsUpdated(
            requestId, request.modelId, string(request.input), string(output), callbackData
        );
        uint256 next = nextModel[request.modelId];
        if (next != 0) _ask(next, output, estimateFee(next));
    }

    function aiOracleCallbackError(
        uint256 requestId,
        AIOracleError error,
        bytes calldata,
        bytes calldata
    ) external override onlyAIOracleCallback {
        emit PromptFailed(requestId, error);
    }

    function _ask(uint256 modelId, bytes memory prompt, uint256 value) private returns (uint256) {
        bytes memory input = prompt;
        uint256 requestId = aiOracle.requestCallback{value: value}(
            modelId, input, address(this), callbackGas(modelId), "kept"
        );
        AIOracleRequest storage request = requests[requestId];
        request.input = input;
        request.sender = msg.sender;
        request.modelId = modelId;
        emit PromptRequest(requestId, msg.sender, modelId, string(input));
        return requestId;
    }

    receive() external payable {}
}
