//! The opening of phase 2: how one large step is claimed to run in small steps (docs/protocol.md §8).

use alloy_primitives::{B256, keccak256};
use opml_fpvm::{Cpu, EXIT_OK, PACKED_BYTES, exited_hash};
use opml_memory::node;

use crate::seam::FAULT;

/// F: the state after the last small step, in the form that its exit word selects.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum FinalState {
    /// Exit word `0x100`: the memory root is `keccak(guest_half ‖ data_half)`, and the data half is the successor.
    Done {
        /// g: what the run left of the guest half.
        guest_half: B256,
        /// Y: the data half.
        data_half: B256,
    },
    /// Any other exit word that is not zero: the large step ends in FAULT.
    Failed {
        /// The exit word.
        exit: u64,
        /// The memory root.
        root: B256,
    },
    /// Still running after the greatest number of steps: the large step ends in FAULT.
    Running {
        /// The whole packed state.
        packed: Box<[u8; PACKED_BYTES]>,
    },
}

impl FinalState {
    /// The exit word.
    pub const fn exit(&self) -> u64 {
        match self {
            Self::Done { .. } => EXIT_OK,
            Self::Failed { exit, .. } => *exit,
            Self::Running { .. } => 0,
        }
    }

    /// hash(F): the last entry of the opening's list.
    pub fn state_hash(&self) -> B256 {
        match self {
            Self::Done { guest_half, data_half } => {
                exited_hash(node(*guest_half, *data_half), EXIT_OK)
            }
            Self::Failed { exit, root } => exited_hash(*root, *exit),
            Self::Running { packed } => keccak256(packed.as_slice()),
        }
    }

    /// The state that the large step ends in, if F is true: Y or FAULT.
    pub const fn successor(&self) -> B256 {
        match self {
            Self::Done { data_half, .. } => *data_half,
            Self::Failed { .. } | Self::Running { .. } => FAULT,
        }
    }

    /// Bytes after the exit word for the form that `exit` selects.
    pub const fn form_len(exit: u64) -> usize {
        match exit {
            EXIT_OK => 64,
            0 => PACKED_BYTES,
            _ => 32,
        }
    }

    /// Whether a large step can end in this form after `steps` of at most `max_steps` small steps: one that still runs must
    /// have used them all, and its packing must be one of a running state.
    pub fn is_consistent(&self, steps: u64, max_steps: u64) -> bool {
        match self {
            Self::Running { packed } => {
                steps == max_steps && Cpu::unpack(packed).is_some_and(|(cpu, _)| cpu.exit == 0)
            }
            Self::Done { .. } | Self::Failed { .. } => true,
        }
    }
}

/// m and F.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Opening {
    /// m: small steps of the large step, 1 to `maxSteps`.
    pub steps: u64,
    /// F: the state after them.
    pub end: FinalState,
}

/// Bytes before the form of the final state: m and the exit word.
pub const HEAD_LEN: usize = 16;

impl Opening {
    /// The bytes in calldata and events.
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEAD_LEN + FinalState::form_len(self.end.exit()));
        bytes.extend(self.steps.to_be_bytes());
        bytes.extend(self.end.exit().to_be_bytes());
        match &self.end {
            FinalState::Done { guest_half, data_half } => {
                bytes.extend(guest_half);
                bytes.extend(data_half);
            }
            FinalState::Failed { root, .. } => bytes.extend(root),
            FinalState::Running { packed } => bytes.extend(packed.as_slice()),
        }
        bytes
    }

    /// Reads an opening at the start of `bytes`; gives it and the bytes after it, or the length that its form needs.
    pub fn decode(bytes: &[u8]) -> Result<(Self, &[u8]), usize> {
        let (steps, rest) = bytes.split_first_chunk::<8>().ok_or(HEAD_LEN)?;
        let (exit, rest) = rest.split_first_chunk::<8>().ok_or(HEAD_LEN)?;
        let exit = u64::from_be_bytes(*exit);
        let needed = HEAD_LEN + FinalState::form_len(exit);
        let (end, rest) = match exit {
            EXIT_OK => {
                let (form, rest) = rest.split_first_chunk::<64>().ok_or(needed)?;
                let (guest_half, data_half) = form.split_at(32);
                let (guest_half, data_half) =
                    (B256::from_slice(guest_half), B256::from_slice(data_half));
                (FinalState::Done { guest_half, data_half }, rest)
            }
            0 => {
                let (packed, rest) = rest.split_first_chunk::<PACKED_BYTES>().ok_or(needed)?;
                (FinalState::Running { packed: Box::new(*packed) }, rest)
            }
            exit => {
                let (root, rest) = rest.split_first_chunk::<32>().ok_or(needed)?;
                (FinalState::Failed { exit, root: root.into() }, rest)
            }
        };
        Ok((Self { steps: u64::from_be_bytes(*steps), end }, rest))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn decode_inverts_encode(
            steps: u64, exit in prop_oneof![Just(EXIT_OK), Just(0), any::<u64>()],
            a: [u8; 32], b: [u8; 32], tail: Vec<u8>,
        ) {
            let end = match exit {
                EXIT_OK => FinalState::Done { guest_half: a.into(), data_half: b.into() },
                0 => {
                    let mut packed = Box::new([0; PACKED_BYTES]);
                    packed[..32].copy_from_slice(&a);
                    FinalState::Running { packed }
                }
                exit => FinalState::Failed { exit, root: a.into() },
            };
            let opening = Opening { steps, end };
            let mut bytes = opening.encode();
            let length = bytes.len();
            bytes.extend(&tail);
            prop_assert_eq!(Opening::decode(&bytes), Ok((opening, tail.as_slice())));
            for short in 0..length {
                let needed = if short < HEAD_LEN { HEAD_LEN } else { length };
                prop_assert_eq!(Opening::decode(&bytes[..short]), Err(needed));
            }
        }
    }
}
