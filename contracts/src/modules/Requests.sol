// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLGame} from "../interfaces/IOpMLGame.sol";
import {RequestSlot} from "../lib/Slots.sol";
import {Asking} from "./Asking.sol";

/// @title Requests
/// @notice A question with its fee: which model, which court, which input, whom to call.
abstract contract Requests is Asking, IOpMLGame {
    /// @inheritdoc IOpMLGame
    function request(
        bytes32 model,
        uint8 guest,
        uint8 profile,
        uint64 nonce,
        uint32 deadline,
        bytes calldata input,
        address callback,
        uint32 gasLimit,
        bytes calldata data
    ) external payable override nonReentrant returns (bytes32 requestId) {
        Request memory asked = Request({
            requester: msg.sender,
            nonce: nonce,
            model: model,
            guest: guest,
            profile: profile,
            inputHash: 0,
            callback: callback,
            gasLimit: gasLimit,
            dataHash: 0
        });
        return _ask(asked, deadline, _paid(), input, data);
    }

    /// @inheritdoc IOpMLGame
    function requestSlot(bytes32 requestId) external view override returns (uint256) {
        return RequestSlot.unwrap(_requests[requestId]);
    }
}
