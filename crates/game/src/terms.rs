//! What a request pins before anybody plays: the profile and the guest version.

use alloy_primitives::{Address, B256};

use crate::{Phase, cut};

/// The court's clockwork (`IOpMLTypes.Profile`): immutable, named by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Profile {
    /// Seconds in which a claim may be disputed.
    pub window: u32,
    /// Seconds that each side starts a dispute with.
    pub clock: u32,
    /// Seconds that a side gains per move.
    pub increment: u16,
    /// τ: a side is charged at most this many seconds per block.
    pub seconds_per_block: u16,
    /// log2 of k, 1 to 6.
    pub arity_bits: u8,
    /// Stake of a claim in gwei.
    pub stake_gwei: u64,
    /// Bond of a dispute in gwei.
    pub bond_gwei: u64,
    /// Seconds from a commitment to its reveal, in which validators answer; 0 if the profile has no attention challenge.
    pub answer_window: u16,
}

impl Profile {
    /// k: the greatest number of entries in a list.
    pub const fn arity(&self) -> u64 {
        1 << self.arity_bits
    }
}

/// The machine (`IOpMLTypes.GuestVersion`): guest program, its bounds and the verifier of its steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GuestVersion {
    /// G: root of the guest half with the guest freshly loaded.
    pub root: B256,
    /// The contract that proves small steps.
    pub verifier: Address,
    /// pc of the first small step.
    pub entry: u64,
    /// A large step runs at most `2^max_steps_bits` small steps.
    pub max_steps_bits: u8,
    /// r: small steps that one evaluation proves, 1 to 16.
    pub max_evaluated: u8,
}

impl GuestVersion {
    /// The bound on the small steps of one large step.
    pub const fn max_steps(&self) -> u64 {
        1 << self.max_steps_bits
    }
}

/// The terms of one dispute.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// The claim's profile.
    pub profile: &'a Profile,
    /// The claim's guest version.
    pub guest: &'a GuestVersion,
}

impl Terms<'_> {
    /// How many entries a list over `steps` has.
    pub fn entries(&self, phase: Phase, steps: u64) -> u64 {
        cut::entries(phase, steps, self.profile.arity(), u64::from(self.guest.max_evaluated))
    }

    /// The most lists that a dispute over `n` large steps can have: in phase 1 until a part is one large step, in phase 2, over
    /// `2^max_steps_bits` small ones, until it is evaluated.
    pub fn longest(&self, n: u64) -> u64 {
        let (k, r) = (self.profile.arity(), u64::from(self.guest.max_evaluated));
        let lists = |mut steps: u64, short: u64| {
            let mut lists = 0;
            while steps > short {
                steps = steps.div_ceil(k);
                lists += 1;
            }
            lists
        };
        // The opening of phase 2 is a list, however short.
        lists(n, 1) + lists(self.guest.max_steps(), r).max(1)
    }

    /// Seconds, as clocks charge them, from the reveal of a claim of `n` large steps until its last dispute is over: the dispute
    /// is opened in the window's last second, and each side uses up its clock.
    ///
    /// `W + 2B + (lists - 2)·inc`: the opening earns no increment, and who posts the last list needs no more time. With one list
    /// the challenger needs none at all: `W + B`.
    pub fn verdict_within(&self, n: u64) -> u64 {
        let Profile { window, clock, increment, .. } = *self.profile;
        let [window, clock] = [window, clock].map(u64::from);
        match self.longest(n).checked_sub(2) {
            None => window + clock,
            Some(moves) => window + 2 * clock + moves * u64::from(increment),
        }
    }
}
