use alloy_primitives::{B256, U256};
use thiserror::Error;

use crate::ClaimStatus;

/// Why a call of the challenge would revert; each variant has the name of the contract's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the arguments are documented by the messages")]
pub enum Unattended {
    /// The validator has a seat.
    #[error("the validator has a seat")]
    AlreadySeated,
    /// The validator has no seat, or cannot be taken off it.
    #[error("the validator has no seat that can be vacated")]
    NotSeated,
    /// Requests of an epoch before `until` can still be judged.
    #[error("the deposit answers for the epochs before {until}")]
    StillLiable { until: u32 },
    /// The value is not what the deposit lacks.
    #[error("the seat takes {required} wei, {sent} were sent")]
    WrongSeatDeposit { required: U256, sent: U256 },
    /// There is neither a deposit nor a credit.
    #[error("there is nothing to withdraw")]
    NothingToWithdraw,
    /// The request is of another profile.
    #[error("the request names profile {got}, not {expected}")]
    WrongProfile { expected: u8, got: u8 },
    /// The value is not that of all rewards.
    #[error("the rewards take {required} wei, {sent} were sent")]
    WrongFunding { required: U256, sent: U256 },
    /// It is before this epoch's roster.
    #[error("the request is enrolled in this epoch")]
    AlreadyEnrolled,
    /// Somebody has committed to an answer, or the request is over.
    #[error("the request is not open without a commitment")]
    TooLate,
    /// The roster is empty.
    #[error("nobody has a seat in epoch {epoch}")]
    NobodySeated { epoch: u32 },
    /// The model has all the requests of the epoch that it takes.
    #[error("epoch {epoch} is full")]
    EpochFull { epoch: u32 },
    /// The request is before no roster.
    #[error("the request is not enrolled")]
    NotEnrolled,
    /// Nobody has committed to an answer.
    #[error("nobody has committed to an answer")]
    NotBegun,
    /// The chain does not know the block of the first commitment (yet, or any more).
    #[error("the hash of block {number} is unknown")]
    UnknownBlock { number: u32 },
    /// The value is one of the contract's marks.
    #[error("{0} is no answer")]
    BadAnswer(B256),
    /// A reveal may tell what the answer is.
    #[error("{elapsed} s have passed, answers are accepted for {last} s")]
    AnswersClosed { elapsed: u64, last: u64 },
    /// The validator has answered.
    #[error("the validator has answered")]
    AlreadyAnswered,
    /// The request can still be judged.
    #[error("requests of epoch {epoch} are judged")]
    JudgementOpen { epoch: u32 },
    /// The request cannot be judged any more.
    #[error("requests of epoch {epoch} are not judged any more")]
    JudgementOver { epoch: u32 },
    /// Nobody has drawn.
    #[error("no seats are drawn")]
    NotDrawn,
    /// The claim is not the answer.
    #[error("the claim has status {0:?}, not final")]
    ClaimNotFinal(ClaimStatus),
    /// The answer is a failure, whose end state anybody may know.
    #[error("the final claim has outcome {outcome}, no output")]
    NoAnswer { outcome: u8 },
    /// There are fewer draws.
    #[error("draw {index} of {count}")]
    BadDraw { index: u64, count: u64 },
    /// The drawn seat was another validator's, or one that it had lost.
    #[error("the validator does not answer for seat {seat}")]
    NotItsSeat { seat: u32 },
    /// The validator need not have answered.
    #[error("the validator is not called")]
    NotCalled,
    /// The validator was rewarded or slashed.
    #[error("the validator is judged")]
    AlreadyJudged,
    /// A wrong answer, or none, is not rewarded.
    #[error("the validator was not right")]
    WrongAnswer,
    /// A right answer costs nothing.
    #[error("the validator was right")]
    RightAnswer,
    /// A deposit holds less than can be taken from it; the arithmetic of the contract would revert. It never happens.
    #[error("the deposit holds {deposit} wei, {slash} are to be taken")]
    Uncovered { deposit: U256, slash: U256 },
}
