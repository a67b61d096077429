//! The one storage slot of a claim and of a dispute (docs/protocol.md §7).

use alloy_primitives::{Address, B256, U256, keccak256};
use thiserror::Error;

use crate::Side;

/// A storage word that no call of the contract can have written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("{field} has no meaning {value} in slot {slot}")]
pub struct SlotError {
    /// The field that has a value without meaning.
    pub field: &'static str,
    /// Its value.
    pub value: u8,
    /// The whole word.
    pub slot: U256,
}

/// Status of a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClaimStatus {
    /// No such claim.
    None = 0,
    /// May be disputed or waits for disputes.
    Open = 1,
    /// The request's answer.
    Final = 2,
    /// Lost a dispute by proof, or was timed out and has another end than the final claim.
    Rejected = 3,
    /// Not revealed: nobody knows what it says. The number of the profile stands in the place of the live disputes.
    Committed = 4,
    /// Never revealed; its stake went back.
    TakenBack = 5,
    /// Lost a dispute by its clock; whether it was right is not known.
    TimedOut = 6,
    /// Was timed out, and has the end of the final claim.
    Late = 7,
    /// Its guest version was retired before anything was known of it.
    Annulled = 8,
}

/// A claim on chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClaimSlot {
    /// Who claimed.
    pub submitter: Address,
    /// Timestamp of the commitment, or of the reveal.
    pub time: u32,
    /// Block of the commitment, or of the reveal.
    pub block: u32,
    /// Disputes that are neither decided nor over: 28 bits.
    pub live: u32,
    /// Where it stands.
    pub status: ClaimStatus,
}

impl ClaimSlot {
    /// The packed word.
    pub fn pack(&self) -> U256 {
        let submitter = U256::from_be_slice(self.submitter.as_slice());
        let rest = U256::from(self.time)
            | U256::from(self.block) << 32
            | U256::from(self.live & 0xfff_ffff) << 64
            | U256::from(self.status as u8) << 92;
        submitter | rest << 160
    }

    /// The claim in a word.
    pub fn unpack(slot: U256) -> Result<Self, SlotError> {
        let rest: U256 = slot >> 160;
        let status = match (rest >> 92usize).to::<u8>() {
            0 => ClaimStatus::None,
            1 => ClaimStatus::Open,
            2 => ClaimStatus::Final,
            3 => ClaimStatus::Rejected,
            4 => ClaimStatus::Committed,
            5 => ClaimStatus::TakenBack,
            6 => ClaimStatus::TimedOut,
            7 => ClaimStatus::Late,
            8 => ClaimStatus::Annulled,
            value => return Err(SlotError { field: "claim status", value, slot }),
        };
        let low = rest.as_limbs()[0];
        Ok(Self {
            submitter: Address::from_word(B256::from(slot)),
            time: low as u32,
            block: (low >> 32) as u32,
            live: rest.as_limbs()[1] as u32 & 0xfff_ffff,
            status,
        })
    }
}

/// How a dispute ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Decision {
    /// The side that won.
    pub winner: Side,
    /// By proof, or else because a clock ran out.
    pub by_proof: bool,
    /// Whether this decision rejected the claim.
    pub rejected_claim: bool,
    /// Whether the money was paid.
    pub collected: bool,
    /// Disputes that were open on the claim when this one was opened: 24 bits.
    pub bond_index: u32,
    /// Lists that both sides posted.
    pub lists: u16,
}

/// A dispute on chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DisputeSlot {
    /// No such dispute.
    None,
    /// A commitment to position and list, see [`DisputeSlot::live`].
    Live(U256),
    /// Over.
    Decided(Decision),
    /// Over without a winner: another dispute rejected the claim, and the bond was given back.
    Returned,
}

