//! Activations in blocks of 32 signed bytes with one f32 scale each.

use crate::{
    dispatch::dispatch,
    float::{Arithmetic, Word, load, store},
};

/// Elements of a block.
pub const BLOCK: usize = 32;
/// Bytes of a block: the scale, then the values.
pub const Q8_BLOCK: usize = size_of::<Word>() + BLOCK;
/// 1.5·2^23: added to a number below 2^22, it leaves that number rounded to an integer in the low bits.
const MAGIC: f32 = 12_582_912.0;
/// Bits of 2^−100, below which a block counts as zero: 1/d would come near the end of the range.
const LEAST: u32 = 27 << 23;

/// One block: `d` and 32 values `q` that stand for `d · q`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Q8Block<'a> {
    /// Scale d.
    pub scale: f32,
    /// Values q, signed.
    pub values: &'a [u8; BLOCK],
}

impl<'a> Q8Block<'a> {
    /// The block that these bytes hold.
    #[inline(always)]
    pub const fn from_bytes(bytes: &'a [u8; Q8_BLOCK]) -> Self {
        let [a, b, c, d, values @ ..] = bytes;
        Self { scale: load([*a, *b, *c, *d]), values }
    }
}

dispatch! {
    /// Quantises whole blocks of a row over the common prefix, in the fastest arithmetic of this processor.
    pub fn quantise(x: &[[Word; BLOCK]], y: &mut [[u8; Q8_BLOCK]]) = quantise_in;
}

/// [`quantise`] in a given arithmetic.
#[inline(always)]
pub fn quantise_in<A: Arithmetic>(x: &[[Word; BLOCK]], y: &mut [[u8; Q8_BLOCK]]) {
    for (x, y) in x.iter().zip(y) {
        quantise_block::<A>(x, y);
    }
}

/// `d = max|x| / 127`, `q = x · (1/d)` to the nearest integer, ties to even, within ±127; both zero where `max|x| < 2^−100`.
#[inline(always)]
fn quantise_block<A: Arithmetic>(x: &[Word; BLOCK], y: &mut [u8; Q8_BLOCK]) {
    // Magnitudes compare as integers; a NaN is the greatest, and then d is a NaN too.
    let greatest = x.iter().map(|x| load(*x).to_bits() & 0x7fff_ffff).fold(0, u32::max);
    let (scale, inverse) = if greatest >= LEAST {
        let scale = A::div(f32::from_bits(greatest), 127.0);
        (scale, A::div(1.0, scale))
    } else {
        (0.0, 0.0)
    };
    let [a, b, c, d, values @ ..] = y;
    [*a, *b, *c, *d] = store(scale);
    for (x, y) in x.iter().zip(values) {
        *y = nearest::<A>(A::mul(load(*x), inverse)) as u8;
    }
}

/// The nearest integer, ties to even, within ±127; 0 for a NaN. `|v| < 2^22`.
#[inline(always)]
fn nearest<A: Arithmetic>(v: f32) -> i8 {
    if v.to_bits() & 0x7fff_ffff > 0x7f80_0000 {
        return 0;
    }
    let q = (A::add(v, MAGIC).to_bits() as i32).wrapping_sub(MAGIC.to_bits() as i32);
    q.clamp(-127, 127) as i8
}
