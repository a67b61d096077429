// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLTypes} from "./IOpMLTypes.sol";
import {IStepVerifier} from "./IStepVerifier.sol";

/// @title IOpMLEvents
/// @notice Everything that a party needs to answer is in them: nodes read logs only.
interface IOpMLEvents is IOpMLTypes {
    /// @notice A guest version was appended under the next number.
    event GuestVersionAdded(
        uint8 indexed guest,
        bytes32 root,
        IStepVerifier verifier,
        uint64 entry,
        uint8 maxStepsBits,
        uint8 maxEvaluated
    );
    /// @notice A guest version takes no more requests, commitments, claims and disputes, and gives no more verdicts: what is open
    ///         under it goes back.
    event GuestVersionRetired(uint8 indexed guest);
    /// @notice A key plays for a party, in disputes on claims that are revealed from the next second on.
    event OperatorNamed(address indexed party, address indexed operator);
    /// @notice A key plays no more, in disputes on claims that are revealed from the next second on.
    event OperatorDismissed(address indexed party, address indexed operator);
    /// @notice A profile was appended under the next number.
    event ProfileAdded(uint8 indexed profile, Profile parameters);
    /// @notice A model was proved to begin with a valid header; its id is its content.
    event ModelRegistered(bytes32 indexed model, ModelBounds bounds);
    /// @notice A request is open to claims.
    /// @param deadline Time after which no commitment is accepted; a clock later the fee can be refunded.
    event Requested(
        bytes32 indexed requestId,
        bytes32 indexed model,
        Request request,
        uint256 fee,
        uint32 deadline,
        bytes input,
        bytes data
    );
    /// @notice Somebody has committed to an answer, with the stake of the round. Its content is not known yet.
    /// @param profile The profile whose stake was paid.
    event Committed(
        bytes32 indexed claimId,
        bytes32 indexed requestId,
        address submitter,
        uint32 round,
        uint8 profile
    );
    /// @notice The stake of a commitment that was not revealed was credited, less the fee that was burned.
    event TakenBack(bytes32 indexed claimId, bytes32 indexed requestId);
    /// @notice A claim is revealed and open to disputes; its window begins.
    /// @param runRoot C_n for outcomes 1 and 2, zero for outcome 3.
    event Claimed(
        bytes32 indexed claimId,
        bytes32 indexed requestId,
        Claim claim,
        bytes32 runRoot,
        bytes output
    );
    /// @notice A challenger disputes a claim; the submitter is to move.
    /// @param opening Empty, or the bytes of a phase-2 opening when n = 1.
    /// @param list The p entries of the list, 32 bytes each.
    event Opened(
        bytes32 indexed disputeId,
        bytes32 indexed claimId,
        address challenger,
        uint64 nonce,
        uint256 position,
        bytes opening,
        bytes list
    );
    /// @notice The side to move rejected `end` and posted its list of that part; the other side is to move.
    /// @param pick The entry of the previous list that the mover rejected, from 1.
    /// @param position The position after the move.
    event Moved(
        bytes32 indexed disputeId,
        bytes32 indexed claimId,
        uint256 position,
        uint256 pick,
        bytes32 start,
        bytes32 end,
        bytes opening,
        bytes list
    );
    /// @notice The verdict on a dispute. Winner 2 also rejects the claim.
    /// @param winner 1 the submitter, 2 the challenger.
    /// @param byProof False when a clock ran out.
    event Decided(
        bytes32 indexed disputeId,
        bytes32 indexed claimId,
        uint8 winner,
        bool byProof,
        address caller
    );
    /// @notice How a dispute was decided by proof; comes before `Decided`.
    /// @param truth The true successor of the last segment's start.
    event Evaluated(
        bytes32 indexed disputeId, uint256 pick, bytes32 start, bytes32 end, bytes32 truth
    );
    /// @notice What lay in a dispute was credited, and burned where it was lost.
    event Collected(bytes32 indexed disputeId, bytes32 indexed claimId);
    /// @notice The request of a rejected claim is open to its next round. Emitted by `collect`.
    /// @param deadline The request's, which is never earlier than a clock after this.
    event ClaimRejected(
        bytes32 indexed claimId, bytes32 indexed requestId, bytes32 disputeId, uint32 deadline
    );
    /// @notice The final claim of its request says what is owed of a claim that was timed out.
    /// @param right Whether both have the same S_n.
    event Judged(bytes32 indexed claimId, bytes32 indexed requestId, bool right);
    /// @notice A claim is final: its output, which `Claimed` has told, is the answer of the request, or it has none.
    event Finalised(bytes32 indexed requestId, bytes32 indexed claimId, uint8 outcome);
    /// @notice The callback took the answer.
    event CallbackDelivered(bytes32 indexed requestId, address callback);
    /// @notice The callback reverted or has no code; anybody may retry it.
    event CallbackFailed(bytes32 indexed requestId, address callback);
    /// @notice The fee of a request without an answer was credited to its requester.
    event Refunded(bytes32 indexed requestId, address requester, uint256 amount);
    /// @notice The refund was for the retirement of the request's guest version; comes after `Refunded`. What waits in its disputes
    ///         and commitments can be fetched whole.
    event RequestAnnulled(bytes32 indexed requestId);
    /// @notice The stake of an open claim was credited, because its guest version was retired.
    event ClaimAnnulled(bytes32 indexed claimId, bytes32 indexed requestId);
    /// @notice The output of a final claim is kept as the code of `data`, behind one byte; `getOutput` reads it.
    event Published(bytes32 indexed requestId, bytes32 indexed claimId, address data);
    /// @notice `account` can withdraw `amount` more.
    event Credited(address indexed account, uint256 amount);
    /// @notice `account` has paid `amount` of a fee, a stake or a bond out of its balance.
    event Debited(address indexed account, uint256 amount);
    /// @notice `amount` stays in the contract for ever.
    event Burned(uint256 amount);
    /// @notice `account` sent `amount` of its credit to `to`.
    event Withdrawn(address indexed account, address to, uint256 amount);
}
