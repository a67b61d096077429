// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {Asking} from "./Asking.sol";
import {Delegated} from "./Delegated.sol";

/// @title Batches
/// @notice Many questions in one call. Each is a request of its own, as if it had been asked alone.
abstract contract Batches is Asking, Delegated, IBackOffice {
    /// @inheritdoc IBackOffice
    function requestBatch(Question[] calldata questions)
        external
        payable
        override
        delegated
        nonReentrant
        returns (bytes32[] memory requestIds)
    {
        requestIds = new bytes32[](questions.length);
        uint256 fees;
        for (uint256 i = 0; i < questions.length; ++i) {
            Question calldata question = questions[i];
            Request memory asked = Request({
                requester: msg.sender,
                nonce: question.nonce,
                model: question.model,
                guest: question.guest,
                profile: question.profile,
                inputHash: 0,
                callback: question.callback,
                gasLimit: question.gasLimit,
                dataHash: 0
            });
            requestIds[i] =
                _ask(asked, question.deadline, question.fee, question.input, question.data);
            fees += question.fee;
        }
        uint256 paid = _paid();
        if (!_cover(fees, paid)) revert WrongFees(fees, paid);
    }
}
