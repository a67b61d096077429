//! Keys that play a party's clock, as pure rules (docs/protocol.md §8, *Operators*).
//!
//! The rules of a dispute know parties only: a key that [plays](Service::plays) for the side to move *is* that side, and every other
//! sender is itself. So whatever holds for a party, whoever plays it, holds for its operators.

use alloy_primitives::Address;
use thiserror::Error;

use crate::{ClaimSlot, Tick};

/// Keys that a party may have at a time.
pub const MAX_OPERATORS: u8 = 4;

/// Why a change of a party's keys would revert; each variant has the name of the contract's error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unstaffed {
    /// The party has all the keys that it may have.
    #[error("the party has {MAX_OPERATORS} operators")]
    TooManyOperators,
    /// The key was named before, and dismissed perhaps: to name it again would end its first service in disputes that are open.
    #[error("the party has named the key at {since}")]
    OperatorExists {
        /// When it was.
        since: u64,
    },
    /// The key is none of the party's, or is so no more.
    #[error("the key is not an operator of the party")]
    NotOperator,
}

/// When a key was named for a party, and dismissed, as the contract keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Service {
    /// Timestamp of its naming.
    pub since: Option<u64>,
    /// Timestamp of its dismissal.
    pub until: Option<u64>,
}

impl Service {
    /// `nameOperator`, by a party that has `keys` operators.
    pub fn name(self, now: Tick, keys: u8) -> Result<Self, Unstaffed> {
        if keys == MAX_OPERATORS {
            return Err(Unstaffed::TooManyOperators);
        }
        match self.since {
            Some(since) => Err(Unstaffed::OperatorExists { since }),
            None => Ok(Self { since: Some(now.time.into()), until: None }),
        }
    }

    /// `dismissOperator`.
    pub fn dismiss(self, now: Tick) -> Result<Self, Unstaffed> {
        if self.since.is_none() || self.until.is_some() {
            return Err(Unstaffed::NotOperator);
        }
        Ok(Self { until: Some(now.time.into()), ..self })
    }

    /// Whether the key plays in disputes on a claim: it was named in an earlier second than the reveal, and not dismissed in one.
    pub fn plays(self, claim: &ClaimSlot) -> bool {
        let revealed = u64::from(claim.time);
        let named = self.since.is_some_and(|since| since < revealed);
        named && self.until.is_none_or(|until| until >= revealed)
    }

    /// Whom a sender, whose service for the side to move this is, acts as in a dispute on a claim.
    pub fn acting(self, sender: Address, mover: Address, claim: &ClaimSlot) -> Address {
        if self.plays(claim) { mover } else { sender }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ClaimStatus;

    const fn claim(time: u32) -> ClaimSlot {
        ClaimSlot { submitter: Address::ZERO, time, block: 0, live: 0, status: ClaimStatus::Open }
    }

    #[test]
    fn a_key_plays_on_claims_that_are_revealed_during_its_service() {
        let at = |time| Tick { time, block: 0 };
        let named = Service::default().name(at(10), 0).unwrap();
        let dismissed = named.dismiss(at(20)).unwrap();
        let plays = |service: Service| [10, 11, 20, 21].map(|time| service.plays(&claim(time)));
        assert_eq!(plays(Service::default()), [false; 4]);
        assert_eq!(plays(named), [false, true, true, true]);
        assert_eq!(plays(dismissed), [false, true, true, false]);
        assert_eq!(dismissed.name(at(30), 0), Err(Unstaffed::OperatorExists { since: 10 }));
        assert_eq!(dismissed.dismiss(at(30)), Err(Unstaffed::NotOperator));
    }
}
