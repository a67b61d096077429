//! Step witnesses (§6): what a contract needs to compute a few steps, and the same computation here.

use crate::{Cpu, FIELDS, Ram, State, step};
use alloy_primitives::B256;
use opml_memory::{JointProof, LEAF_BYTES, Memory, ProofError};
use std::collections::BTreeSet;

/// Most steps that one witness may span.
pub const MAX_STEPS: u32 = 16;

/// Bytes of the field lengths, one nibble each.
const LENGTHS_BYTES: usize = FIELDS / 2;

/// Why a witness does not prove anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WitnessError {
    /// The number of steps is not 1 … 16.
    #[error("{0} steps in a window of 1 to {MAX_STEPS}")]
    Steps(u32),
    /// A field is longer than its 8 bytes.
    #[error("field {field} has {bytes} bytes of at most 8")]
    FieldLength {
        /// Position in the order of §5.
        field: usize,
        /// Its length nibble.
        bytes: u8,
    },
    /// A step touches a leaf that the witness does not hold.
    #[error("leaf {0:#x} is not in the witness")]
    MissingLeaf(u64),
    /// The proof of the leaves is malformed.
    #[error("malformed proof of the leaves")]
    Proof(#[from] ProofError),
}

/// A decoded witness: the registers before the steps, and the memory as far as they touch it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Registers before the first step.
    pub cpu: Cpu,
    /// What is known of the memory.
    pub memory: WitnessMemory,
}

/// The memory in a witness.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WitnessMemory {
    /// Only its root: no step touches a leaf.
    Root(B256),
    /// The leaves that the steps touch.
    Leaves(JointProof),
}

/// Returns the encoded witness of the next `steps` steps from `state`.
///
/// # Errors
///
/// [`WitnessError::Steps`] if `steps` is not 1 … 16.
pub fn witness(state: &State, steps: u32) -> Result<Vec<u8>, WitnessError> {
    Ok(Witness::record(state, steps)?.encode())
}

/// Computes the state hashes before and after `steps` steps from an encoded witness alone, as
/// `IStepVerifier.run` does.
///
/// # Errors
///
/// Any [`WitnessError`]: where the contract reverts.
pub fn verify(steps: u32, witness: &[u8]) -> Result<(B256, B256), WitnessError> {
    Witness::decode(witness)?.verify(steps)
}

impl Witness {
    /// Runs `steps` steps on a copy of `state` and keeps what they touch.
    ///
    /// # Errors
    ///
    /// [`WitnessError::Steps`] if `steps` is not 1 … 16.
    pub fn record(state: &State, steps: u32) -> Result<Self, WitnessError> {
        check_steps(steps)?;
        let mut recorder = Recorder { memory: state.memory.clone(), touched: BTreeSet::new() };
        let mut cpu = state.cpu;
        for _ in 0..steps {
            let Ok(()) = step(&mut cpu, &mut recorder);
        }
        let indices: Vec<u64> = recorder.touched.into_iter().collect();
        let memory = if indices.is_empty() {
            WitnessMemory::Root(state.memory.root())
        } else {
            WitnessMemory::Leaves(JointProof::build(&state.memory, &indices)?)
        };
        Ok(Self { cpu: state.cpu, memory })
    }

    /// Computes the state hashes before and after `steps` steps.
    ///
    /// # Errors
    ///
    /// [`WitnessError::Steps`], [`WitnessError::MissingLeaf`], or a malformed proof.
    pub fn verify(&self, steps: u32) -> Result<(B256, B256), WitnessError> {
        check_steps(steps)?;
        let start = match &self.memory {
            WitnessMemory::Root(root) => *root,
            WitnessMemory::Leaves(proof) => proof.root()?,
        };
        let mut ram = LeafRam::new(&self.memory);
        let mut cpu = self.cpu;
        for _ in 0..steps {
            step(&mut cpu, &mut ram)?;
        }
        let end = match &self.memory {
            WitnessMemory::Root(root) => *root,
            WitnessMemory::Leaves(proof) => proof.root_with(&ram.values)?,
        };
        Ok((self.cpu.hash(start), cpu.hash(end)))
    }

