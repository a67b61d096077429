//! A deployment with everything round it.

use std::hash::{DefaultHasher, Hash, Hasher};

use alloy_primitives::{Address, B256, U256, keccak256};
use opml_game::attention::{Attention, Challenge, answer};
use opml_game::{Claim, ClaimStatus, RequestSlot, RequestStatus, Tick};

use crate::{Bounds, Mutation};

pub(crate) const MODEL: B256 = B256::repeat_byte(3);
/// Always answers in time, and fetches what it is owed.
pub(crate) const HONEST: Address = Address::repeat_byte(0x11);
/// Sets the rewards aside.
pub(crate) const FUNDER: Address = Address::repeat_byte(0x22);
/// All that the attacker owns, however many accounts it has, is lost and won together.
pub(crate) const ATTACKERS: [Address; 2] = [Address::repeat_byte(0xaa), Address::repeat_byte(0xab)];

/// What does not change.
pub(crate) struct Stage {
    pub(crate) challenge: Challenge,
    pub(crate) bounds: Bounds,
    pub(crate) without: Option<Mutation>,
}

impl Stage {
    /// E: some blocks, so that things happen at the beginning, within and at the end of an epoch.
    pub(crate) const EPOCH: u32 = 4;
    /// After the first commitment.
    pub(crate) const ANSWERS_FOR: u32 = 1;
    /// From the first commitment to its reveal: behind the last answer.
    pub(crate) const REVEALED_AFTER: u32 = Self::ANSWERS_FOR + 1;
    /// The first epoch, and the one behind the last in which anything new happens.
    pub(crate) const EPOCHS: (u32, u32) = (10, 13);

    pub(crate) fn lacks(&self, mutation: Mutation) -> bool {
        self.without == Some(mutation)
    }

    pub(crate) fn attackers(&self) -> &'static [Address] {
        &ATTACKERS[..self.bounds.accounts]
    }

    /// Everybody that may have a seat.
    pub(crate) fn validators(&self) -> impl Iterator<Item = Address> {
        [HONEST].into_iter().chain(self.attackers().iter().copied())
    }
}

/// A request of the protocol. What the protocol does with it is another search (`protocol`): here its final claim is true, as G1
/// says, and comes when the attacker likes, after the reveal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Asked {
    pub(crate) committed: Option<Tick>,
    /// What the chain says of the block of the first commitment.
    pub(crate) hash: B256,
    pub(crate) last: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) now: Tick,
    pub(crate) attention: Attention,
    pub(crate) asked: Vec<Asked>,
    /// Wei that came in.
    pub(crate) held: U256,
    /// Judgements that have taken from the honest validator, from others, and rewards of such that had not computed.
    pub(crate) slashed_honest: bool,
    pub(crate) slashes: u8,
    pub(crate) free_riders: bool,
    /// Rewards of the honest validator.
    pub(crate) rewards: u8,
}

pub(crate) const fn request(index: usize) -> B256 {
    B256::with_last_byte(0x40 + index as u8)
}

/// The end state of the run, or a lie about it.
pub(crate) fn end(index: usize, truth: bool) -> B256 {
    keccak256([index as u8, truth as u8])
}

pub(crate) fn claim(index: usize, truth: bool) -> Claim {
    Claim {
        request_id: request(index),
        round: 0,
        guest: 0,
        profile: 0,
        submitter: FUNDER,
        s0: B256::ZERO,
        n: 1,
        sn: end(index, truth),
        outcome: 1,
        output_hash: B256::ZERO,
    }
}

impl State {
    /// The honest validator has a seat from the next epoch on; so may the attacker.
    pub(crate) fn new(stage: &Stage) -> Self {
        let time = Stage::EPOCHS.0 * Stage::EPOCH + Stage::EPOCH - 1;
        let now = Tick { time, block: time };
        let mut attention = Attention::new(stage.challenge);
        let held = stage.challenge.seat_deposit();
        attention.join(now, HONEST, held, MODEL).unwrap();
        let asked = Asked { committed: None, hash: B256::ZERO, last: false };
        let asked = vec![asked; stage.bounds.requests];
        let (slashed_honest, free_riders) = (false, false);
        Self { now, attention, asked, held, slashed_honest, slashes: 0, free_riders, rewards: 0 }
    }

    pub(crate) const fn epoch(&self) -> u32 {
        self.now.time / Stage::EPOCH
    }

    pub(crate) fn slot(&self, index: usize) -> RequestSlot {
        let status = if self.asked[index].last { RequestStatus::Done } else { RequestStatus::Open };
        RequestSlot {
            fee_gwei: 0,
            deadline: u32::MAX,
            round: 0,
            status,
            callback: 0,
            guest: 0,
            annulled: false,
            committed: self.asked[index].committed,
        }
    }

    /// Whether the reveal has told everybody S_n.
    pub(crate) fn revealed(&self, index: usize) -> bool {
        let committed = self.asked[index].committed;
        committed.is_some_and(|tick| self.now.time >= tick.time + Stage::REVEALED_AFTER)
    }

    /// The claims that a judgement may name, with their status: the truth, and a lie that is never final.
    pub(crate) fn named(&self, stage: &Stage, index: usize, truth: bool) -> (Claim, ClaimStatus) {
        let last = truth && self.asked[index].last || stage.lacks(Mutation::AnyClaimJudges);
        (claim(index, truth), if last { ClaimStatus::Final } else { ClaimStatus::Open })
    }

    pub(crate) fn answered(&self, index: usize, validator: Address) -> Option<B256> {
        self.attention.answers.get(&(request(index), validator)).copied()
    }

    /// Whether what a validator has answered is right.
    pub(crate) fn is_right(&self, index: usize, validator: Address) -> bool {
        let right = answer(request(index), end(index, true), validator);
        self.answered(index, validator) == Some(right)
    }

    pub(crate) fn key(&self) -> u128 {
        let mut parts = [0; 2];
        for (salt, part) in parts.iter_mut().enumerate() {
            let hasher = &mut DefaultHasher::new();
            (salt, self.now, &self.attention, &self.asked, self.held).hash(hasher);
            (self.slashed_honest, self.slashes, self.free_riders, self.rewards).hash(hasher);
            *part = hasher.finish();
        }
        u128::from(parts[0]) << 64 | u128::from(parts[1])
    }
}
