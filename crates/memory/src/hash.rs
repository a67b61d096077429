//! The hash of inner nodes and the roots of zero subtrees.

use crate::DEPTH;
use alloy_primitives::{B256, keccak256};
use std::sync::LazyLock;

/// Roots of subtrees of zeroes by height, `0 ..= DEPTH`.
static ZERO_HASHES: LazyLock<[B256; DEPTH as usize + 1]> = LazyLock::new(|| {
    let mut hashes = [B256::ZERO; DEPTH as usize + 1];
    for height in 1..hashes.len() {
        hashes[height] = node(hashes[height - 1], hashes[height - 1]);
    }
    hashes
});

/// Returns the inner node over two children: `keccak(left ‖ right)`.
pub fn node(left: B256, right: B256) -> B256 {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(left.as_slice());
    bytes[32..].copy_from_slice(right.as_slice());
    keccak256(bytes)
}

/// Returns `Z_height`, the root of a subtree of `2^height` zero leaves.
///
/// # Panics
///
/// If `height` is above [`DEPTH`].
pub fn zero_hash(height: u32) -> B256 {
    ZERO_HASHES[height as usize]
}