    /// Encodes the witness.
    pub fn encode(&self) -> Vec<u8> {
        let fields = self.cpu.fields();
        let mut bytes: Vec<u8> =
            fields.chunks(2).map(|pair| length(pair[0]) << 4 | length(pair[1])).collect();
        for field in fields {
            bytes.extend(&field.to_be_bytes()[8 - usize::from(length(field))..]);
        }
        match &self.memory {
            WitnessMemory::Root(root) => {
                bytes.push(0);
                bytes.extend(root);
            }
            WitnessMemory::Leaves(proof) => proof.encode(&mut bytes),
        }
        bytes
    }

    /// Decodes a witness that takes all of `bytes`.
    ///
    /// # Errors
    ///
    /// [`WitnessError::FieldLength`], or [`WitnessError::Proof`] for everything else that is cut
    /// short, too long or out of order.
    pub fn decode(bytes: &[u8]) -> Result<Self, WitnessError> {
        let (lengths, mut rest) = take(bytes, LENGTHS_BYTES)?;
        let mut fields = [0; FIELDS];
        for (i, field) in fields.iter_mut().enumerate() {
            let nibble = lengths[i / 2] >> (4 * (1 - i % 2)) & 0xf;
            if nibble > 8 {
                return Err(WitnessError::FieldLength { field: i, bytes: nibble });
            }
            let (bytes, tail) = take(rest, usize::from(nibble))?;
            *field = bytes.iter().fold(0, |field, byte| field << 8 | u64::from(*byte));
            rest = tail;
        }
        let memory = match rest {
            [0, root @ ..] => {
                let (root, tail) = take(root, B256::len_bytes())?;
                if !tail.is_empty() {
                    return Err(ProofError::TrailingBytes(tail.len()).into());
                }
                WitnessMemory::Root(B256::from_slice(root))
            }
            _ => WitnessMemory::Leaves(JointProof::decode(rest)?),
        };
        Ok(Self { cpu: Cpu::from_fields(&fields), memory })
    }
}

fn check_steps(steps: u32) -> Result<(), WitnessError> {
    if (1..=MAX_STEPS).contains(&steps) { Ok(()) } else { Err(WitnessError::Steps(steps)) }
}

/// Bytes of a field without its leading zero bytes.
const fn length(field: u64) -> u8 {
    (8 - field.leading_zeros() / 8) as u8
}

fn take(bytes: &[u8], need: usize) -> Result<(&[u8], &[u8]), ProofError> {
    bytes.split_at_checked(need).ok_or(ProofError::Truncated { have: bytes.len(), need })
}

/// A whole memory that notes which leaves are touched.
struct Recorder {
    memory: Memory,
    touched: BTreeSet<u64>,
}

impl Ram for Recorder {
    type Error = <Memory as Ram>::Error;

    fn load(&mut self, address: u64) -> Result<u64, Self::Error> {
        self.touched.insert(address / LEAF_BYTES as u64);
        self.memory.load(address)
    }

    fn store(&mut self, address: u64, value: u64) -> Result<(), Self::Error> {
        self.touched.insert(address / LEAF_BYTES as u64);
        self.memory.store(address, value)
    }
}

/// Nothing but the leaves of a witness, with their changing values.
struct LeafRam {
    indices: Vec<u64>,
    values: Vec<[u8; LEAF_BYTES]>,
}

impl LeafRam {
    fn new(memory: &WitnessMemory) -> Self {
        let leaves = match memory {
            WitnessMemory::Root(_) => &[],
            WitnessMemory::Leaves(proof) => proof.leaves(),
        };
        Self {
            indices: leaves.iter().map(|leaf| leaf.index).collect(),
            values: leaves.iter().map(|leaf| leaf.value).collect(),
        }
    }

    /// The 8 bytes at `address`.
    fn bytes(&mut self, address: u64) -> Result<&mut [u8], WitnessError> {
        let index = address / LEAF_BYTES as u64;
        let at = self.indices.binary_search(&index);
        let at = at.map_err(|_| WitnessError::MissingLeaf(index))?;
        let offset = address as usize % LEAF_BYTES;
        Ok(&mut self.values[at][offset..offset + 8])
    }
}

impl Ram for LeafRam {
    type Error = WitnessError;

    fn load(&mut self, address: u64) -> Result<u64, WitnessError> {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(self.bytes(address)?);
        Ok(u64::from_le_bytes(bytes))
    }

    fn store(&mut self, address: u64, value: u64) -> Result<(), WitnessError> {
        self.bytes(address)?.copy_from_slice(&value.to_le_bytes());
        Ok(())
    }
}
