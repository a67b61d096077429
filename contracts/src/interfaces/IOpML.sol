// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

import {IStepVerifier} from "./IStepVerifier.sol";

/// @title IOpML
/// @notice Requests, claims and disputes of optimistic machine learning. docs/protocol.md has the bytes of every id, slot and body.
interface IOpML {
    //// Types ////

    /// @notice The court's clockwork; append-only, named by number in a request.
    struct Profile {
        uint32 window; // seconds in which a claim may be disputed
        uint32 clock; // seconds each side starts a dispute with
        uint16 increment; // seconds a side gains per move
        uint16 secondsPerBlock; // at most this much is charged per block
        uint8 arityBits; // k = 2^arityBits, 1 to 6
        uint64 stakeGwei;
        uint64 bondGwei;
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

    //// Events ////

    event GuestVersionAdded(
        uint8 indexed guest,
        bytes32 root,
        IStepVerifier verifier,
        uint64 entry,
        uint8 maxStepsBits,
        uint8 maxEvaluated
    );
    event ProfileAdded(uint8 indexed profile, Profile parameters);
    event ModelRegistered(bytes32 indexed model, ModelBounds bounds);
    /// @param deadline Time after which no claim is accepted and the fee can be refunded.
    event Requested(
        bytes32 indexed requestId,
        bytes32 indexed model,
        Request request,
        uint256 fee,
        uint32 deadline,
        bytes input,
        bytes data
    );
    /// @param runRoot C_n for outcomes 1 and 2, zero for outcome 3.
    event Claimed(
        bytes32 indexed claimId,
        bytes32 indexed requestId,
        Claim claim,
        bytes32 runRoot,
        bytes output
    );
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
    /// @param winner 1 the submitter, 2 the challenger.
    /// @param byProof False when a clock ran out.
    event Decided(
        bytes32 indexed disputeId,
        bytes32 indexed claimId,
        uint8 winner,
        bool byProof,
        address caller
    );
    /// @param truth The true successor of the last segment's start.
    event Evaluated(
        bytes32 indexed disputeId, uint256 pick, bytes32 start, bytes32 end, bytes32 truth
    );
    event ClaimRejected(bytes32 indexed claimId, bytes32 indexed requestId, bytes32 disputeId);
    event Finalised(
        bytes32 indexed requestId, bytes32 indexed claimId, uint8 outcome, bytes output
    );
    event CallbackDelivered(bytes32 indexed requestId, address callback);
    event CallbackFailed(bytes32 indexed requestId, address callback);
    event Refunded(bytes32 indexed requestId, address requester, uint256 amount);
    event Credited(address indexed account, uint256 amount);
    event Burned(uint256 amount);
    event Withdrawn(address indexed account, address to, uint256 amount);

    //// Errors ////

    error NotRegistrar(address caller);
    error BadProfile();
    error BadGuestVersion();
    error TooManyEntries();
    error BadModelHeader();
    error BadSiblings();
    error ModelExists(bytes32 model);
    error UnknownModel(bytes32 model);
    error UnknownGuest(uint8 guest);
    error UnknownProfile(uint8 profile);
    error BadInputLength(uint256 length, uint256 min, uint256 max);
    error BadDataLength(uint256 length, uint256 max);
    error BadGasLimit(uint32 gasLimit, uint32 max);
    error BadOutputLength(uint256 length, uint256 max);
    error BadDeadline(uint32 deadline);
    error FeeNotInGwei(uint256 fee);
    error RequestExists(bytes32 requestId);
    error RequestNotOpen(bytes32 requestId, uint8 status);
    error DeadlinePassed(bytes32 requestId, uint32 deadline);
    error DeadlineNotPassed(bytes32 requestId, uint32 deadline);
    error WrongRequest(bytes32 expected, bytes32 got);
    error WrongInput(bytes32 expected, bytes32 got);
    error WrongOutput(bytes32 expected, bytes32 got);
    error WrongData(bytes32 expected, bytes32 got);
    error WrongRound(uint32 expected, uint32 got);
    error WrongStake(uint256 required, uint256 sent);
    error WrongBond(uint256 required, uint256 sent);
    error BadOutcome(uint8 outcome);
    error BadRunRoot(bytes32 runRoot);
    error BadLargeSteps(uint64 n, uint64 max);
    error WrongEndState(bytes32 expected, bytes32 got);
    error ClaimNotOpen(bytes32 claimId, uint8 status);
    error ClaimNotFinal(bytes32 claimId, uint8 status);
    error WindowOpen(bytes32 claimId, uint256 elapsed, uint256 window);
    error WindowClosed(bytes32 claimId, uint256 elapsed, uint256 window);
    error LiveDisputes(bytes32 claimId, uint256 count);
    error DisputeExists(bytes32 disputeId);
    error StalePosition(bytes32 disputeId);
    error DisputeDecided(bytes32 disputeId);
    error DisputeNotOver(bytes32 disputeId);
    error AlreadyCollected(bytes32 disputeId);
    error NotMover(bytes32 disputeId, address mover, address caller);
    error ClockExpired(bytes32 disputeId, uint256 elapsed, uint256 budget);
    error ClockRunning(bytes32 disputeId, uint256 elapsed, uint256 budget);
    error BadPick(uint256 pick, uint256 entries);
    error BadBodyLength(uint256 expected, uint256 got);
    error SameEnd(bytes32 end);
    error MustEvaluate(bytes32 disputeId);
    error MustMove(bytes32 disputeId);
    error BadStepCount(uint256 m, uint256 max);
    error BadFinalState();
    error NotDecisive(bytes32 disputeId);
    error CallbackNotPending(bytes32 requestId, uint8 state);
    error NotEnoughGas(uint256 required, uint256 available);
    error NothingToWithdraw(address account);
    error TransferFailed(address to);
    error Reentered();

