//! The one storage slot of a request (docs/protocol.md §7).

use alloy_primitives::U256;

use crate::{rules::Tick, settlement::Refund, slot::SlotError};

/// Status of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestStatus {
    /// No such request.
    None = 0,
    /// Takes commitments and reveals of its round.
    Open = 1,
    /// The round's claim is made; whether it is rejected stands in its own slot.
    Claimed = 2,
    /// Answered with an output.
    Done = 3,
    /// Answered with a failure.
    Failed = 4,
    /// The fee went back, and nothing will be final.
    Refunded = 5,
}

/// A request on chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestSlot {
    /// The fee in gwei.
    pub fee_gwei: u64,
    /// Last timestamp at which a commitment is accepted.
    pub deadline: u32,
    /// How many claims on it were rejected.
    pub round: u32,
    /// Where it stands.
    pub status: RequestStatus,
    /// State of the callback: 0 none, 1 pending, 2 delivered, 3 failed.
    pub callback: u8,
    /// Number of its guest version.
    pub guest: u8,
    /// Whether it was refunded because that was retired.
    pub annulled: bool,
    /// When somebody committed to an answer for the first time, under a profile with an answer window.
    pub committed: Option<Tick>,
}

impl RequestSlot {
    /// The packed word.
    pub fn pack(&self) -> U256 {
        let middle = u64::from(self.deadline) | u64::from(self.round) << 32;
        let high = self.status as u64
            | u64::from(self.callback) << 8
            | u64::from(self.guest) << 16
            | u64::from(self.annulled) << 24
            | self.committed.map_or(0, |tick| u64::from(tick.time)) << 32;
        let highest = self.committed.map_or(0, |tick| u64::from(tick.block));
        U256::from_limbs([self.fee_gwei, middle, high, highest])
    }

    /// The request in a word.
    pub const fn unpack(slot: U256) -> Result<Self, SlotError> {
        let [fee_gwei, middle, high, highest] = *slot.as_limbs();
        let status = match high as u8 {
            0 => RequestStatus::None,
            1 => RequestStatus::Open,
            2 => RequestStatus::Claimed,
            3 => RequestStatus::Done,
            4 => RequestStatus::Failed,
            5 => RequestStatus::Refunded,
            value => return Err(SlotError { field: "request status", value, slot }),
        };
        let committed = match highest as u32 {
            0 => None,
            block => Some(Tick { time: (high >> 32) as u32, block }),
        };
        Ok(Self {
            fee_gwei,
            deadline: middle as u32,
            round: (middle >> 32) as u32,
            status,
            callback: (high >> 8) as u8,
            guest: (high >> 16) as u8,
            annulled: high >> 24 & 1 == 1,
            committed,
        })
    }

    /// Whether the fee went back, and why.
    pub const fn refunded(&self) -> Refund {
        match (self.status, self.annulled) {
            (RequestStatus::Refunded, false) => Refund::Late,
            (RequestStatus::Refunded, true) => Refund::Annulled,
            _ => Refund::None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn slots_survive_packing(
            fee_gwei: u64, deadline: u32, round: u32, status in 0usize..6, callback in 0u8..4, guest: u8, annulled: bool,
            time: u32, block: u32,
        ) {
            use RequestStatus::{Claimed, Done, Failed, None, Open, Refunded};
            let status = [None, Open, Claimed, Done, Failed, Refunded][status];
            let committed = (block != 0).then_some(Tick { time, block });
            let request = RequestSlot { fee_gwei, deadline, round, status, callback, guest, annulled, committed };
            prop_assert_eq!(RequestSlot::unpack(request.pack()), Ok(request));
        }
    }

    #[test]
    fn an_unknown_status_is_an_error() {
        assert!(RequestSlot::unpack(U256::from(6) << 128).is_err());
    }
}
