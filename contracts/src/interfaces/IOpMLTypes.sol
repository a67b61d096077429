// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IStepVerifier} from "./IStepVerifier.sol";

/// @title IOpMLTypes
/// @notice What the protocol speaks of. docs/protocol.md has the bytes of every id and slot.
interface IOpMLTypes {
    /// @notice The court's clockwork; append-only, named by number in a request.
    struct Profile {
        uint32 window; // seconds in which a claim may be disputed
        uint32 clock; // seconds each side starts a dispute with
        uint16 increment; // seconds a side gains per move
        uint16 secondsPerBlock; // at most this much is charged per block
        uint8 arityBits; // k = 2^arityBits, 1 to 6
        uint64 stakeGwei; // in units, which are gwei but where the money is a token
        uint64 bondGwei; // alike
        uint16 answerWindow; // seconds from a commitment to its reveal, in which validators answer; 0: no attention
    }

    /// @notice The machine: guest program and the verifier of its steps; append-only.
    struct GuestVersion {
        bytes32 root; // G of the freshly loaded guest
        IStepVerifier verifier;
        uint64 entry; // pc of the first step
        uint8 maxStepsBits; // a large step runs at most 2^maxStepsBits small steps
        uint8 maxEvaluated; // r, 1 to 16
    }

    /// @notice Bounds that a model's own header states.
    struct ModelBounds {
        uint64 maxLargeSteps;
        uint32 minInput;
        uint32 maxInput;
        uint32 maxOutput;
    }

    /// @notice What a request id is a hash of, with chain and contract before it.
    struct Request {
        address requester;
        uint64 nonce;
        bytes32 model;
        uint8 guest;
        uint8 profile;
        bytes32 inputHash;
        address callback; // zero: none
        uint32 gasLimit;
        bytes32 dataHash;
    }

    /// @notice One of a batch of questions: what `request` takes, and its fee.
    struct Question {
        bytes32 model;
        uint8 guest;
        uint8 profile;
        uint64 nonce;
        uint32 deadline;
        bytes input;
        address callback; // zero: none
        uint32 gasLimit;
        bytes data;
        uint256 fee; // in wei, or base units of the token
    }

    /// @notice What has become of a request. The numbers but the last are those in its slot.
    enum RequestStatus {
        None, // there is no such request
        Open, // takes a claim
        Claimed, // the round's claim is made; it may still be disputed, or be rejected and wait to be collected
        Done, // answered for good
        Failed, // for good without an output: the run ends in a program error or a fault
        Refunded, // ended without an answer
        Annulled // ended because its guest version was retired
    }

    /// @notice What a claim id is a hash of; docs/protocol.md §7.
    struct Claim {
        bytes32 requestId;
        uint32 round;
        uint8 guest;
        uint8 profile;
        address submitter;
        bytes32 s0;
        uint64 n;
        bytes32 sn;
        uint8 outcome; // 1 done, 2 program error, 3 fault
        bytes32 outputHash;
    }
}
