//! Joint proofs of several leaves against one root (§6).

use crate::{
    DEPTH, LEAF_BYTES, LEAVES, Memory,
    runs::{ProofError, Run, Waiting, climb, collect_runs, decode_runs, encode_runs, take},
};
use alloy_primitives::B256;

/// Bytes of a leaf index.
const INDEX_BYTES: usize = 5;

/// One leaf of a [`JointProof`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofLeaf {
    /// Which leaf, below 2^39.
    pub index: u64,
    /// Its 32 bytes.
    pub value: [u8; LEAF_BYTES],
    /// Siblings of its climb that are neither zero subtrees nor the node of the leaf before.
    pub runs: Vec<Run>,
}

/// Leaves of a memory with the siblings that connect them to its root.
///
/// The root is always computed, never stored, and can be computed again for other values of the same
/// leaves: that is the root after a write to them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JointProof {
    leaves: Vec<ProofLeaf>,
}

impl JointProof {
    /// Most leaves in a proof: two for each of 16 steps.
    pub const MAX_LEAVES: usize = 32;

    /// Builds the proof of the leaves `indices` of `memory`.
    ///
    /// # Errors
    ///
    /// [`ProofError::LeafCount`], [`ProofError::LeafOrder`] and [`ProofError::LeafOutOfRange`] if
    /// `indices` are not 1 … 32 strictly rising numbers below 2^39.
    pub fn build(memory: &Memory, indices: &[u64]) -> Result<Self, ProofError> {
        check_indices(indices)?;
        let mut merges: Vec<u32> = Vec::new();
        let mut leaves = Vec::with_capacity(indices.len());
        for (i, &index) in indices.iter().enumerate() {
            let stop = stop(indices, i);
            let runs = collect_runs(memory, index, 0..stop, |height| merges.contains(&height));
            // A neighbour waits at each merge height; this climb takes those below its own stop.
            merges.retain(|merge| *merge > stop);
            merges.push(stop);
            leaves.push(ProofLeaf { index, value: memory.leaf(index), runs });
        }
        Ok(Self { leaves })
    }

    /// The leaves, in rising order.
    pub fn leaves(&self) -> &[ProofLeaf] {
        &self.leaves
    }

    /// Computes the root over the leaves as they are in the proof.
    ///
    /// # Errors
    ///
    /// Any [`ProofError`] about runs.
    pub fn root(&self) -> Result<B256, ProofError> {
        self.climb(self.leaves.iter().map(|leaf| leaf.value))
    }

    /// Computes the root over other `values` of the same leaves.
    ///
    /// # Errors
    ///
    /// [`ProofError::LeafCount`] if there are not as many values as leaves, and any error about runs.
    pub fn root_with(&self, values: &[[u8; LEAF_BYTES]]) -> Result<B256, ProofError> {
        if values.len() != self.leaves.len() {
            return Err(ProofError::LeafCount(values.len()));
        }
        self.climb(values.iter().copied())
    }

    fn climb(&self, values: impl Iterator<Item = [u8; LEAF_BYTES]>) -> Result<B256, ProofError> {
        let indices: Vec<u64> = self.leaves.iter().map(|leaf| leaf.index).collect();
        let mut waiting = Waiting::new();
        let mut root = B256::ZERO;
        for ((i, leaf), value) in self.leaves.iter().enumerate().zip(values) {
            let stop = stop(&indices, i);
            root = climb(B256::from(value), leaf.index, 0..stop, &mut waiting, &leaf.runs)?;
            waiting.push((stop, root));
        }
        Ok(root)
    }

    /// Appends the number of leaves and the leaves.
    pub fn encode(&self, bytes: &mut Vec<u8>) {
        bytes.push(self.leaves.len() as u8);
        for leaf in &self.leaves {
            bytes.extend(&leaf.index.to_be_bytes()[8 - INDEX_BYTES..]);
            bytes.extend(leaf.value);
            encode_runs(&leaf.runs, bytes);
        }
    }

    /// Reads a proof that takes all of `bytes`.
    ///
    /// The shape of the runs is checked when a root is computed from them.
    ///
    /// # Errors
    ///
    /// Truncated or trailing bytes, no or too many leaves, leaves out of order or out of range.
    pub fn decode(bytes: &[u8]) -> Result<Self, ProofError> {
        let (count, mut rest) = take(bytes, 1)?;
        let mut leaves = Vec::new();
        for _ in 0..count[0] {
            let (index, tail) = take(rest, INDEX_BYTES)?;
            let (bytes, tail) = take(tail, LEAF_BYTES)?;
            let (runs, tail) = decode_runs(tail)?;
            let index = index.iter().fold(0, |index, byte| index << 8 | u64::from(*byte));
            let mut value = [0; LEAF_BYTES];
            value.copy_from_slice(bytes);
            leaves.push(ProofLeaf { index, value, runs });
            rest = tail;
        }
        if !rest.is_empty() {
            return Err(ProofError::TrailingBytes(rest.len()));
        }
        check_indices(&leaves.iter().map(|leaf| leaf.index).collect::<Vec<_>>())?;
        Ok(Self { leaves })
    }
}

/// Where the climb of leaf number `i` stops: at the merge height with the next leaf, or at the top.
fn stop(indices: &[u64], i: usize) -> u32 {
    indices.get(i + 1).map_or(DEPTH, |next| (indices[i] ^ next).ilog2())
}

fn check_indices(indices: &[u64]) -> Result<(), ProofError> {
    if indices.is_empty() || indices.len() > JointProof::MAX_LEAVES {
        return Err(ProofError::LeafCount(indices.len()));
    }
    for pair in indices.windows(2) {
        if pair[0] >= pair[1] {
            return Err(ProofError::LeafOrder { previous: pair[0], index: pair[1] });
        }
    }
    match indices.last() {
        Some(&last) if last >= LEAVES => Err(ProofError::LeafOutOfRange(last)),
        _ => Ok(()),
    }
}
