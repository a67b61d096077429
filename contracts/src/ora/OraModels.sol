// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";
import {IOpMLErrors} from "../interfaces/IOpMLErrors.sol";

/// @title OraModels
/// @notice The numbers by which dapps of the AI oracle know models. A number never changes its meaning.
abstract contract OraModels {
    /// @notice A model under a number.
    struct Model {
        bytes32 id; // root of the model quarter
        uint64 feeGwei; // per question
        bool retired; // takes no more questions
    }

    /// @notice May append numbers, change fees and the price of gas, and retire; nothing else.
    address public immutable registrar;
    /// @notice Gwei per gas of a callback that a fee has to cover.
    uint64 public gasPriceGwei;

    mapping(uint256 modelId => Model) internal _models;

    event ModelAdded(uint256 indexed modelId, bytes32 indexed model, uint64 feeGwei);
    event FeeChanged(uint256 indexed modelId, uint64 feeGwei);
    event ModelRetired(uint256 indexed modelId);
    event GasPriceChanged(uint64 gasPriceGwei);

    error NotRegistrar(address caller);
    error ModelIdTaken(uint256 modelId, bytes32 model);
    error UnknownModelId(uint256 modelId);
    error ModelIsRetired(uint256 modelId);

    modifier onlyRegistrar() {
        if (msg.sender != registrar) revert NotRegistrar(msg.sender);
        _;
    }

    constructor(address registrar_, uint64 gasPriceGwei_) {
        registrar = registrar_;
        gasPriceGwei = gasPriceGwei_;
        emit GasPriceChanged(gasPriceGwei_);
    }

    /// @notice Gives a registered model a number.
    function addModel(uint256 modelId, bytes32 model, uint64 feeGwei) external onlyRegistrar {
        if (_models[modelId].id != 0) revert ModelIdTaken(modelId, _models[modelId].id);
        if (_opml().models(model).maxLargeSteps == 0) revert IOpMLErrors.UnknownModel(model);
        _models[modelId] = Model(model, feeGwei, false);
        emit ModelAdded(modelId, model, feeGwei);
    }

    /// @notice Changes the fee of later questions.
    function setFee(uint256 modelId, uint64 feeGwei) external onlyRegistrar {
        _known(modelId).feeGwei = feeGwei;
        emit FeeChanged(modelId, feeGwei);
    }

    /// @notice Takes no more questions under a number; those that were asked go on.
    function retire(uint256 modelId) external onlyRegistrar {
        _known(modelId).retired = true;
        emit ModelRetired(modelId);
    }

    /// @notice Changes the price of a callback's gas for later questions.
    function setGasPrice(uint64 gasPriceGwei_) external onlyRegistrar {
        gasPriceGwei = gasPriceGwei_;
        emit GasPriceChanged(gasPriceGwei_);
    }

    /// @notice What a number stands for; zeroes if nothing.
    function getModel(uint256 modelId) external view returns (Model memory) {
        return _models[modelId];
    }

    /// @notice Fee in wei of `batch` questions with one callback of `gasLimit`.
    function _fee(Model memory model, uint256 gasLimit, uint256 batch)
        internal
        view
        returns (uint256)
    {
        return (uint256(model.feeGwei) * batch + gasPriceGwei * gasLimit) * 1 gwei;
    }

    function _known(uint256 modelId) internal view returns (Model storage model) {
        model = _models[modelId];
        if (model.id == 0) revert UnknownModelId(modelId);
    }

    /// @notice A model that takes questions.
    function _active(uint256 modelId) internal view returns (Model memory model) {
        model = _known(modelId);
        if (model.retired) revert ModelIsRetired(modelId);
    }

    function _opml() internal view virtual returns (IOpML);
}
