// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IOpML} from "../interfaces/IOpML.sol";
import {IOpMLTypes} from "../interfaces/IOpMLTypes.sol";
import {IAttentionEvents} from "./IAttentionEvents.sol";

/// @title IAttention
/// @notice Pays validators for computing what others claim, and takes a deposit from who does not. docs/protocol.md §11
interface IAttention is IAttentionEvents {
    //// Seats ////

    /// @notice Takes a seat on a model's roster from the next epoch on, with what its deposit lacks.
    function join(bytes32 model) external payable;
    /// @notice Gives the seat up from the next epoch on. The deposit answers for what was enrolled until then, and can be released
    ///         an epoch later.
    function leave(bytes32 model) external;
    /// @notice Takes the seat of a slashed validator off the roster; anybody.
    function vacate(bytes32 model, address validator) external;
    /// @notice Credits the caller's deposit when nothing that it answers for can be judged any more.
    function release(bytes32 model) external;

    //// Requests ////

    /// @notice Puts a request before the validators of its model, with a reward for each that may be drawn. Anybody, before the
    ///         first commitment; the request need not have been made yet. What was enrolled in an earlier epoch is enrolled anew,
    ///         and its funder's reward comes back.
    function enrol(IOpMLTypes.Request calldata request_) external payable;
    /// @notice Fixes who is drawn, by the hash of the first commitment's block; anybody, while the chain knows it.
    function draw(bytes32 requestId) external;
    /// @notice The caller's answer, keccak(abi.encode(requestId, S_n, caller)); one, inside the answer window. It also draws, if
    ///         nobody has.
    /// @dev Whether the caller was drawn is asked when it counts: then, not here.
    function answer(bytes32 requestId, bytes32 value) external;
    /// @notice Credits what no reward was paid of to who enrolled, when the time of judgement is over; anybody.
    function reclaim(bytes32 requestId) external;

    //// Judgement ////

    /// @notice Credits the reward of a validator that was drawn and called, and has answered right; anybody.
    /// @param final_ The final claim of the request.
    /// @param index Which of the draws was the validator's seat.
    function reward(IOpMLTypes.Claim calldata final_, address validator, uint256 index) external;
    /// @notice Takes G from a validator that was drawn and called, and has not answered right: a quarter is the caller's, the rest
    ///         is burned. From the next epoch on its seat is empty.
    function slash(IOpMLTypes.Claim calldata final_, address validator, uint256 index) external;
    /// @notice Sends the caller's whole credit to `to`.
    function withdraw(address payable to) external;

    //// Views ////

    /// @notice The protocol whose requests these are.
    function opml() external view returns (IOpML);
    /// @notice The terms; nobody can change them.
    function terms() external view returns (Terms memory);
    /// @notice The epoch of this moment.
    function currentEpoch() external view returns (uint256);
    /// @notice Seconds charged since the first commitment until which answers are accepted.
    function answersFor() external view returns (uint256);
    /// @notice The whole deposit of a seat.
    function seatDeposit() external view returns (uint256);
    /// @notice A validator of a model; zeroes if it was never one.
    function members(bytes32 model, address validator) external view returns (Member memory);
    /// @notice Seats of a model's roster in an epoch, the next one at most.
    function rosterSize(bytes32 model, uint256 epoch) external view returns (uint256);
    /// @notice Who has a seat in an epoch. Only of seats below the roster's size.
    function occupant(bytes32 model, uint256 seat, uint256 epoch) external view returns (address);
    /// @notice Requests that were enrolled for a model in an epoch.
    function enrolled(bytes32 model, uint256 epoch) external view returns (uint256);
    /// @notice A request before the validators; zeroes if it is not.
    function enrolments(bytes32 requestId) external view returns (Enrolment memory);
    /// @notice A validator's answer: zero if there is none, one if it was judged.
    function answers(bytes32 requestId, address validator) external view returns (bytes32);
    /// @notice What `account` can withdraw.
    function credits(address account) external view returns (uint256);
}
