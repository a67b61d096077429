//! The proof that registers a model: its first 64 bytes against its id (§3, §6).

use crate::{
    LEAF_BITS, LEAF_BYTES, MODEL_QUARTER, Memory, QUARTER_HEIGHT,
    hash::node,
    runs::{ProofError, Waiting, climb, collect_runs, decode_runs, encode_runs},
};
use alloy_primitives::B256;

/// Bytes of a model header that hold every bound: the two leaves under one node.
pub const HEADER_BYTES: usize = 2 * LEAF_BYTES;

/// Height of the node that the climb starts from.
const HEADER_HEIGHT: u32 = 1;

/// Returns the siblings that lead from the first 64 bytes of the model quarter to the model id:
/// 1 byte number of runs ‖ runs.
pub fn header_proof(memory: &Memory) -> Vec<u8> {
    let leaf = MODEL_QUARTER >> LEAF_BITS;
    let runs = collect_runs(memory, leaf, HEADER_HEIGHT..QUARTER_HEIGHT, |_| false);
    let mut bytes = Vec::new();
    encode_runs(&runs, &mut bytes);
    bytes
}

/// Computes the model id from the first 64 bytes of the model quarter and [`header_proof`]'s bytes.
///
/// # Errors
///
/// Any [`ProofError`] about bytes or runs.
pub fn header_root(header: &[u8; HEADER_BYTES], proof: &[u8]) -> Result<B256, ProofError> {
    let (runs, rest) = decode_runs(proof)?;
    if !rest.is_empty() {
        return Err(ProofError::TrailingBytes(rest.len()));
    }
    let (left, right) = header.split_at(LEAF_BYTES);
    let start = node(B256::from_slice(left), B256::from_slice(right));
    climb(start, 0, HEADER_HEIGHT..QUARTER_HEIGHT, &mut Waiting::new(), &runs)
}
