//! The rules of a dispute as a pure state machine (docs/protocol.md §8).
//!
//! [`Court`] has one function per call of the contract. Each takes the slots that the contract would read, who calls, when and
//! with what, and gives the slots that the contract would write, or the error with which it would revert. The checks come in
//! the contract's order, so that both name the same error.

mod clock;
mod decide;
mod post;
mod refusal;
mod verifier;

use std::collections::BTreeSet;

use alloy_primitives::{Address, U256};

pub use clock::Tick;
pub use refusal::Refusal;
pub use verifier::{MipsVerifier, StepVerifier, WitnessRefused};

use crate::slot::{ClaimSlot, ClaimStatus, Decision, DisputeSlot};
use crate::{DisputeKey, GuestVersion, Position, Profile, Side, cut};

/// What the contract's registry holds: profiles and guest versions by number, with the verifiers that the versions name.
#[derive(Debug, Clone, Default)]
pub struct Court<V> {
    /// Profiles by number.
    pub profiles: Vec<Profile>,
    /// Guest versions by number.
    pub guests: Vec<(GuestVersion, V)>,
    /// Numbers of the guest versions that are retired: nothing new begins under them, and there is no verdict more.
    pub retired: BTreeSet<u8>,
}

impl<V> Court<V> {
    /// A court of which nothing is retired.
    pub const fn new(profiles: Vec<Profile>, guests: Vec<(GuestVersion, V)>) -> Self {
        Self { profiles, guests, retired: BTreeSet::new() }
    }

    /// Refuses what would bring money under a retired guest version, or pick a winner under it.
    fn check_serving(&self, guest: u8) -> Result<(), Refusal> {
        if self.retired.contains(&guest) { Err(Refusal::RetiredGuest(guest)) } else { Ok(()) }
    }
}

/// Who calls and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// The block that executes the call.
    pub now: Tick,
    /// The sender.
    pub caller: Address,
    /// Wei sent along.
    pub value: U256,
    /// Wei that the sender owns in the contract: they pay what the value lacks.
    pub balance: U256,
}

/// The stored words of a dispute and of its claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Docket {
    /// The claim's slot.
    pub claim: ClaimSlot,
    /// The dispute's slot.
    pub dispute: DisputeSlot,
}

/// What a call does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruling {
    /// The slots after the call.
    pub docket: Docket,
    /// The position after the call; `None` when the dispute is decided.
    pub position: Option<Position>,
}

impl Ruling {
    /// The decision, if there is one.
    pub const fn decision(&self) -> Option<Decision> {
        match self.docket.dispute {
            DisputeSlot::Decided(decision) => Some(decision),
            DisputeSlot::None | DisputeSlot::Live(_) | DisputeSlot::Returned => None,
        }
    }
}

/// A live dispute at the position that its caller names; not trusted before [`Live::check`].
struct Live<'a, V> {
    court: &'a Court<V>,
    key: &'a DisputeKey,
    docket: &'a Docket,
    word: U256,
    position: Position,
    profile: &'a Profile,
    guest: Option<&'a (GuestVersion, V)>,
}

impl<V: StepVerifier> Court<V> {
    fn live<'a>(
        &'a self,
        key: &'a DisputeKey,
        docket: &'a Docket,
        word: U256,
    ) -> Result<Live<'a, V>, Refusal> {
        claim_is_open(key, docket)?;
        match docket.dispute {
            DisputeSlot::Live(_) => {}
            DisputeSlot::None => return Err(Refusal::StalePosition(key.id())),
            DisputeSlot::Decided(_) | DisputeSlot::Returned => {
                return Err(Refusal::DisputeDecided(key.id()));
            }
        }
        let stale = || Refusal::StalePosition(key.id());
        let position = Position::unpack(word).ok_or_else(stale)?;
        let profile = self.profiles.get(usize::from(position.profile)).ok_or_else(stale)?;
        let guest = self.guests.get(usize::from(position.guest));
        if position.steps == 0 {
            return Err(stale());
        }
        Ok(Live { court: self, key, docket, word, position, profile, guest })
    }
}

/// A rejected or final claim has no live disputes.
const fn claim_is_open(key: &DisputeKey, docket: &Docket) -> Result<(), Refusal> {
    match docket.claim.status {
        ClaimStatus::Open => Ok(()),
        status => Err(Refusal::ClaimNotOpen { claim_id: key.claim_id, status: status as u8 }),
    }
}

impl<V> Live<'_, V> {
    /// The picked entry and the number of entries, once the pick is one of them.
    fn pick(&self, pick: U256) -> Result<(u64, u64), Refusal> {
        let Position { phase, steps, max_evaluated, .. } = self.position;
        let entries = cut::entries(phase, steps, self.profile.arity(), max_evaluated.into());
        if pick.is_zero() || pick > U256::from(entries) {
            return Err(Refusal::BadPick { pick, entries });
        }
        Ok((pick.saturating_to(), entries))
    }

    /// The dispute's slot commits to this position and to the list with this root.
    fn check(&self, list_root: alloy_primitives::B256) -> Result<(), Refusal> {
        if self.docket.dispute == DisputeSlot::live(self.word, list_root) {
            Ok(())
        } else {
            Err(Refusal::StalePosition(self.key.id()))
        }
    }

    /// The guest version and its verifier; every true position names one that exists.
    fn guest(&self) -> Result<&(GuestVersion, V), Refusal> {
        self.guest.ok_or_else(|| Refusal::StalePosition(self.key.id()))
    }

    /// Seconds charged to the side to move, and its budget.
    const fn clock(&self, now: Tick) -> (u64, u64) {
        let elapsed = self.position.elapsed(now, self.profile);
        (elapsed, self.position.budget(self.position.mover) as u64)
    }

    /// An expired clock is final before anybody says so.
    fn clock_runs(&self, now: Tick) -> Result<u64, Refusal> {
        match self.clock(now) {
            (elapsed, budget) if elapsed <= budget => Ok(budget - elapsed),
            (elapsed, budget) => {
                Err(Refusal::ClockExpired { dispute_id: self.key.id(), elapsed, budget })
            }
        }
    }

    /// The side to move.
    const fn mover(&self) -> Address {
        match self.position.mover {
            Side::Submitter => self.docket.claim.submitter,
            Side::Challenger => self.key.challenger,
        }
    }
}
