// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";
import {IOpMLTypes} from "../interfaces/IOpMLTypes.sol";
import {IOpMLCallback} from "../interfaces/IOpMLCallback.sol";
import {Ids} from "../lib/Ids.sol";
import {Payout} from "../lib/Payout.sol";
import {ClaimSlot, ClaimSlotLib, RequestSlot, RequestSlotLib} from "../lib/Slots.sol";
import {IAIOracleCallback} from "./AIOracleCallbackReceiver.sol";
import {IAIOracle} from "./IAIOracle.sol";
import {OraModels} from "./OraModels.sol";

/// @title OraFront
/// @notice OpML behind the interface of the ORA AI oracle: dapps change the address, and no line.
/// @dev Ids are those of OpML. An answer is delivered after finality; a front that is deployed with `early` also
///      hands out an open claim when somebody asks for it, and `isFinalized` says that it is not final then.
contract OraFront is IAIOracle, IOpMLCallback, OraModels {
    /// @notice What the front keeps of a question, in one slot.
    struct Question {
        address account;
        uint64 feeGwei; // zero once it was given back
        bool delivered; // the final answer has been handed out
    }

    /// @notice Seconds in which somebody may claim an answer.
    uint256 public constant PATIENCE = 7 days;

    /// @dev What delivering takes beside the dapp's own gas and the 63rd of it that a call does not hand on: fixed, and for each byte
    ///      of output (copied twice, logged).
    uint256 private constant DELIVERY_GAS = 100_000;
    uint256 private constant DELIVERY_GAS_PER_BYTE = 24;
    /// @dev What is left for the end of a delivery.
    uint256 private constant GAS_MARGIN = 30_000;

    IOpML public immutable opml;
    uint8 public immutable guest;
    uint8 public immutable profile;
    /// @notice Whether open claims may be handed out.
    bool public immutable early;

    mapping(uint256 requestId => Question) public questions;
    /// @notice Hash of the output that was handed out last before finality.
    mapping(uint256 requestId => bytes32) public shown;
    /// @notice What an account can withdraw: fees of questions that nobody answered.
    mapping(address account => uint256) public credits;
    uint64 private _nonce;

    /// @notice An open claim was handed out: its output may still be rejected.
    event NotFinal(uint256 indexed requestId, bytes32 indexed claimId);
    event FeeReturned(uint256 indexed requestId, address indexed account, uint256 amount);
    event Withdrawn(address indexed account, uint256 amount);

    error UnsupportedDA(DA inputDA, DA outputDA);
    error InsufficientFee(uint256 required, uint256 sent);
    error CallbackWithoutGas(address callbackContract, uint64 gasLimit);
    error BatchOfNone();
    error NotOpML(address caller);
    error NotAsked(uint256 requestId);
    error NotEarly();
    error WrongClaim(bytes32 claimId, uint8 status);
    error WrongRequest(bytes32 expected, bytes32 got);
    error WrongOutput(bytes32 expected, bytes32 got);
    error WrongData(bytes32 expected, bytes32 got);
    error AlreadyDelivered(uint256 requestId);
    error AlreadyShown(uint256 requestId, bytes32 outputHash);
    error NotRefunded(uint256 requestId);
    error NotEnoughGas(uint256 required, uint256 available);
    error CallbackFailed(address callbackContract);
    error TransferFailed(address to);

    constructor(
        IOpML opml_,
        uint8 guest_,
        uint8 profile_,
        bool early_,
        address registrar_,
        uint64 gasPriceGwei_
    ) OraModels(registrar_, gasPriceGwei_) {
        opml = opml_;
        guest = guest_;
        profile = profile_;
        early = early_;
    }

    /// @notice Takes what OpML gives back for questions that nobody answered.
    receive() external payable {
        if (msg.sender != address(opml)) revert NotOpML(msg.sender);
    }

    //// Asking ////

    /// @inheritdoc IAIOracle
    function requestCallback(
        uint256 modelId,
        bytes calldata input,
        address callbackContract,
        uint64 gasLimit,
        bytes calldata callbackData
    ) external payable override returns (uint256) {
        return _ask(1, modelId, input, callbackContract, gasLimit, callbackData);
    }

    /// @inheritdoc IAIOracle
    function requestCallback(
        uint256 modelId,
        bytes calldata input,
        address callbackContract,
        uint64 gasLimit,
        bytes calldata callbackData,
        DA inputDA,
        DA outputDA
    ) external payable override returns (uint256) {
        _checkPlaces(inputDA, outputDA);
        return _ask(1, modelId, input, callbackContract, gasLimit, callbackData);
    }

    /// @inheritdoc IAIOracle
    function requestBatchInference(
        uint256 batchSize,
        uint256 modelId,
        bytes calldata input,
        address callbackContract,
        uint64 gasLimit,
        bytes calldata callbackData,
        DA inputDA,
        DA outputDA
    ) external payable override returns (uint256) {
        _checkPlaces(inputDA, outputDA);
        if (batchSize == 0) revert BatchOfNone();
        return _ask(batchSize, modelId, input, callbackContract, gasLimit, callbackData);
    }

    function _checkPlaces(DA inputDA, DA outputDA) private pure {
        // What lies elsewhere can be withheld from who would dispute.
        if (inputDA != DA.Calldata || outputDA != DA.Calldata) {
            revert UnsupportedDA(inputDA, outputDA);
        }
    }

    function _ask(
        uint256 batch,
        uint256 modelId,
        bytes calldata input,
        address callbackContract,
        uint64 gasLimit,
        bytes calldata callbackData
    ) private returns (uint256 requestId) {
        Model memory model = _active(modelId);
        uint256 fee = _fee(model, gasLimit, batch);
        if (msg.value < fee) revert InsufficientFee(fee, msg.value);
        if ((gasLimit == 0) != (callbackContract == address(0))) {
            revert CallbackWithoutGas(callbackContract, gasLimit);
        }
        bytes memory data =
            abi.encode(modelId, msg.sender, callbackContract, gasLimit, callbackData);
        uint256 wholeLimit = uint256(gasLimit) + gasLimit / 63 + DELIVERY_GAS
            + DELIVERY_GAS_PER_BYTE * opml.models(model.id).maxOutput;
        requestId = uint256(
            opml.request{value: msg.value}(
                model.id,
                guest,
                profile,
                _nonce++,
                uint32(block.timestamp + PATIENCE),
                input,
                address(this),
                // OpML has a lower bound than 32 bits, and names it.
                wholeLimit > type(uint32).max ? type(uint32).max : uint32(wholeLimit),
                data
            )
        );
        // OpML has refused fees that are no whole gwei or beyond 64 bits of them.
        questions[requestId] = Question(msg.sender, uint64(msg.value / 1 gwei), false);
        emit AICallbackRequest(
            msg.sender, requestId, modelId, input, callbackContract, gasLimit, callbackData
        );
    }

    //// Answers ////

    /// @inheritdoc IOpMLCallback
    /// @dev A dapp that fails makes this fail: OpML notes it, and anybody may try again, there or by `deliver`.
    function onInference(bytes32 requestId, bytes calldata output, bytes calldata data)
        external
        override
    {
        _receive(requestId, 1, output, data);
    }

    /// @inheritdoc IOpMLCallback
    function onFailure(bytes32 requestId, uint8 outcome, bytes calldata data) external override {
        _receive(requestId, outcome, data[:0], data);
    }

    function _receive(bytes32 requestId, uint8 outcome, bytes calldata output, bytes calldata data)
        private
    {
        if (msg.sender != address(opml)) revert NotOpML(msg.sender);
        // Delivered by `deliver` in the meantime: nothing is left to do.
        if (questions[uint256(requestId)].delivered) return;
        _deliver(uint256(requestId), outcome, output, data);
    }

    /// @notice Hands out a final answer that the dapp did not take when OpML delivered it; anybody. Unlike OpML's own
    ///         retry it runs outside of OpML's lock, so that the dapp may ask its next question from within the callback.
    function deliver(
        IOpMLTypes.Request calldata request_,
        IOpMLTypes.Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) external {
        uint256 requestId = _checkAnswer(request_, claim_, output, data, ClaimSlotLib.FINAL);
        if (questions[requestId].delivered) revert AlreadyDelivered(requestId);
        _deliver(requestId, claim_.outcome, output, data);
    }

    /// @notice Hands out the output of an open claim, which may still be rejected; anybody, where `early` is set. The
    ///         final answer follows unless it is the same.
    function show(
        IOpMLTypes.Request calldata request_,
        IOpMLTypes.Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) external {
        if (!early) revert NotEarly();
        uint256 requestId = _checkAnswer(request_, claim_, output, data, ClaimSlotLib.OPEN);
        if (claim_.outcome != 1) {
            revert WrongClaim(Ids.ofSentClaim(claim_), ClaimSlotLib.OPEN);
        }
        if (shown[requestId] == claim_.outputHash) {
            revert AlreadyShown(requestId, claim_.outputHash);
        }
        shown[requestId] = claim_.outputHash;
        emit NotFinal(requestId, Ids.ofSentClaim(claim_));
        _hand(requestId, 1, output, data);
    }

    function _deliver(uint256 requestId, uint8 outcome, bytes calldata output, bytes calldata data)
        private
    {
        // Anybody may name this contract in a request of its own.
        if (questions[requestId].account == address(0)) revert NotAsked(requestId);
        questions[requestId].delivered = true;
        if (outcome == 1 && early && shown[requestId] == keccak256(output)) return;
        _hand(requestId, outcome, output, data);
    }

    /// @notice Calls the dapp with exactly the gas that it asked for.
    function _hand(uint256 requestId, uint8 outcome, bytes calldata output, bytes calldata data)
        private
    {
        (, address account, address callbackContract, uint64 gasLimit, bytes memory callbackData) =
            abi.decode(data, (uint256, address, address, uint64, bytes));
        if (outcome == 1) emit AICallbackResult(account, requestId, msg.sender, output);
        if (callbackContract == address(0)) return;
        bytes memory message = outcome == 1
            ? abi.encodeCall(IAIOracleCallback.aiOracleCallback, (requestId, output, callbackData))
            : abi.encodeCall(
                IAIOracleCallback.aiOracleCallbackError,
                (requestId, IAIOracleCallback.AIOracleError.InvalidInput, "", callbackData)
            );
        uint256 required = uint256(gasLimit) + gasLimit / 63 + GAS_MARGIN;
        uint256 available = gasleft();
        if (available < required) revert NotEnoughGas(required, available);
        bool taken;
        // No return data is copied. An account without code would accept any call.
        assembly ("memory-safe") {
            if extcodesize(callbackContract) {
                taken := call(
                    gasLimit,
                    callbackContract,
                    0,
                    add(message, 0x20),
                    mload(message),
                    0,
                    0
                )
            }
        }
        if (!taken) revert CallbackFailed(callbackContract);
    }

    /// @notice Checks that request, claim, output and data belong together and to a question of this front, and that
    ///         the claim has the given status.
    function _checkAnswer(
        IOpMLTypes.Request calldata request_,
        IOpMLTypes.Claim calldata claim_,
        bytes calldata output,
        bytes calldata data,
        uint8 status
    ) private view returns (uint256 requestId) {
        bytes32 claimId = Ids.ofSentClaim(claim_);
        uint8 found = ClaimSlot.wrap(opml.claimSlot(claimId)).status();
        if (found != status) revert WrongClaim(claimId, found);
        bytes32 id = Ids.ofRequestAt(address(opml), request_);
        if (id != claim_.requestId) revert WrongRequest(claim_.requestId, id);
        if (keccak256(output) != claim_.outputHash) {
            revert WrongOutput(claim_.outputHash, keccak256(output));
        }
        if (keccak256(data) != request_.dataHash) {
            revert WrongData(request_.dataHash, keccak256(data));
        }
        requestId = uint256(id);
        if (questions[requestId].account == address(0)) revert NotAsked(requestId);
    }

    //// Money ////

    /// @notice Credits the fee of a question that nobody answered, after OpML's `refund` of it; anybody.
    function reclaim(uint256 requestId) external {
        Question storage question = questions[requestId];
        uint256 amount = uint256(question.feeGwei) * 1 gwei;
        if (amount == 0 || _status(requestId) != RequestSlotLib.REFUNDED) {
            revert NotRefunded(requestId);
        }
        question.feeGwei = 0;
        credits[question.account] += amount;
        emit FeeReturned(requestId, question.account, amount);
        // OpML's credit is one sum over all refunds: the first to reclaim brings it here.
        if (opml.credits(address(this)) != 0) opml.withdraw(payable(address(this)));
    }

    /// @notice Sends the caller's whole credit to `to`.
    function withdraw(address payable to) external {
        uint256 amount = credits[msg.sender];
        credits[msg.sender] = 0;
        emit Withdrawn(msg.sender, amount);
        if (!Payout.send(to, amount)) revert TransferFailed(to);
    }

    //// Views ////

    /// @inheritdoc IAIOracle
    function estimateFee(uint256 modelId, uint256 gasLimit)
        external
        view
        override
        returns (uint256)
    {
        return _fee(_known(modelId), gasLimit, 1);
    }

    /// @inheritdoc IAIOracle
    function estimateFeeBatch(uint256 modelId, uint256 gasLimit, uint256 batchSize)
        external
        view
        override
        returns (uint256)
    {
        return _fee(_known(modelId), gasLimit, batchSize);
    }

    /// @inheritdoc IAIOracle
    function isFinalized(uint256 requestId) external view override returns (bool) {
        if (questions[requestId].account == address(0)) return false;
        uint8 status = _status(requestId);
        return status == RequestSlotLib.DONE || status == RequestSlotLib.FAILED;
    }

    function _status(uint256 requestId) private view returns (uint8) {
        return RequestSlot.wrap(opml.requestSlot(bytes32(requestId))).status();
    }

    function _opml() internal view override returns (IOpML) {
        return opml;
    }
}
