//! The position of a dispute: everything of it that changes, in one word (docs/protocol.md §7).

use alloy_primitives::U256;

/// The two parties of a dispute. The discriminants are the winner codes of a decided dispute's slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The party that claimed.
    Submitter = 1,
    /// The party that opened the dispute.
    Challenger = 2,
}

impl Side {
    /// The opponent.
    pub const fn other(self) -> Self {
        match self {
            Self::Submitter => Self::Challenger,
            Self::Challenger => Self::Submitter,
        }
    }
}

/// A dispute is opened while at most so many are: its bond's number has 24 bits.
pub const MAX_BOND_INDEX: u32 = (1 << 24) - 1;

/// What a step of the segment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Phase {
    /// Steps are large: states are roots of the data half, or FAULT.
    Large = 1,
    /// Steps are small: states are hashes of the MIPS machine's state.
    Small = 2,
}

/// A dispute between two moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Position {
    /// N: steps that the last list covers, in steps of `phase`.
    pub steps: u64,
    /// Timestamp of the last move.
    pub time: u32,
    /// Block of the last move.
    pub block: u32,
    /// Seconds left to the submitter.
    pub submitter_budget: u32,
    /// Seconds left to the challenger.
    pub challenger_budget: u32,
    /// Lists posted so far.
    pub lists: u16,
    /// Which of the claim's bonds this one is, at most [`MAX_BOND_INDEX`].
    pub bond_index: u32,
    /// What the last list's steps are.
    pub phase: Phase,
    /// The side to move.
    pub mover: Side,
    /// r of the guest version in phase 2, 1 to 16: so many small steps are not cut any more. In phase 1 it is 1.
    pub max_evaluated: u8,
    /// Number of the profile.
    pub profile: u8,
    /// Number of the guest version.
    pub guest: u8,
}

impl Position {
    /// The packed word.
    pub fn pack(&self) -> U256 {
        let mover: u64 = if self.mover == Side::Submitter { 0 } else { 1 };
        let low = u64::from(self.time) | u64::from(self.block) << 32;
        let budgets = u64::from(self.submitter_budget) | u64::from(self.challenger_budget) << 32;
        let high = u64::from(self.lists)
            | u64::from(self.bond_index & 0xff_ffff) << 16
            | (self.phase as u64) << 40
            | mover << 42
            | u64::from(self.max_evaluated.wrapping_sub(1) & 0xf) << 44
            | u64::from(self.profile) << 48
            | u64::from(self.guest) << 56;
        U256::from_limbs([self.steps, low, budgets, high])
    }

    /// The position in a word, or `None` if its phase or side is not one of the protocol's: no call accepts such a word.
    pub const fn unpack(word: U256) -> Option<Self> {
        let [steps, low, budgets, high] = word.into_limbs();
        let phase = match (high >> 40) & 3 {
            1 => Phase::Large,
            2 => Phase::Small,
            _ => return None,
        };
        let mover = match (high >> 42) & 3 {
            0 => Side::Submitter,
            1 => Side::Challenger,
            _ => return None,
        };
        Some(Self {
            steps,
            time: low as u32,
            block: (low >> 32) as u32,
            submitter_budget: budgets as u32,
            challenger_budget: (budgets >> 32) as u32,
            lists: high as u16,
            bond_index: (high >> 16) as u32 & 0xff_ffff,
            phase,
            mover,
            max_evaluated: ((high >> 44) & 0xf) as u8 + 1,
            profile: (high >> 48) as u8,
            guest: (high >> 56) as u8,
        })
    }

    /// Seconds left to one side when the last move was made.
    pub const fn budget(&self, side: Side) -> u32 {
        match side {
            Side::Submitter => self.submitter_budget,
            Side::Challenger => self.challenger_budget,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn unpack_inverts_pack(limbs: [u64; 4], phase in 1u64..=2, mover in 0u64..=1) {
            let mut limbs = limbs;
            limbs[3] = limbs[3] & !(0xf << 40) | phase << 40 | mover << 42;
            let word = U256::from_limbs(limbs);
            prop_assert_eq!(Position::unpack(word).map(|position| position.pack()), Some(word));
        }
    }

    #[test]
    fn unknown_phases_and_sides_are_no_positions() {
        for (phase, mover) in [(0u64, 0u64), (3, 0), (3, 1), (1, 2), (2, 3)] {
            assert_eq!(
                Position::unpack(U256::from_limbs([1, 0, 0, phase << 40 | mover << 42])),
                None
            );
        }
    }
}
