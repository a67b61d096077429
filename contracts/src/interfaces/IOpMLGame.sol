// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpMLErrors} from "./IOpMLErrors.sol";
import {IOpMLEvents} from "./IOpMLEvents.sol";

/// @title IOpMLGame
/// @notice What a question and its game call again and again, up to the answer: `OpML` answers these itself.
interface IOpMLGame is IOpMLErrors, IOpMLEvents {
    //// Asking and answering ////

    /// @notice Asks, with the value as the fee.
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
    ) external payable returns (bytes32 requestId);
    /// @notice Commits to an answer, with the profile's stake times 2^min(round, 10). What the value lacks of it is taken from the
    ///         caller's balance; more is refused.
    /// @param round The request's round, so that a commitment never lands on another one.
    /// @param profile The request's profile; held against it by `reveal`.
    /// @param content keccak(abi.encode(guest, profile, s0, n, sn, outcome, outputHash)) of the claim.
    /// @return claimId The id that the claim will have.
    function commit(bytes32 requestId, uint32 round, uint8 profile, bytes32 content)
        external
        payable
        returns (bytes32 claimId);
    /// @notice Reveals the caller's claim, two blocks and the profile's answer window after its commitment or later; the first
    ///         reveal of a round wins it.
    ///         S_0 is computed from the input, S_n from `runRoot` and the output.
    /// @param round The request's round.
    /// @param sn The asserted end state: must equal what runRoot and output give.
    function reveal(
        Request calldata request_,
        uint32 round,
        uint64 n,
        uint8 outcome,
        bytes32 runRoot,
        bytes32 sn,
        bytes calldata input,
        bytes calldata output
    ) external returns (bytes32 claimId);
    /// @notice Makes an undisputed claim final, pays it and runs the callback.
    function finalise(
        Request calldata request_,
        Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) external;

    //// Disputes ////

    /// @notice Disputes a claim, with the bond: posts what the challenger holds instead of S_n. With j disputes open on the claim
    ///         the bond is the profile's times (16 + j)/16; what the value lacks of it is taken from the caller's balance, what is
    ///         sent beyond it is added to that.
    function open(Claim calldata claim_, uint64 nonce, bytes calldata body)
        external
        payable
        returns (bytes32 disputeId);
    /// @notice Rejects entry `pick` of the last list and posts the own list of that part; only the side to move.
    function move(
        bytes32 claimId,
        address challenger,
        uint64 nonce,
        uint256 position,
        uint256 pick,
        bytes calldata body
    ) external;
    /// @notice Decides a part of at most r small steps by the guest version's verifier; anybody, but see docs/decisions/0001.
    function evaluate(
        bytes32 claimId,
        address challenger,
        uint64 nonce,
        uint256 position,
        uint256 pick,
        bytes calldata body
    ) external;
    /// @notice Decides a part of large steps that starts in FAULT; anybody, as `evaluate`.
    function evaluateFault(
        bytes32 claimId,
        address challenger,
        uint64 nonce,
        uint256 position,
        uint256 pick,
        bytes calldata body
    ) external;
    /// @notice Decides against the side to move when its clock has run out; anybody.
    function timeout(
        bytes32 claimId,
        address challenger,
        uint64 nonce,
        uint256 position,
        bytes32 listRoot
    ) external;

    //// Views ////

    /// @notice The packed request, docs/protocol.md §7.
    function requestSlot(bytes32 requestId) external view returns (uint256);
    /// @notice The packed claim, docs/protocol.md §7.
    function claimSlot(bytes32 claimId) external view returns (uint256);
    /// @notice The packed dispute, docs/protocol.md §7.
    function disputeSlot(bytes32 disputeId) external view returns (uint256);
}
