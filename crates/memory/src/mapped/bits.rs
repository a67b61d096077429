//! What was compared and what was not, as bits.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A set of numbers below a bound, to which several threads may add. A bit guards no other memory.
#[derive(Debug)]
pub(super) struct Bits(Vec<AtomicU64>);

impl Bits {
    pub(super) fn new(count: u64) -> Self {
        Self((0..count.div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    pub(super) fn get(&self, index: u64) -> bool {
        self.0[(index / 64) as usize].load(Relaxed) >> (index % 64) & 1 == 1
    }

    pub(super) fn set(&self, index: u64) {
        self.0[(index / 64) as usize].fetch_or(1 << (index % 64), Relaxed);
    }
}
