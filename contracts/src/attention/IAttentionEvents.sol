// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.30;

/// @title IAttentionEvents
/// @notice What attention speaks of, tells and refuses.
interface IAttentionEvents {
    /// @notice What is fixed by a deployment.
    struct Terms {
        uint8 profile; // of the requests that may be enrolled; it has an answer window
        uint8 draws; // V, 1 to 8
        uint16 calledPerTenThousand; // p, 1 to 10,000
        uint16 capacity; // requests per model and epoch, and so what a seat answers for
        uint32 epochSeconds;
        uint96 slash; // G in wei
        uint96 reward; // R in wei
    }

    /// @notice A validator on a model's roster. It answers for what was enrolled in the epochs from `from` up to, not with, `until`.
    struct Member {
        uint128 deposit;
        uint32 from;
        uint32 until;
        uint32 seat; // its seat as the next epoch will have it, from 1; zero: none
    }

    /// @notice A request before the validators.
    struct Enrolment {
        address funder;
        uint32 epoch;
        uint32 size; // seats of the roster that it is drawn from
        uint8 rewarded;
        bytes32 model;
        uint192 rand; // first 24 bytes of the block's hash
        uint32 time; // of the first commitment
        uint32 blockNumber; // of the first commitment; zero: not drawn yet
    }

    /// @notice `validator` has a seat from epoch `from` on.
    event Joined(bytes32 indexed model, address indexed validator, uint256 from);
    /// @notice The seat is no more the validator's from `until` on; slashed or by its own will.
    event Left(bytes32 indexed model, address indexed validator, uint256 until);
    /// @notice The seat was taken off the roster of `epoch` and later ones; the last one's validator `moved` has its place.
    event Vacated(
        bytes32 indexed model, address indexed validator, uint256 epoch, uint256 seat, address moved
    );
    /// @notice A deposit was credited to its validator.
    event Released(bytes32 indexed model, address indexed validator, uint256 amount);
    /// @notice A request was put before the `size` seats of its model's roster of `epoch`.
    event Enrolled(
        bytes32 indexed requestId,
        bytes32 indexed model,
        address funder,
        uint256 epoch,
        uint256 size
    );
    /// @notice Who is drawn is fixed.
    /// @param time Timestamp of the first commitment; answers are counted from it.
    event Drawn(bytes32 indexed requestId, uint192 rand, uint256 time, uint256 blockNumber);
    /// @notice A validator's answer, right or wrong.
    event Answered(bytes32 indexed requestId, address indexed validator, bytes32 value);
    /// @notice What no reward was paid of was credited to who enrolled.
    event Reclaimed(bytes32 indexed requestId, address funder, uint256 amount);
    /// @notice A right answer of a called validator was paid.
    event Rewarded(bytes32 indexed requestId, address indexed validator, uint256 amount);
    /// @notice A called validator without a right answer has lost G.
    /// @param answered Whether it had answered at all.
    event Slashed(
        bytes32 indexed requestId, address indexed validator, address caller, bool answered
    );
    /// @notice `account` can withdraw `amount` more.
    event Credited(address indexed account, uint256 amount);
    /// @notice `amount` stays in the contract for ever.
    event Burned(uint256 amount);
    /// @notice `account` sent `amount` of its credit to `to`.
    event Withdrawn(address indexed account, address to, uint256 amount);

    /// @notice A term lies outside the limits of docs/protocol.md §11.
    error BadTerms();
    /// @notice The validator has a seat of this model.
    error AlreadySeated(bytes32 model, address validator);
    /// @notice The validator has none, or it is not for others to take.
    error NotSeated(bytes32 model, address validator);
    /// @notice The deposit answers for requests of epochs before `until`, and is free in the second epoch after the last of them.
    error StillLiable(bytes32 model, address validator, uint256 until);
    /// @notice The value sent is not what a seat's deposit lacks.
    error WrongSeatDeposit(uint256 required, uint256 sent);
    /// @notice The value sent is not a reward for each draw.
    error WrongFunding(uint256 required, uint256 sent);
    /// @notice Somebody has committed to an answer, or the request is over.
    error TooLate(bytes32 requestId);
    /// @notice The request is before the validators of this epoch.
    error AlreadyEnrolled(bytes32 requestId);
    /// @notice The request is not before the validators (any more).
    error NotEnrolled(bytes32 requestId);
    /// @notice The model has no validator in this epoch.
    error NobodySeated(bytes32 model, uint256 epoch);
    /// @notice The model's validators have taken all requests that they answer for in this epoch.
    error EpochFull(bytes32 model, uint256 epoch);
    /// @notice Nobody has committed to an answer.
    error NotBegun(bytes32 requestId);
    /// @notice The chain does not know the block's hash.
    error UnknownBlock(uint256 number);
    /// @notice Zero and one are no answers.
    error BadAnswer(bytes32 value);
    /// @notice A validator has one answer.
    error AlreadyAnswered(bytes32 requestId, address validator);
    /// @notice So many seconds have been charged since the first commitment, and answers were accepted until `last`.
    error AnswersClosed(bytes32 requestId, uint256 elapsed, uint256 last);
    /// @notice The request was enrolled in `epoch`, and judgement is over with the one after it.
    error JudgementOver(bytes32 requestId, uint256 epoch);
    /// @notice Judgement is possible until the end of the epoch after `epoch`.
    error JudgementOpen(bytes32 requestId, uint256 epoch);
    /// @notice Nobody has fixed who is drawn.
    error NotDrawn(bytes32 requestId);
    /// @notice The request has failed: nobody is judged by it.
    error NoAnswer(bytes32 requestId, uint8 outcome);
    /// @notice There are fewer draws.
    error BadDraw(uint256 index, uint256 count);
    /// @notice The drawn seat was not the validator's.
    error NotItsSeat(bytes32 requestId, address validator, uint256 seat);
    /// @notice S* does not call the validator.
    error NotCalled(bytes32 requestId, address validator);
    /// @notice The validator was rewarded or slashed for this request.
    error AlreadyJudged(bytes32 requestId, address validator);
    /// @notice The validator has answered right.
    error RightAnswer(bytes32 requestId, address validator);
    /// @notice The validator has not answered, or not right.
    error WrongAnswer(bytes32 requestId, address validator);
}