impl DisputeSlot {
    /// The slot of a live dispute: `keccak(position ‖ listRoot)` with bit 255 set.
    pub fn live(position: U256, list_root: B256) -> Self {
        let mut preimage = [0; 64];
        preimage[..32].copy_from_slice(&position.to_be_bytes::<32>());
        preimage[32..].copy_from_slice(list_root.as_slice());
        Self::Live(U256::from_be_bytes(keccak256(preimage).0) | U256::ONE << 255)
    }

    /// The packed word.
    pub fn pack(&self) -> U256 {
        match self {
            Self::None => U256::ZERO,
            Self::Live(word) => *word,
            Self::Returned => U256::from(1u32 << 24),
            Self::Decided(decision) => {
                let low = decision.winner as u32
                    | (if decision.by_proof { 1 } else { 2 }) << 8
                    | u32::from(decision.rejected_claim) << 16
                    | u32::from(decision.collected) << 24;
                let high = u64::from(decision.bond_index & 0xff_ffff) << 32;
                U256::from_limbs([u64::from(low) | high, 0, 0, 0])
                    | U256::from(decision.lists) << 56
            }
        }
    }

    /// The dispute in a word.
    pub fn unpack(slot: U256) -> Result<Self, SlotError> {
        if slot.is_zero() {
            return Ok(Self::None);
        }
        if slot.bit(255) {
            return Ok(Self::Live(slot));
        }
        if slot == Self::Returned.pack() {
            return Ok(Self::Returned);
        }
        let low = slot.as_limbs()[0];
        let [winner, how, rejected, collected] = (low as u32).to_le_bytes();
        let flag = |field, value| match value {
            0 => Ok(false),
            1 => Ok(true),
            value => Err(SlotError { field, value, slot }),
        };
        Ok(Self::Decided(Decision {
            winner: match winner {
                1 => Side::Submitter,
                2 => Side::Challenger,
                value => return Err(SlotError { field: "winner", value, slot }),
            },
            by_proof: match how {
                1 => true,
                2 => false,
                value => return Err(SlotError { field: "how", value, slot }),
            },
            rejected_claim: flag("rejected", rejected)?,
            collected: flag("collected", collected)?,
            bond_index: (low >> 32) as u32 & 0xff_ffff,
            lists: (slot >> 56usize).as_limbs()[0] as u16,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn claim_slots_survive_packing(
            submitter: [u8; 20], time: u32, block: u32, live in 0u32..1 << 28, status in 0usize..8,
        ) {
            use ClaimStatus::{Committed, Final, Late, None, Open, Rejected, TakenBack, TimedOut};
            let status = [None, Open, Final, Rejected, Committed, TakenBack, TimedOut, Late][status];
            let claim = ClaimSlot { submitter: submitter.into(), time, block, live, status };
            prop_assert_eq!(ClaimSlot::unpack(claim.pack()), Ok(claim));
        }

        #[test]
        fn decided_slots_survive_packing(
            flags: [bool; 4], bond_index in 0u32..1 << 24, lists: u16,
        ) {
            let [challenger, by_proof, rejected_claim, collected] = flags;
            let winner = if challenger { Side::Challenger } else { Side::Submitter };
            let slot = DisputeSlot::Decided(Decision {
                winner, by_proof, rejected_claim, collected, bond_index, lists,
            });
            prop_assert_eq!(DisputeSlot::unpack(slot.pack()), Ok(slot));
            prop_assert_eq!(DisputeSlot::unpack(DisputeSlot::Returned.pack()), Ok(DisputeSlot::Returned));
        }
    }

    #[test]
    fn words_that_no_call_writes_are_errors() {
        let word = |bytes: [u8; 4]| U256::from(u32::from_le_bytes(bytes));
        for bytes in [[3, 1, 0, 0], [0, 1, 0, 0], [1, 0, 0, 0], [1, 1, 2, 0], [1, 1, 0, 9]] {
            assert!(DisputeSlot::unpack(word(bytes)).is_err(), "{bytes:?}");
        }
        assert!(ClaimSlot::unpack(U256::from(9) << 252).is_err());
    }
}