    //// Registry ////

    function addProfile(Profile calldata parameters) external returns (uint8 profile);
    function addGuestVersion(GuestVersion calldata version) external returns (uint8 guest);
    /// @param header The first 64 bytes of the model quarter.
    /// @param siblings Runs of siblings from height 1 to 37 (docs/protocol.md §3 and §6).
    function registerModel(bytes calldata header, bytes calldata siblings)
        external
        returns (bytes32 model);

    //// Requests ////

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
    /// @notice Gives the fee back when the deadline has passed and no claim is open.
    function refund(Request calldata request_) external;

    //// Claims ////

    /// @notice Claims an answer, with the stake. S_0 is computed from the input, S_n from `runRoot` and the output.
    /// @param round The request's round, so that a claim never lands on another one.
    /// @param sn The asserted end state: must equal what runRoot and output give.
    function claim(
        Request calldata request_,
        uint32 round,
        uint64 n,
        uint8 outcome,
        bytes32 runRoot,
        bytes32 sn,
        bytes calldata input,
        bytes calldata output
    ) external payable returns (bytes32 claimId);
    /// @notice Makes an undisputed claim final, pays it and runs the callback.
    function finalise(
        Request calldata request_,
        Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) external;
    function retryCallback(
        Request calldata request_,
        Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) external;

    //// Disputes ////

    function open(Claim calldata claim_, uint64 nonce, bytes calldata body)
        external
        payable
        returns (bytes32 disputeId);
    function move(
        bytes32 claimId,
        address challenger,
        uint64 nonce,
        uint256 position,
        uint256 pick,
        bytes calldata body
    ) external;
    function evaluate(
        bytes32 claimId,
        address challenger,
        uint64 nonce,
        uint256 position,
        uint256 pick,
        bytes calldata body
    ) external;
    function evaluateFault(
        bytes32 claimId,
        address challenger,
        uint64 nonce,
        uint256 position,
        uint256 pick,
        bytes calldata body
    ) external;
    function timeout(
        bytes32 claimId,
        address challenger,
        uint64 nonce,
        uint256 position,
        bytes32 listRoot
    ) external;

    //// Money ////

    /// @notice Credits what a dispute that is over owes to its winner, or a live one's bond after its claim was rejected by another.
    function collect(Claim calldata claim_, address challenger, uint64 nonce) external;
    function withdraw(address payable to) external;

    //// Views ////

    function requestSlot(bytes32 requestId) external view returns (uint256);
    function claimSlot(bytes32 claimId) external view returns (uint256);
    function disputeSlot(bytes32 disputeId) external view returns (uint256);
    function credits(address account) external view returns (uint256);
    function profiles(uint8 profile) external view returns (Profile memory);
    function guestVersions(uint8 guest) external view returns (GuestVersion memory);
    function models(bytes32 model) external view returns (ModelBounds memory);
    function registrar() external view returns (address);
}
