//! The life of a request and of the claims on it, as pure rules (docs/protocol.md §8): who may commit, reveal, finalise, judge
//! and refund, and when.
//!
//! As in [`rules`](crate::rules), each function takes the slots that the contract would read and gives those that it would write,
//! or says why the contract would revert. What a claim *says* (input, output, bounds of the model) is not looked at here.

use alloy_primitives::Address;
use thiserror::Error;

use crate::rules::Tick;
use crate::{ClaimSlot, ClaimStatus, Profile, RequestSlot, RequestStatus};

/// Blocks from a commitment to its reveal: a copy of a reveal that waits to be mined comes too late.
pub const REVEAL_DELAY: u32 = 2;

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
}

impl RequestSlot {
    fn open_in(&self, round: u32) -> Result<(), Untimely> {
        if self.status != RequestStatus::Open {
            return Err(Untimely::RequestNotOpen(self.status));
        }
        if round != self.round {
            return Err(Untimely::WrongRound { round: self.round, got: round });
        }
        Ok(())
    }

    /// `commit`: anybody stakes on an answer of `round`, under the profile of this number and these parameters. The first one with
    /// an answer window is kept with the request.
    pub fn commit(
        &self,
        now: Tick,
        submitter: Address,
        round: u32,
        (profile, parameters): (u8, &Profile),
        claim: ClaimStatus,
    ) -> Result<(Self, ClaimSlot), Untimely> {
        if self.status != RequestStatus::Open {
            return Err(Untimely::RequestNotOpen(self.status));
        }
        if now.time > self.deadline {
            return Err(Untimely::DeadlinePassed { deadline: self.deadline });
        }
        self.open_in(round)?;
        if claim != ClaimStatus::None {
            return Err(Untimely::CommitmentExists(claim));
        }
        let Tick { time, block } = now;
        let status = ClaimStatus::Committed;
        let claim = ClaimSlot { submitter, time, block, live: profile.into(), status };
        let first = (parameters.answer_window != 0).then_some(now);
        Ok((Self { committed: self.committed.or(first), ..*self }, claim))
    }

    /// `reveal`: the first claim of a round, at least two blocks and the profile's answer window after its commitment.
    pub fn reveal(
        &self,
        now: Tick,
        claim: &ClaimSlot,
        round: u32,
        (profile, parameters): (u8, &Profile),
    ) -> Result<(Self, ClaimSlot), Untimely> {
        self.open_in(round)?;
        if claim.status != ClaimStatus::Committed {
            return Err(Untimely::NotCommitted(claim.status));
        }
        if claim.live != u32::from(profile) {
            return Err(Untimely::WrongProfile { profile, got: claim.live as u8 });
        }
        let first = claim.block.saturating_add(REVEAL_DELAY);
        if now.block < first {
            return Err(Untimely::TooEarly { first });
        }
        let elapsed = now.elapsed_since(claim.tick(), parameters.seconds_per_block);
        let window = u64::from(parameters.answer_window);
        if elapsed < window {
            return Err(Untimely::AnswersOpen { elapsed, window });
        }
        let Tick { time, block } = now;
        let opened = ClaimSlot { time, block, live: 0, status: ClaimStatus::Open, ..*claim };
        Ok((Self { status: RequestStatus::Claimed, ..*self }, opened))
    }

    /// `finalise`: the claim is the answer once its window is over and no dispute is live.
    pub fn finalise(
        &self,
        now: Tick,
        claim: &ClaimSlot,
        profile: &Profile,
        failed: bool,
    ) -> Result<(Self, ClaimSlot), Untimely> {
        if claim.status != ClaimStatus::Open {
            return Err(Untimely::ClaimNotOpen(claim.status));
        }
        if claim.live != 0 {
            return Err(Untimely::LiveDisputes(claim.live));
        }
        let elapsed = now.elapsed_since(claim.tick(), profile.seconds_per_block);
        let window = u64::from(profile.window);
        if elapsed <= window {
            return Err(Untimely::WindowOpen { elapsed, window });
        }
        let status = if failed { RequestStatus::Failed } else { RequestStatus::Done };
        Ok((Self { status, ..*self }, ClaimSlot { status: ClaimStatus::Final, ..*claim }))
    }

    /// What `collect` of the dispute that ended the claim of `round` makes of the request: open to the next round, for at least
    /// one clock; `None` if that has been done.
    pub fn reopen(&self, now: Tick, round: u32, profile: &Profile) -> Option<Self> {
        let deadline = self.deadline.max(now.time.saturating_add(profile.clock));
        let next = Self { deadline, round: round + 1, status: RequestStatus::Open, ..*self };
        (self.round == round).then_some(next)
    }

    /// `refund`: the fee goes back when nobody has answered; who committed in time had a clock's time to reveal.
    pub fn refund(&self, now: Tick, profile: &Profile) -> Result<Self, Untimely> {
        if self.status != RequestStatus::Open {
            return Err(Untimely::RequestNotOpen(self.status));
        }
        let last = u64::from(self.deadline) + u64::from(profile.clock);
        if u64::from(now.time) <= last {
            return Err(Untimely::DeadlineNotPassed { last });
        }
        Ok(Self { status: RequestStatus::Refunded, ..*self })
    }

    /// `takeBackLate`: a commitment on a request that nobody has answered.
    pub fn take_back_late(&self, commitment: &ClaimSlot) -> Result<ClaimSlot, Untimely> {
        let taken = commitment.taken()?;
        if self.status != RequestStatus::Refunded {
            return Err(Untimely::RequestNotRefunded(self.status));
        }
        Ok(taken)
    }
}

impl ClaimSlot {
    fn taken(&self) -> Result<Self, Untimely> {
        if self.status != ClaimStatus::Committed {
            return Err(Untimely::NotCommitted(self.status));
        }
        Ok(Self { status: ClaimStatus::TakenBack, ..*self })
    }

    /// `takeBack`: a commitment with the end state of the answer, a claim on the same request with status `last`.
    pub fn take_back(&self, last: ClaimStatus, same_end: bool) -> Result<Self, Untimely> {
        let taken = self.taken()?;
        if last != ClaimStatus::Final {
            return Err(Untimely::ClaimNotFinal(last));
        }
        if same_end { Ok(taken) } else { Err(Untimely::WrongEndState) }
    }

    /// `judge`: holds a claim that was timed out against the answer, a claim on the same request with status `last`.
    pub fn judge(&self, last: ClaimStatus, same_end: bool) -> Result<Self, Untimely> {
        if self.status != ClaimStatus::TimedOut {
            return Err(Untimely::ClaimNotTimedOut(self.status));
        }
        if last != ClaimStatus::Final {
            return Err(Untimely::ClaimNotFinal(last));
        }
        let status = if same_end { ClaimStatus::Late } else { ClaimStatus::Rejected };
        Ok(Self { status, ..*self })
    }
}
