// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IBackOffice} from "../interfaces/IBackOffice.sol";
import {CodeStore} from "../lib/CodeStore.sol";
import {Ids} from "../lib/Ids.sol";
import {ClaimSlotLib, RequestSlot, RequestSlotLib} from "../lib/Slots.sol";
import {Callbacks} from "./Callbacks.sol";
import {Delegated} from "./Delegated.sol";

/// @title Answers
/// @notice What has become of a request, for contracts; and final answers to be pulled: callbacks that failed, outputs that
///         somebody has paid to keep.
/// @dev An output is not kept by itself, because a request has one slot and most answers are pushed: docs/protocol.md §8.
abstract contract Answers is Callbacks, Delegated, IBackOffice {
    /// @inheritdoc IBackOffice
    function retryCallback(
        Request calldata request_,
        Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) external override delegated nonReentrant {
        _finalClaim(claim_);
        _checkAnswer(request_, claim_, output, data);
        bytes32 requestId = claim_.requestId;
        RequestSlot slot = _requests[requestId];
        uint8 state = slot.callbackState();
        if (state != RequestSlotLib.CALLBACK_FAILED) revert CallbackNotPending(requestId, state);

        _deliver(requestId, slot, request_, claim_.outcome, output, data);
    }

    /// @inheritdoc IBackOffice
    function publish(Claim calldata claim_, bytes calldata output)
        external
        override
        delegated
        nonReentrant
    {
        bytes32 claimId = _finalClaim(claim_);
        bytes32 outputHash = keccak256(output);
        if (outputHash != claim_.outputHash) revert WrongOutput(claim_.outputHash, outputHash);
        bytes32 requestId = claim_.requestId;
        Publication storage publication = _publications[requestId];
        if (publication.data != address(0)) revert AlreadyPublished(requestId);
        if (output.length > CodeStore.MAX_LENGTH) {
            revert BadOutputLength(output.length, CodeStore.MAX_LENGTH);
        }
        address data = CodeStore.write(output);
        if (data == address(0)) revert NotStored(requestId);

        (publication.data, publication.outcome) = (data, claim_.outcome);
        emit Published(requestId, claimId, data);
    }

    /// @inheritdoc IBackOffice
    function getOutput(bytes32 requestId)
        external
        view
        override
        delegated
        returns (uint8 outcome, bytes memory output)
    {
        Publication storage publication = _publications[requestId];
        if (publication.data == address(0)) revert NotPublished(requestId);
        return (publication.outcome, CodeStore.read(publication.data));
    }

    /// @inheritdoc IBackOffice
    function isFinalized(bytes32 requestId) external view override delegated returns (bool) {
        uint8 state = _requests[requestId].status();
        return state == RequestSlotLib.DONE || state == RequestSlotLib.FAILED;
    }

    /// @inheritdoc IBackOffice
    function status(bytes32 requestId) external view override delegated returns (RequestStatus) {
        RequestSlot slot = _requests[requestId];
        return slot.isAnnulled() ? RequestStatus.Annulled : RequestStatus(slot.status());
    }

    /// @notice Refuses a claim that is not final.
    function _finalClaim(Claim calldata claim_) private view returns (bytes32 claimId) {
        claimId = Ids.ofSentClaim(claim_);
        uint8 state = _claims[claimId].status();
        if (state != ClaimSlotLib.FINAL) revert ClaimNotFinal(claimId, state);
    }
}
