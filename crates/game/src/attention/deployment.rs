use std::collections::BTreeMap;

use alloy_primitives::{Address, B256, U256};

use super::{Enrolment, LIABLE_EPOCHS, Member, Roster, Unattended};
use crate::Tick;

/// What a deployment of the challenge is constructed with, of one profile that has an answer window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Challenge {
    /// Number of the profile whose requests may be enrolled.
    pub profile: u8,
    /// V: seats drawn at most, 1 to 8.
    pub draws: u8,
    /// p in ten thousandths, 1 to 10,000.
    pub called_per_ten_thousand: u16,
    /// c: requests per model and epoch.
    pub capacity: u16,
    /// E: seconds of an epoch.
    pub epoch_seconds: u32,
    /// G in wei.
    pub slash: u128,
    /// R in wei.
    pub reward: u128,
    /// Seconds from the first commitment on in which answers are accepted ([`Profile::answers_for`](crate::Profile::answers_for)).
    pub answers_for: u64,
    /// τ of the profile.
    pub seconds_per_block: u16,
}

impl Challenge {
    /// The epoch of a block.
    pub const fn epoch(&self, now: Tick) -> u32 {
        now.time / self.epoch_seconds
    }

    /// What a seat has to hold: G for every request that can be judged at a time.
    pub fn seat_deposit(&self) -> U256 {
        U256::from(LIABLE_EPOCHS) * U256::from(self.capacity) * U256::from(self.slash)
    }

    /// What is set aside for the rewards of a request: V·R.
    pub fn funding(&self) -> U256 {
        U256::from(self.draws) * U256::from(self.reward)
    }

    /// Whether what was enrolled, or ended, in `epoch` can still cost a deposit.
    pub const fn is_judged(&self, now: Tick, epoch: u32) -> bool {
        (self.epoch(now) as u64) < epoch as u64 + LIABLE_EPOCHS
    }
}

/// All that a deployment of the challenge keeps, and what was burned of its money.
///
/// Each call of the contract is a function of the same name. A call that would revert changes nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Attention {
    /// What it was constructed with.
    pub challenge: Challenge,
    /// The validators, by model.
    pub rosters: BTreeMap<B256, Roster>,
    /// The requests before them, by id.
    pub enrolments: BTreeMap<B256, Enrolment>,
    /// Answers by request and validator; a judged one is replaced by [`JUDGED`](super::JUDGED).
    pub answers: BTreeMap<(B256, Address), B256>,
    /// What was credited and not withdrawn.
    pub credits: BTreeMap<Address, U256>,
    /// What is left to nobody.
    pub burned: U256,
}

impl Attention {
    /// A deployment that nobody has called.
    pub const fn new(challenge: Challenge) -> Self {
        Self {
            challenge,
            rosters: BTreeMap::new(),
            enrolments: BTreeMap::new(),
            answers: BTreeMap::new(),
            credits: BTreeMap::new(),
            burned: U256::ZERO,
        }
    }

    /// Where a validator stands with a model.
    pub fn member(&self, model: B256, validator: Address) -> Member {
        self.rosters.get(&model).map(|roster| roster.member(validator)).unwrap_or_default()
    }

    /// What has to be in the contract: deposits, credits, what is left of the rewards of enrolled requests, and what was burned.
    pub fn owed(&self) -> U256 {
        let deposits = self.rosters.values().map(Roster::deposits);
        let funding = self.challenge.funding();
        let reward = U256::from(self.challenge.reward);
        let set_aside = self.enrolments.values().map(|e| funding - reward * U256::from(e.rewarded));
        let credits = self.credits.values().copied();
        deposits.chain(set_aside).chain(credits).fold(self.burned, |sum, part| sum + part)
    }

    /// `withdraw`: gives what an account has fetched.
    pub fn withdraw(&mut self, caller: Address) -> Result<U256, Unattended> {
        self.credits.remove(&caller).ok_or(Unattended::NothingToWithdraw)
    }

    pub(super) fn credit(&mut self, account: Address, amount: U256) {
        if !amount.is_zero() {
            *self.credits.entry(account).or_default() += amount;
        }
    }
}
