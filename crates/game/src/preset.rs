//! Profiles that go by a name: docs/economics.md, *Profiles*.

use crate::Profile;

/// A profile that deployments offer under a name, and how much may depend on an answer that it decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Preset {
    /// What it is called.
    pub name: &'static str,
    /// What is registered.
    pub profile: Profile,
    /// In gwei, the most that a false answer to one request may be worth to its author: for more than this it would pay to keep
    /// every honest party off the chain for a window, or to claim falsely in the hope that nobody looks.
    pub carries_gwei: u64,
}

/// W = B = ten minutes, a bond that repays lists up to 71 gwei, ten bonds of stake.
const FAST: Profile = Profile {
    window: 600,
    clock: 600,
    increment: 24,
    seconds_per_block: 24,
    arity_bits: 5,
    stake_gwei: 1_300_000_000,
    bond_gwei: 130_000_000,
    answer_window: 0,
};

impl Preset {
    /// For answers on which little depends: a verdict within 34 minutes.
    pub const FAST: Self = Self { name: "fast", profile: FAST, carries_gwei: 3_500_000_000 };

    /// W = B = one hour.
    pub const STANDARD: Self = Self {
        name: "standard",
        profile: Profile { window: 3600, clock: 3600, stake_gwei: 3_250_000_000, ..FAST },
        carries_gwei: 30_000_000_000,
    };

    /// W = B = one day.
    pub const STRONG: Self = Self {
        name: "strong",
        profile: Profile { window: 86_400, clock: 86_400, stake_gwei: 78_000_000_000, ..FAST },
        carries_gwei: 720_000_000_000,
    };

    /// All of them, the quickest first.
    pub const ALL: [Self; 3] = [Self::FAST, Self::STANDARD, Self::STRONG];
}
