//! What a transaction may cost.

/// Limits and pace of fees (EIP-1559), in wei per gas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeePolicy {
    /// The most that is paid per gas, whatever the clock says.
    pub max_fee: u128,
    /// Tip of a first attempt.
    pub tip: u128,
    /// Blocks without inclusion after which the fee is raised.
    pub patience: u64,
}

/// The bond of the named profiles, 0.13 ether, over the gas of the dearest list, 87,000: who is kept out pays for its list what it
/// would lose without it.
const BOND_PER_GAS: u128 = 1_500_000_000_000;

impl Default for FeePolicy {
    fn default() -> Self {
        Self { max_fee: BOND_PER_GAS, tip: 1_000_000_000, patience: 2 }
    }
}

/// Fee fields of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fees {
    pub(super) max_fee: u128,
    pub(super) tip: u128,
}

/// The least that a pool takes in the place of `fee`: a tenth more.
const fn least(fee: u128) -> u128 {
    fee + fee / 10 + 1
}

impl FeePolicy {
    /// Fees of a first attempt: room for the base fee to double.
    pub(super) fn first(&self, base_fee: u128) -> Fees {
        self.with_tip(self.tip, base_fee)
    }

    /// Fees of a replacement, with twice the tip: a censor has to outbid it in every block, and a clock may have fifty of them.
    /// `None` if the limit leaves no room for what pools ask for.
    pub(super) fn raised(&self, earlier: Fees, base_fee: u128) -> Option<Fees> {
        let mut fees = self.with_tip((2 * earlier.tip).max(self.tip), base_fee);
        fees.max_fee = fees.max_fee.max(least(earlier.max_fee));
        (fees.max_fee <= self.max_fee && fees.tip >= least(earlier.tip)).then_some(fees)
    }

    fn with_tip(&self, tip: u128, base_fee: u128) -> Fees {
        let tip = tip.min(self.max_fee);
        Fees { max_fee: (2 * base_fee + tip).min(self.max_fee), tip }
    }
}

#[cfg(test)]
mod tests {
    use opml_game::Preset;

    use super::*;

    #[test]
    fn replacements_rise_by_more_than_a_tenth_and_stop_at_the_limit() {
        let policy = FeePolicy { max_fee: 10_000, tip: 10, patience: 2 };
        let mut fees = policy.first(100);
        assert_eq!(fees, Fees { max_fee: 210, tip: 10 });
        let mut attempts = 0;
        while let Some(next) = policy.raised(fees, 100) {
            assert!(next.max_fee * 10 >= fees.max_fee * 11 && next.tip * 10 >= fees.tip * 11);
            assert!(next.max_fee <= policy.max_fee && next.tip <= next.max_fee);
            fees = next;
            attempts += 1;
        }
        assert!(attempts > 8 && fees.tip * 2 > policy.max_fee, "{attempts}, {fees:?}");
    }

    #[test]
    fn a_first_attempt_never_exceeds_the_limit() {
        let policy = FeePolicy { max_fee: 50, tip: 80, patience: 2 };
        assert_eq!(policy.first(u128::from(u64::MAX)), Fees { max_fee: 50, tip: 50 });
    }

    /// What a censor pays who outbids a list in every block of a window (docs/economics.md, *Profiles*) is more than the profile may
    /// decide about.
    #[test]
    fn to_keep_a_list_out_for_a_window_costs_more_than_the_answer_is_worth() {
        const SLOT: u32 = 12;
        const LIST_GAS: u128 = 87_000;
        let (policy, base_fee) = (FeePolicy::default(), 20_000_000_000);
        for Preset { name, profile, carries_gwei } in Preset::ALL {
            let mut fees = policy.first(base_fee);
            let mut price = 0;
            for block in 1..=u64::from(profile.window / SLOT) {
                price += fees.tip.min(fees.max_fee - base_fee) * LIST_GAS;
                if block % policy.patience == 0 {
                    fees = policy.raised(fees, base_fee).unwrap_or(fees);
                }
            }
            let carries = u128::from(carries_gwei) * 1_000_000_000;
            assert!(price >= carries, "{name}: {price} wei against {carries}");
        }
    }
}
