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

impl Default for FeePolicy {
    fn default() -> Self {
        Self { max_fee: 500_000_000_000, tip: 1_000_000_000, patience: 2 }
    }
}

/// Fee fields of one attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fees {
    pub(super) max_fee: u128,
    pub(super) tip: u128,
}

impl FeePolicy {
    /// Fees of a first attempt: room for the base fee to double.
    pub(super) fn first(&self, base_fee: u128) -> Fees {
        let tip = self.tip.min(self.max_fee);
        Fees { max_fee: (2 * base_fee + tip).min(self.max_fee), tip }
    }

    /// Fees of a replacement: a quarter more of both, so that every pool takes it (they ask for a tenth), and at least those of a
    /// first attempt now. `None` if that is over the limit.
    pub(super) fn raised(&self, earlier: Fees, base_fee: u128) -> Option<Fees> {
        let first = self.first(base_fee);
        let raise = |fee: u128| fee + fee / 4 + 1;
        let fees = Fees {
            max_fee: raise(earlier.max_fee).max(first.max_fee),
            tip: raise(earlier.tip).max(first.tip),
        };
        (fees.max_fee <= self.max_fee).then_some(fees)
    }
}

#[cfg(test)]
mod tests {
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
        assert!(attempts > 10, "{attempts}");
    }

    #[test]
    fn a_first_attempt_never_exceeds_the_limit() {
        let policy = FeePolicy { max_fee: 50, tip: 80, patience: 2 };
        assert_eq!(policy.first(u128::from(u64::MAX)), Fees { max_fee: 50, tip: 50 });
    }
}
