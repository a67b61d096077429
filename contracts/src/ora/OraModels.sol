// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";
import {IOpMLErrors} from "../interfaces/IOpMLErrors.sol";

/// @title OraModels
/// @notice The numbers by which dapps of the AI oracle know models. A number never changes its meaning; what its model costs, and
///         whether it takes questions, is said by the model's owner.
/// @dev Fees and owners belong to a front, never to OpML: there anybody may register any model, and who came first must not be
///      the one who prices it (docs/decisions/0011).
abstract contract OraModels {
    /// @notice A model under a number.
    struct Model {
        bytes32 id; // root of the model quarter
        address owner; // may change the fee, retire, and name the next owner
        uint64 feeGwei; // per question
        bool retired; // takes no more questions
    }

    /// @notice May append numbers and change the price of gas; nothing else.
    address public immutable registrar;
    /// @notice Gwei per gas of a callback that a fee has to cover.
    uint64 public gasPriceGwei;

    mapping(uint256 modelId => Model) internal _models;

    event ModelAdded(
        uint256 indexed modelId, bytes32 indexed model, address indexed owner, uint64 feeGwei
    );
    event OwnerChanged(uint256 indexed modelId, address indexed owner);
    event FeeChanged(uint256 indexed modelId, uint64 feeGwei);
    event ModelRetired(uint256 indexed modelId);
    event GasPriceChanged(uint64 gasPriceGwei);

    error NotRegistrar(address caller);
    error NotModelOwner(uint256 modelId, address owner, address caller);
    error ModelWithoutOwner(uint256 modelId);
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

    /// @notice Gives a registered model a number and an owner.
    function addModel(uint256 modelId, bytes32 model, address owner, uint64 feeGwei)
        external
        onlyRegistrar
    {
        if (_models[modelId].id != 0) revert ModelIdTaken(modelId, _models[modelId].id);
        if (_opml().models(model).maxLargeSteps == 0) revert IOpMLErrors.UnknownModel(model);
        if (owner == address(0)) revert ModelWithoutOwner(modelId);
        _models[modelId] = Model(model, owner, feeGwei, false);
        emit ModelAdded(modelId, model, owner, feeGwei);
    }

    /// @notice Changes the fee of later questions; the model's owner.
    function setFee(uint256 modelId, uint64 feeGwei) external {
        _owned(modelId).feeGwei = feeGwei;
        emit FeeChanged(modelId, feeGwei);
    }

    /// @notice Takes no more questions under a number, for good; those that were asked go on. The model's owner.
    function retire(uint256 modelId) external {
        _owned(modelId).retired = true;
        emit ModelRetired(modelId);
    }

    /// @notice Hands a model to its next owner; the model's owner.
    function setOwner(uint256 modelId, address owner) external {
        if (owner == address(0)) revert ModelWithoutOwner(modelId);
        _owned(modelId).owner = owner;
        emit OwnerChanged(modelId, owner);
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

    /// @notice A model of the caller.
    function _owned(uint256 modelId) private view returns (Model storage model) {
        model = _known(modelId);
        if (msg.sender != model.owner) {
            revert NotModelOwner(modelId, model.owner, msg.sender);
        }
    }

    /// @notice A model that takes questions.
    function _active(uint256 modelId) internal view returns (Model memory model) {
        model = _known(modelId);
        if (model.retired) revert ModelIsRetired(modelId);
    }

    function _opml() internal view virtual returns (IOpML);
}
