use alloy_primitives::Address;
use thiserror::Error;

use crate::{ClaimStatus, RequestStatus};

/// Why a call in the life of a request would revert; each variant has the name of the contract's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Untimely {
    /// The request does not wait for a claim.
    #[error("the request has status {0:?}, not open")]
    RequestNotOpen(RequestStatus),
    /// The request takes no more commitments.
    #[error("the deadline {deadline} has passed")]
    DeadlinePassed {
        /// Last timestamp of commitments.
        deadline: u32,
    },
    /// The call is meant for another round.
    #[error("the request is in round {round}, not in {got}")]
    WrongRound {
        /// The request's round.
        round: u32,
        /// The round that the caller names.
        got: u32,
    },
    /// There is such a commitment already.
    #[error("the commitment exists and has status {0:?}")]
    CommitmentExists(ClaimStatus),
    /// The claim is no commitment, or one no more.
    #[error("the claim has status {0:?}, not committed")]
    NotCommitted(ClaimStatus),
    /// The commitment's stake is that of another profile.
    #[error("the request names profile {profile}, the commitment {got}")]
    WrongProfile {
        /// Number of the request's profile.
        profile: u8,
        /// Number of the profile that the stake was paid by.
        got: u8,
    },
    /// The commitment is too young.
    #[error("a reveal is accepted from block {first} on")]
    TooEarly {
        /// First block of the reveal.
        first: u32,
    },
    /// Validators may still answer.
    #[error("{elapsed} s of the answer window's {window} s have passed")]
    AnswersOpen {
        /// Seconds charged since the commitment.
        elapsed: u64,
        /// The answer window.
        window: u64,
    },
    /// The claim is not open.
    #[error("the claim has status {0:?}, not open")]
    ClaimNotOpen(ClaimStatus),
    /// Disputes on the claim are not decided.
    #[error("{0} disputes are live")]
    LiveDisputes(u32),
    /// The claim may still be disputed.
    #[error("{elapsed} s of the window's {window} s have passed")]
    WindowOpen {
        /// Seconds charged since the reveal.
        elapsed: u64,
        /// The window.
        window: u64,
    },
    /// The fee cannot go back yet.
    #[error("the fee goes back after {last}")]
    DeadlineNotPassed {
        /// Last timestamp of reveals.
        last: u64,
    },
    /// The claim was not timed out, or is judged.
    #[error("the claim has status {0:?}, not timed out")]
    ClaimNotTimedOut(ClaimStatus),
    /// The claim that is to be the answer is not final.
    #[error("the claim has status {0:?}, not final")]
    ClaimNotFinal(ClaimStatus),
    /// The commitment says something else than the answer.
    #[error("the commitment has another end state than the final claim")]
    WrongEndState,
    /// The request may still be answered, or is.
    #[error("the request has status {0:?}, not refunded")]
    RequestNotRefunded(RequestStatus),
    /// Somebody else than the guardian wants to retire a guest version.
    #[error("{0} is not the guardian")]
    NotGuardian(Address),
    /// The guardian may retire nothing more.
    #[error("the guardian's term has ended at {until}")]
    GuardianExpired {
        /// Last timestamp of its term.
        until: u64,
    },
    /// There is no such guest version.
    #[error("there is no such guest version")]
    UnknownGuest,
    /// The guest version is retired.
    #[error("the guest version is retired")]
    RetiredGuest,
    /// The guest version is not retired.
    #[error("the guest version is not retired")]
    ServingGuest,
}
