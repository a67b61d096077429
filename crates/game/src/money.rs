//! What stakes and bonds are worth, and how lost ones are divided: docs/protocol.md §9, derived in docs/economics.md.

use alloy_primitives::U256;

use crate::Profile;

/// Wei in a gwei.
const GWEI: u64 = 1_000_000_000;
/// After so many rejected claims the stake stays the same.
const MAX_DOUBLINGS: u32 = 10;
/// Disputes that are open at once until the next bond is twice the first.
const GROWTH: u64 = 16;
/// A verdict costs as much gas as this many lists.
const VERDICT_LISTS: u64 = 2;
/// Of its bond a winner gets this part beyond its costs.
const REWARD_DIVISOR: u64 = 10;
/// This part of its stake loses who was right and not there to say so.
const LATENESS_FEE_DIVISOR: u64 = 5;
/// This part of a bond earns who gives the answer of a claim that was timed out again.
const SUCCESSOR_DIVISOR: u64 = 2;

/// All amounts are in wei.
impl Profile {
    /// Stake of a claim: it doubles with every claim on the request that was rejected before.
    pub fn stake(&self, round: u32) -> U256 {
        (U256::from(self.stake_gwei) * U256::from(GWEI)) << round.min(MAX_DOUBLINGS)
    }

    /// Bond of a dispute that is opened while `open` others are open on the claim.
    pub fn bond(&self, open: u32) -> U256 {
        self.first_bond() * U256::from(GROWTH + u64::from(open)) / U256::from(GROWTH)
    }

    /// What a submitter gets of a bond that its challenger lost, after `lists` lists of both sides; the rest is burned.
    pub fn repelled(&self, lists: u16) -> U256 {
        let reward = self.first_bond() / U256::from(REWARD_DIVISOR);
        self.costs(u64::from(lists / 2) + VERDICT_LISTS) + reward
    }

    /// What of a stake that was lost in `round` may repay one of the `others` challengers whose disputes were open then.
    pub fn share(&self, round: u32, others: u32) -> U256 {
        let quarter = self.stake(round) / U256::from(4);
        quarter.checked_div(U256::from(others)).unwrap_or_default()
    }

    /// What of its `share` repays a challenger in a dispute of `lists` lists of both sides; the rest is the winner's.
    pub fn repaid(&self, share: U256, lists: u16) -> U256 {
        self.costs(lists.div_ceil(2).into()).min(share)
    }

    /// What a right answer of `round` loses of its stake that came too late or was not defended.
    pub fn lateness_fee(&self, round: u32) -> U256 {
        self.stake(round) / U256::from(LATENESS_FEE_DIVISOR)
    }

    /// What of a lateness fee the submitter gets that gave the same answer again; the rest is burned.
    pub fn successor(&self) -> U256 {
        self.first_bond() / U256::from(SUCCESSOR_DIVISOR)
    }

    fn first_bond(&self) -> U256 {
        U256::from(self.bond_gwei) * U256::from(GWEI)
    }

    /// What repays `lists` lists, at a flat rate.
    fn costs(&self, lists: u64) -> U256 {
        let bits = u64::from(self.arity_bits);
        self.first_bond() * U256::from(bits * lists) / U256::from(80 + 5 * bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Whoever owns both sides loses a quarter of the bond, or half of the stake, whatever was played.
        #[test]
        fn nobody_gets_it_all_back(
            arity_bits in 1u8..=6, bond_gwei in 1u64.., open in 0u32..1 << 24, round: u32, others in 1u32..1 << 28, lists: u16,
        ) {
            let profile = Profile {
                window: 0, clock: 0, increment: 0, seconds_per_block: 0,
                arity_bits, bond_gwei, stake_gwei: bond_gwei.saturating_mul(10), answer_window: 0,
            };
            // n below 2^64 large steps, m up to 2^40 small ones.
            let bits = u16::from(arity_bits);
            let longest = 64u16.div_ceil(bits) + 40u16.div_ceil(bits);
            let bond = profile.bond(open);
            prop_assert!(profile.repelled(lists.min(longest)) <= bond - bond / U256::from(4));

            let share = profile.share(round, others);
            prop_assert!(profile.repaid(share, lists) <= share);
            prop_assert!(share * U256::from(others) <= profile.stake(round) / U256::from(4));
            prop_assert_eq!(profile.share(round, 0), U256::ZERO);

            // Who times a true claim out and claims the same gets back half of what the dispute has cost it.
            prop_assert!(profile.successor() <= bond / U256::from(2));
            prop_assert!(profile.lateness_fee(round) - profile.successor() >= profile.stake(round) * U256::from(3) / U256::from(20));
        }
    }
}
