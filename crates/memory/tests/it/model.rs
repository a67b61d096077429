//! The naive memory: a map of bytes and a recursive root.

use alloy_primitives::{B256, keccak256};
use opml_memory::{DATA_HALF, LEAF_BYTES, MODEL_QUARTER, PAGE_BYTES};
use proptest::prelude::*;
use std::{collections::BTreeMap, ops::Range};

/// Bytes that are not zero, by address.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    bytes: BTreeMap<u64, u8>,
}

impl Model {
    pub(crate) fn write(&mut self, address: u64, bytes: &[u8]) {
        for (at, byte) in (address..).zip(bytes) {
            match byte {
                0 => self.bytes.remove(&at),
                byte => self.bytes.insert(at, *byte),
            };
        }
    }

    pub(crate) fn clear(&mut self, range: Range<u64>) {
        self.bytes.retain(|at, _| !range.contains(at));
    }

    pub(crate) fn read(&self, address: u64, length: usize) -> Vec<u8> {
        (address..).take(length).map(|at| self.bytes.get(&at).copied().unwrap_or(0)).collect()
    }

    /// The definition of §1, cut short only where a whole subtree is zero.
    pub(crate) fn node(&self, height: u32, index: u64) -> B256 {
        let first = index << (height + 5);
        let end = first + ((LEAF_BYTES as u64) << height);
        if self.bytes.range(first..end).next().is_none() {
            return zero(height);
        }
        if height == 0 {
            return B256::from_slice(&self.read(first, LEAF_BYTES));
        }
        let (left, right) =
            (self.node(height - 1, 2 * index), self.node(height - 1, 2 * index + 1));
        keccak256([left.as_slice(), right.as_slice()].concat())
    }
}

fn zero(height: u32) -> B256 {
    match height {
        0 => B256::ZERO,
        _ => keccak256([zero(height - 1); 2].concat()),
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Write {
    pub(crate) address: u64,
    pub(crate) bytes: Vec<u8>,
}

/// Addresses near the borders of pages, branches and regions, and anywhere else.
pub(crate) fn address() -> impl Strategy<Value = u64> {
    let borders = prop_oneof![
        Just(0u64),
        Just(PAGE_BYTES as u64),
        Just(1 << 16),
        Just(1 << 24),
        Just(DATA_HALF),
        Just(DATA_HALF + (1 << 41)),
        Just(MODEL_QUARTER),
        Just((1 << 44) - 200),
    ];
    let near = (borders, -100i64..100).prop_map(|(at, by)| at.saturating_add_signed(by));
    prop_oneof![4 => near, 1 => 0..(1u64 << 44) - 200]
}

/// A few writes, some of them zeroes, some across a page border.
pub(crate) fn writes() -> impl Strategy<Value = Vec<Write>> {
    let bytes = prop_oneof![
        4 => prop::collection::vec(any::<u8>(), 1..100),
        1 => (1usize..100).prop_map(|length| vec![0; length]),
    ];
    let write = (address(), bytes).prop_map(|(address, bytes)| Write { address, bytes });
    prop::collection::vec(write, 0..12)
}
