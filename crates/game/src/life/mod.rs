//! The life of a request and of the claims on it, as pure rules (docs/protocol.md §8): who may commit, reveal, finalise, judge
//! and refund, and when; and how it ends when its guest version is retired.
//!
//! As in [`rules`](crate::rules), each function takes the slots that the contract would read and gives those that it would write,
//! or says why the contract would revert. What a claim *says* (input, output, bounds of the model) is not looked at here.

mod retirement;
mod untimely;

use alloy_primitives::Address;

pub use retirement::{Guardian, Standing};
pub use untimely::Untimely;

use crate::rules::Tick;
use crate::{ClaimSlot, ClaimStatus, Profile, RequestSlot, RequestStatus};

/// Blocks from a commitment to its reveal: a copy of a reveal that waits to be mined comes too late.
pub const REVEAL_DELAY: u32 = 2;

impl RequestSlot {
    const fn check_open(&self) -> Result<(), Untimely> {
        match self.status {
            RequestStatus::Open => Ok(()),
            status => Err(Untimely::RequestNotOpen(status)),
        }
    }

    const fn check_round(&self, round: u32) -> Result<(), Untimely> {
        if round == self.round {
            Ok(())
        } else {
            Err(Untimely::WrongRound { round: self.round, got: round })
        }
    }

    /// `commit`: anybody stakes on an answer of `round`, under the profile of this number and these parameters. The first one with
    /// an answer window is kept with the request.
    pub fn commit(
        &self,
        now: Tick,
        submitter: Address,
        round: u32,
        (profile, parameters): (u8, &Profile),
        (guest, claim): (Standing, ClaimStatus),
    ) -> Result<(Self, ClaimSlot), Untimely> {
        self.check_open()?;
        guest.check_serving()?;
        if now.time > self.deadline {
            return Err(Untimely::DeadlinePassed { deadline: self.deadline });
        }
        self.check_round(round)?;
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
        guest: Standing,
    ) -> Result<(Self, ClaimSlot), Untimely> {
        self.check_open()?;
        guest.check_serving()?;
        self.check_round(round)?;
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
        guest: Standing,
    ) -> Result<(Self, ClaimSlot), Untimely> {
        claim.check_open()?;
        guest.check_serving()?;
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

    /// `refund`: the fee goes back when nobody has answered; who committed in time had a clock's time to reveal. Under a retired
    /// guest version it goes back at once, and the request is annulled.
    pub fn refund(&self, now: Tick, profile: &Profile, guest: Standing) -> Result<Self, Untimely> {
        self.check_open()?;
        let annulled = guest == Standing::Retired;
        let last = u64::from(self.deadline) + u64::from(profile.clock);
        if !annulled && u64::from(now.time) <= last {
            return Err(Untimely::DeadlineNotPassed { last });
        }
        Ok(Self { status: RequestStatus::Refunded, annulled, ..*self })
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
    const fn check_open(&self) -> Result<(), Untimely> {
        match self.status {
            ClaimStatus::Open => Ok(()),
            status => Err(Untimely::ClaimNotOpen(status)),
        }
    }

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
