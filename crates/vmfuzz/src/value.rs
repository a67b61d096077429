//! Values at which rules change.

use opml_fpvm::TEXT_END;
use opml_memory::{ADDRESS_BITS, DATA_HALF, MODEL_QUARTER};
use rand::{Rng, seq::IndexedRandom};

/// Borders of regions and of the address space; each is one of pages and leaves too.
pub(crate) const BORDERS: [u64; 9] = [
    0,
    0x1_0000,
    TEXT_END,
    TEXT_END + 0x1000,
    DATA_HALF,
    DATA_HALF + (1 << 41),
    MODEL_QUARTER,
    1 << ADDRESS_BITS,
    u64::MAX,
];

/// The ends of the signed ranges of words and double words.
pub(crate) const ENDS: [u64; 4] = [0x7fff_ffff, 0xffff_ffff_8000_0000, (1 << 63) - 1, 1 << 63];

/// The ends of the ranges, the number of `exit`, and their neighbours.
const EXTREMES: [u64; 12] = [
    0,
    1,
    u64::MAX,
    0x7fff_ffff,
    0x8000_0000,
    0xffff_ffff,
    1 << 32,
    0xffff_ffff_8000_0000,
    0xffff_ffff_7fff_ffff,
    1 << 63,
    (1 << 63) - 1,
    5058,
];

/// Returns a 64-bit value: an extreme, an address near a border, a few bits, or anything.
pub fn value(random: &mut impl Rng) -> u64 {
    match random.random_range(0..8) {
        0 | 1 => pick(random, &EXTREMES),
        2 | 3 => address(random),
        4 => random.random_range(0..64),
        5 => random.random::<u64>() >> random.random_range(0..64),
        6 => i64::from(random.random::<i32>()) as u64,
        _ => random.random(),
    }
}

/// Returns an address near a border, half of the time a multiple of 8.
pub fn address(random: &mut impl Rng) -> u64 {
    let near = random.random_range(-64i64..64) & if random.random() { !7 } else { !0 };
    pick(random, &BORDERS).wrapping_add_signed(near)
}

/// Returns one of `values`, which must not be empty.
pub(crate) fn pick<T: Copy + Default>(random: &mut impl Rng, values: &[T]) -> T {
    values.choose(random).copied().unwrap_or_default()
}
