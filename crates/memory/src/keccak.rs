//! Many inner nodes at once: keccak of 64 bytes, several states side by side.
//!
//! A permutation is a chain, so one state cannot use a wide vector unit; eight states, one in each
//! 64-bit lane, keep it busy. How many fit is found out at run time.

#[cfg(target_arch = "x86_64")]
mod permutation;
#[cfg(target_arch = "x86_64")]
mod x86;

use crate::node;
use alloy_primitives::B256;
use std::sync::LazyLock;

/// The two children of an inner node.
pub type Pair = [B256; 2];

/// How many nodes are hashed side by side on this machine.
///
/// A value exists only where the processor has the instructions for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Width(Lanes);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lanes {
    One,
    #[cfg(target_arch = "x86_64")]
    Four,
    #[cfg(target_arch = "x86_64")]
    Eight,
}

impl Width {
    /// The most nodes that any width hashes at once.
    pub const MAX: usize = 8;

    /// One node after the other, on every machine.
    pub const SCALAR: Self = Self(Lanes::One);

    /// Returns the widths that this machine has, the fastest first.
    pub fn available() -> Vec<Self> {
        let widths = [
            #[cfg(target_arch = "x86_64")]
            is_x86_feature_detected!("avx512f").then_some(Self(Lanes::Eight)),
            #[cfg(target_arch = "x86_64")]
            is_x86_feature_detected!("avx2").then_some(Self(Lanes::Four)),
            Some(Self::SCALAR),
        ];
        widths.into_iter().flatten().collect()
    }

    /// Returns the fastest width that this machine has.
    pub fn detect() -> Self {
        static FASTEST: LazyLock<Width> = LazyLock::new(|| Width::available()[0]);
        *FASTEST
    }

    /// Returns the number of nodes hashed side by side: 1, 4 or 8.
    pub const fn lanes(self) -> usize {
        match self.0 {
            Lanes::One => 1,
            #[cfg(target_arch = "x86_64")]
            Lanes::Four => 4,
            #[cfg(target_arch = "x86_64")]
            Lanes::Eight => 8,
        }
    }

    /// Writes the node over each of `pairs` to its place in `nodes`.
    ///
    /// # Panics
    ///
    /// If there are not as many `nodes` as `pairs`.
    pub fn hash_pairs(self, pairs: &[Pair], nodes: &mut [B256]) {
        assert_eq!(pairs.len(), nodes.len(), "pairs and places for their nodes");
        match self.0 {
            Lanes::One => hash_each(pairs, nodes),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: this width exists only where the processor has AVX2.
            Lanes::Four => in_batches(pairs, nodes, |batch| unsafe { x86::hash_4(batch) }),
            #[cfg(target_arch = "x86_64")]
            // SAFETY: this width exists only where the processor has AVX-512F.
            Lanes::Eight => in_batches(pairs, nodes, |batch| unsafe { x86::hash_8(batch) }),
        }
    }
}

fn hash_each(pairs: &[Pair], nodes: &mut [B256]) {
    for ([left, right], place) in pairs.iter().zip(nodes) {
        *place = node(*left, *right);
    }
}

/// Hashes `N` pairs at a time, and fewer at the end: a lone one by itself, more in a batch of which
/// some lanes are for nothing.
#[cfg(target_arch = "x86_64")]
fn in_batches<const N: usize>(
    pairs: &[Pair],
    nodes: &mut [B256],
    hash: impl Fn(&[Pair; N]) -> [B256; N],
) {
    let (batches, rest) = pairs.as_chunks::<N>();
    let (places, rest_places) = nodes.as_chunks_mut::<N>();
    for (batch, places) in batches.iter().zip(places) {
        *places = hash(batch);
    }
    if rest.len() < 2 {
        return hash_each(rest, rest_places);
    }
    let mut batch = [[B256::ZERO; 2]; N];
    batch[..rest.len()].copy_from_slice(rest);
    rest_places.copy_from_slice(&hash(&batch)[..rest.len()]);
}
