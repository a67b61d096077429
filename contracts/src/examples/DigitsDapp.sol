// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";
import {IOpMLCallback} from "../interfaces/IOpMLCallback.sol";

/// @title DigitsDapp
/// @notice A dapp in one page: asks which digit a handwritten picture shows, and keeps the answer.
contract DigitsDapp is IOpMLCallback {
    /// @notice A question and, once the contract knows it, its answer.
    struct Question {
        address asker;
        uint64 feeGwei; // zero once it was given back
        bool answered;
        uint8 digit; // 0 to 9
    }

    /// @notice Bytes of a picture: 8 × 8 pixels of 0 to 16.
    uint256 public constant PICTURE = 64;
    /// @notice Seconds in which somebody may claim an answer.
    uint256 public constant PATIENCE = 1 days;
    /// @notice Gas for `onInference`: two storage slots and an event.
    uint32 public constant CALLBACK_GAS = 100_000;

    /// @dev Status of a request in OpML: its fee was given back.
    uint8 private constant REFUNDED = 5;

    IOpML public immutable opml;
    bytes32 public immutable model;
    uint8 public immutable guest;
    uint8 public immutable profile;

    mapping(bytes32 requestId => Question) public questions;
    uint64 private _nonce;

    event DigitAsked(bytes32 indexed requestId, address indexed asker);
    event DigitRead(bytes32 indexed requestId, uint256 digit);
    /// @param outcome How the run failed: 2 program error, 3 fault.
    event DigitFailed(bytes32 indexed requestId, uint8 outcome);

    error NotOpML(address caller);
    error NotAPicture(uint256 length);
    error NotAsked(bytes32 requestId);
    error NotRefundable(bytes32 requestId);
    error TransferFailed(address to);

    /// @dev Anybody may name this contract in a request of its own, on a model of its own.
    modifier onlyAsked(bytes32 requestId) {
        if (msg.sender != address(opml)) revert NotOpML(msg.sender);
        if (questions[requestId].asker == address(0)) revert NotAsked(requestId);
        _;
    }

    constructor(IOpML opml_, bytes32 model_, uint8 guest_, uint8 profile_) {
        opml = opml_;
        model = model_;
        guest = guest_;
        profile = profile_;
    }

    /// @notice Takes what OpML gives back for a request that nobody answered.
    receive() external payable {
        if (msg.sender != address(opml)) revert NotOpML(msg.sender);
    }

    /// @notice Asks for the digit of `picture`; the value sent is the fee of who answers.
    function ask(bytes calldata picture) external payable returns (bytes32 requestId) {
        if (picture.length != PICTURE) revert NotAPicture(picture.length);
        requestId = opml.request{value: msg.value}(
            model,
            guest,
            profile,
            _nonce++,
            uint32(block.timestamp + PATIENCE),
            picture,
            address(this),
            CALLBACK_GAS,
            ""
        );
        // OpML has refused fees that are no whole gwei or beyond 64 bits of them.
        questions[requestId].asker = msg.sender;
        questions[requestId].feeGwei = uint64(msg.value / 1 gwei);
        emit DigitAsked(requestId, msg.sender);
    }

    /// @inheritdoc IOpMLCallback
    /// @dev The output is a 32-bit integer, little endian: its first byte is the digit.
    function onInference(bytes32 requestId, bytes calldata output, bytes calldata)
        external
        override
        onlyAsked(requestId)
    {
        uint8 digit = uint8(output[0]);
        questions[requestId].answered = true;
        questions[requestId].digit = digit;
        emit DigitRead(requestId, digit);
    }

    /// @inheritdoc IOpMLCallback
    function onFailure(bytes32 requestId, uint8 outcome, bytes calldata)
        external
        override
        onlyAsked(requestId)
    {
        emit DigitFailed(requestId, outcome);
    }

    /// @notice Gives an asker its fee back, after OpML's `refund` for a request that nobody has answered.
    function reclaim(bytes32 requestId) external {
        Question storage question = questions[requestId];
        uint256 fee = uint256(question.feeGwei) * 1 gwei;
        if (fee == 0 || _status(requestId) != REFUNDED) revert NotRefundable(requestId);
        question.feeGwei = 0;
        // The credit is one sum over all refunds: the first to reclaim brings it here.
        if (opml.credits(address(this)) != 0) opml.withdraw(payable(address(this)));
        (bool sent,) = question.asker.call{value: fee}("");
        if (!sent) revert TransferFailed(question.asker);
    }

    function _status(bytes32 requestId) private view returns (uint8) {
        return uint8(opml.requestSlot(requestId) >> 128);
    }
}
