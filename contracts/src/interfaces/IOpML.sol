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

    //// Events ////

    /// @notice A guest version was appended under the next number.
    event GuestVersionAdded(
        uint8 indexed guest,
        bytes32 root,
        IStepVerifier verifier,
        uint64 entry,
        uint8 maxStepsBits,
        uint8 maxEvaluated
    );
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
    /// @notice A claim is final: this is the answer, or the failure, of the request.
    event Finalised(
        bytes32 indexed requestId, bytes32 indexed claimId, uint8 outcome, bytes output
    );
    /// @notice The callback took the answer.
    event CallbackDelivered(bytes32 indexed requestId, address callback);
    /// @notice The callback reverted or has no code; anybody may retry it.
    event CallbackFailed(bytes32 indexed requestId, address callback);
    /// @notice The fee of a request without an answer was credited to its requester.
    event Refunded(bytes32 indexed requestId, address requester, uint256 amount);
    /// @notice `account` can withdraw `amount` more.
    event Credited(address indexed account, uint256 amount);
    /// @notice `amount` stays in the contract for ever.
    event Burned(uint256 amount);
    /// @notice `account` sent `amount` of its credit to `to`.
    event Withdrawn(address indexed account, address to, uint256 amount);

    //// Errors ////

    /// @notice Only the registrar appends profiles and guest versions.
    error NotRegistrar(address caller);
    /// @notice A parameter lies outside the floors of docs/protocol.md §8.
    error BadProfile();
    /// @notice A parameter lies outside the limits of docs/protocol.md §8.
    error BadGuestVersion();
    /// @notice All 256 numbers are taken.
    error TooManyEntries();
    /// @notice The header is not one of docs/protocol.md §3.
    error BadModelHeader();
    /// @notice The runs of siblings are malformed.
    error BadSiblings();
    /// @notice The model is registered; there is nothing to change about it.
    error ModelExists(bytes32 model);
    /// @notice No such model.
    error UnknownModel(bytes32 model);
    /// @notice No such guest version.
    error UnknownGuest(uint8 guest);
    /// @notice No such profile.
    error UnknownProfile(uint8 profile);
    /// @notice The input's length is outside the model's bounds.
    error BadInputLength(uint256 length, uint256 min, uint256 max);
    /// @notice The data for the callback are too long.
    error BadDataLength(uint256 length, uint256 max);
    /// @notice The callback asks for more gas than one transaction is sure to have.
    error BadGasLimit(uint32 gasLimit, uint32 max);
    /// @notice The output is longer than the outcome and the model's bound allow.
    error BadOutputLength(uint256 length, uint256 max);
    /// @notice The deadline is not in the future.
    error BadDeadline(uint32 deadline);
    /// @notice The fee is not a whole number of gwei below 2^64.
    error FeeNotInGwei(uint256 fee);
    /// @notice The same requester has asked the same with the same nonce.
    error RequestExists(bytes32 requestId);
    /// @notice The request takes no claim and no refund; see the status in docs/protocol.md §7.
    error RequestNotOpen(bytes32 requestId, uint8 status);
    /// @notice The request takes no more commitments.
    error DeadlinePassed(bytes32 requestId, uint32 deadline);
    /// @notice The request can still be answered until `last`.
    error DeadlineNotPassed(bytes32 requestId, uint256 last);
    /// @notice Only the commitments of a request that was refunded come back without an answer.
    error RequestNotRefunded(bytes32 requestId, uint8 status);
    /// @notice The same submitter has committed to the same before; see the status in docs/protocol.md §7.
    error CommitmentExists(bytes32 claimId, uint8 status);
    /// @notice There is no such commitment, or it was revealed or taken back.
    error NotCommitted(bytes32 claimId, uint8 status);
    /// @notice The stake was paid for another profile than the request's.
    error WrongProfile(uint8 expected, uint8 got);
    /// @notice The commitment is too young to be revealed before block `first`.
    error TooEarly(bytes32 claimId, uint256 first);
    /// @notice The request given is not the claim's.
    error WrongRequest(bytes32 expected, bytes32 got);
    /// @notice The input given is not the request's.
    error WrongInput(bytes32 expected, bytes32 got);
    /// @notice The output given is not the claim's.
    error WrongOutput(bytes32 expected, bytes32 got);
    /// @notice The data given are not the request's.
    error WrongData(bytes32 expected, bytes32 got);
    /// @notice The request is in another round.
    error WrongRound(uint32 expected, uint32 got);
    /// @notice The value sent is not the profile's stake in this round.
    error WrongStake(uint256 required, uint256 sent);
    /// @notice The value sent is less than the profile's bond, as it has grown with the open disputes.
    error WrongBond(uint256 required, uint256 sent);
    /// @notice The outcome is not 1, 2 or 3.
    error BadOutcome(uint8 outcome);
    /// @notice A claim of a fault has no run root.
    error BadRunRoot(bytes32 runRoot);
    /// @notice n is zero or above the model's bound.
    error BadLargeSteps(uint64 n, uint64 max);
    /// @notice S_n is not what run root, outcome, output and model give, or not that of the final claim.
    error WrongEndState(bytes32 expected, bytes32 got);
    /// @notice The claim does not exist (status 0), is final (2), rejected (3), not revealed (4), taken back (5), timed out (6) or
    ///         was late (7).
    error ClaimNotOpen(bytes32 claimId, uint8 status);
    /// @notice Only a claim that was timed out, and only once, is judged by the final one.
    error ClaimNotTimedOut(bytes32 claimId, uint8 status);
    /// @notice Only a final claim has an answer to deliver.
    error ClaimNotFinal(bytes32 claimId, uint8 status);
    /// @notice The claim can still be disputed.
    error WindowOpen(bytes32 claimId, uint256 elapsed, uint256 window);
    /// @notice The claim can no longer be disputed.
    error WindowClosed(bytes32 claimId, uint256 elapsed, uint256 window);
    /// @notice The claim waits for the end of its disputes.
    error LiveDisputes(bytes32 claimId, uint256 count);
    /// @notice The challenger has used this nonce on this claim.
    error DisputeExists(bytes32 disputeId);
    /// @notice Position, list and proof are not those of the dispute as it is, or there is no such dispute.
    error StalePosition(bytes32 disputeId);
    /// @notice The dispute is over.
    error DisputeDecided(bytes32 disputeId);
    /// @notice The dispute holds nothing to collect yet, or what it holds waits for the end of the request, or it does not exist.
    error DisputeNotOver(bytes32 disputeId);
    /// @notice The dispute was collected.
    error AlreadyCollected(bytes32 disputeId);
    /// @notice Another dispute, or none yet, rejected the claim.
    error NotWinner(bytes32 disputeId);
    /// @notice It is the turn of `mover`.
    error NotMover(bytes32 disputeId, address mover, address caller);
    /// @notice The side to move has lost by time; only `timeout` is left.
    error ClockExpired(bytes32 disputeId, uint256 elapsed, uint256 budget);
    /// @notice The side to move still has time.
    error ClockRunning(bytes32 disputeId, uint256 elapsed, uint256 budget);
    /// @notice The pick is not an entry of the list, 1 to `entries`.
    error BadPick(uint256 pick, uint256 entries);
    /// @notice The body has not the one length that its content needs, or the least of a form.
    error BadBodyLength(uint256 expected, uint256 got);
    /// @notice What is posted ends in the state that it rejects.
    error SameEnd(bytes32 end);
    /// @notice The part is decided by evaluation, not played on.
    error MustEvaluate(bytes32 disputeId);
    /// @notice The part is played on, not decided by this evaluation.
    error MustMove(bytes32 disputeId);
    /// @notice m is zero or above the guest version's bound.
    error BadStepCount(uint256 m, uint256 max);
    /// @notice A state that is still running must come after the last step, with version 1 and exit word 0.
    error BadFinalState();
    /// @notice The part is true, and the caller is not the mover who might have picked it.
    error NotDecisive(bytes32 disputeId);
    /// @notice There is no failed callback to retry.
    error CallbackNotPending(bytes32 requestId, uint8 state);
    /// @notice The callback could not be given the gas that the request names.
    error NotEnoughGas(uint256 required, uint256 available);
    /// @notice The account has no credit.
    error NothingToWithdraw(address account);
    /// @notice The receiver refused the payment.
    error TransferFailed(address to);
    /// @notice The contract is being called from within one of its own calls.
    error Reentered();

    //// Registry ////

    /// @notice Appends a profile; only the registrar.
    function addProfile(Profile calldata parameters) external returns (uint8 profile);
    /// @notice Appends a guest version; only the registrar.
    function addGuestVersion(GuestVersion calldata version) external returns (uint8 guest);
    /// @notice Registers a model by proof of its header; anybody, and there is nothing to choose.
    /// @param header The first 64 bytes of the model quarter.
    /// @param siblings Runs of siblings from height 1 to 37 (docs/protocol.md §3 and §6).
    function registerModel(bytes calldata header, bytes calldata siblings)
        external
        returns (bytes32 model);

    //// Requests ////

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
    /// @notice Gives the fee back when a clock has passed since the deadline and no claim is open.
    function refund(Request calldata request_) external;

    //// Claims ////

    /// @notice Commits to an answer, with the profile's stake times 2^min(round, 10).
    /// @param round The request's round, so that a commitment never lands on another one.
    /// @param profile The request's profile; held against it by `reveal`.
    /// @param content keccak(abi.encode(guest, profile, s0, n, sn, outcome, outputHash)) of the claim.
    /// @return claimId The id that the claim will have.
    function commit(bytes32 requestId, uint32 round, uint8 profile, bytes32 content)
        external
        payable
        returns (bytes32 claimId);
    /// @notice Reveals the caller's claim, two blocks after its commitment or later; the first reveal of a round wins it.
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
    /// @notice Credits the stake of a commitment to S_n that lost the race to a claim that is final with the same S_n. A
    ///         commitment to anything else never comes back.
    /// @param claim_ What was committed to.
    /// @param final_ The final claim of the same request.
    function takeBack(Claim calldata claim_, Claim calldata final_) external;
    /// @notice Credits four fifths of the stake of a commitment whose request was refunded, and burns the rest.
    function takeBackLate(Claim calldata claim_) external;
    /// @notice Makes an undisputed claim final, pays it and runs the callback.
    function finalise(
        Request calldata request_,
        Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) external;
    /// @notice Calls a failed callback of a final claim again, with the same exact gas.
    function retryCallback(
        Request calldata request_,
        Claim calldata claim_,
        bytes calldata output,
        bytes calldata data
    ) external;

    //// Disputes ////

    /// @notice Disputes a claim, with the bond: posts what the challenger holds instead of S_n. With j disputes open on the claim
    ///         the bond is the profile's times (16 + j)/16; what is sent beyond it is credited.
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

    //// Money ////

    /// @notice Credits what a decided dispute owes, and burns the rest. Of the dispute that rejected the claim: also opens the
    ///         request to its next round. Anybody, once.
    /// @dev Money that was lost by time waits until the claim is final, rejected by proof or judged, or its request refunded.
    ///      The call that opens the next round succeeds all the same, and is made again for the money.
    function collect(Claim calldata claim_, address challenger, uint64 nonce) external;
    /// @notice Judges a claim that was timed out by the final claim of its request. With the same S_n its stake is credited less
    ///         the lateness fee, of which a part is the final claim's; all disputes on it have lost their bonds. With
    ///         another it is rejected as by proof. Anybody, once.
    /// @param final_ The final claim of the same request.
    function judge(Claim calldata claim_, Claim calldata final_) external;
    /// @notice Credits the bond of a dispute that was live when another rejected its claim, with what its moves have cost as far
    ///         as its share of the stake goes; what is left of that, to the winner. If the claim was right, the bond is lost.
    ///         Anybody, once, when the money of the winner waits no more.
    /// @param position The last position of the dispute.
    /// @param listRoot Root of its last list.
    /// @param winner Challenger of the dispute that rejected the claim.
    /// @param winnerNonce Its nonce.
    function collectUnfinished(
        Claim calldata claim_,
        address challenger,
        uint64 nonce,
        uint256 position,
        bytes32 listRoot,
        address winner,
        uint64 winnerNonce
    ) external;
    /// @notice Sends the caller's whole credit to `to`.
    function withdraw(address payable to) external;

    //// Views ////

    /// @notice The packed request, docs/protocol.md §7.
    function requestSlot(bytes32 requestId) external view returns (uint256);
    /// @notice The packed claim, docs/protocol.md §7.
    function claimSlot(bytes32 claimId) external view returns (uint256);
    /// @notice The packed dispute, docs/protocol.md §7.
    function disputeSlot(bytes32 disputeId) external view returns (uint256);
    /// @notice What `account` can withdraw.
    function credits(address account) external view returns (uint256);
    /// @notice A profile; zeroes if there is none.
    function profiles(uint8 profile) external view returns (Profile memory);
    /// @notice A guest version; zeroes if there is none.
    function guestVersions(uint8 guest) external view returns (GuestVersion memory);
    /// @notice A model's bounds; zeroes if it is not registered.
    function models(bytes32 model) external view returns (ModelBounds memory);
    /// @notice Who may append profiles and guest versions.
    function registrar() external view returns (address);
}
