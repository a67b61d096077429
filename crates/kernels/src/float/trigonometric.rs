//! Sine, cosine and tangent.
//!
//! `x = n·π/2 + r` with `|r|` at most a little above π/4; n mod 4 chooses between polynomials for `sin r` and `cos r`, and the sign.

use super::{Arithmetic, NAN, abs, exp::MAGIC, horner, negate};

/// Bits of 2^17, up to where r comes from fused multiply-adds.
const FAR: u32 = 0x4800_0000;
/// 2 / π.
const TWO_BY_PI: u32 = 0x3f22_f983;
/// −π/2 as a sum.
const HALF_PI: [u32; 3] = [0xbfc9_0fdb, 0x333b_bd2e, 0x26f7_2ced];
/// 2 / π: bit i, from the most significant of the first word, stands for `2^(7 − i)`.
const DIGITS: [u32; 8] =
    [0x00a2_f983, 0x6e4e_4415, 0x29fc_2757, 0xd1f5_34dd, 0xc0db_6295, 0x993c_4390, 0x41fe_5163, 0];
/// π/2 · 2^61.
const HALF_PI_FIXED: i64 = 0x3243_f6a8_885a_308d;
/// Coefficients of `(sin r / r − 1) / r²` in r², highest power first.
const SINE: [u32; 3] = [0xb94c_77b3, 0x3c08_8314, 0xbe2a_aaa1];
/// Coefficients of `cos r` in r², highest power first.
const COSINE: [u32; 5] = [0x37cc_cea9, 0xbab6_0587, 0x3d2a_aaa4, 0xbf00_0000, 0x3f80_0000];

/// `sin x`, as `docs/arithmetic.md` defines it.
#[inline(always)]
pub(super) fn sin<A: Arithmetic>(x: f32) -> f32 {
    let (quadrant, r) = reduce::<A>(abs(x));
    let sine = f32::from_bits(wave::<A>(quadrant, r).to_bits() ^ x.to_bits() & 1 << 31);
    finite(x, sine)
}

/// `cos x`, as `docs/arithmetic.md` defines it.
#[inline(always)]
pub(super) fn cos<A: Arithmetic>(x: f32) -> f32 {
    let (quadrant, r) = reduce::<A>(abs(x));
    finite(x, wave::<A>(quadrant.wrapping_add(1), r))
}

/// `tan x`, as `docs/arithmetic.md` defines it.
#[inline(always)]
pub(super) fn tan<A: Arithmetic>(x: f32) -> f32 {
    let (quadrant, r) = reduce::<A>(abs(x));
    let (sine, cosine) = (sine::<A>(r), cosine::<A>(r));
    let even = quadrant & 1 == 0;
    let (over, under) = if even { (sine, cosine) } else { (negate(cosine), sine) };
    let tangent = f32::from_bits(A::div(over, under).to_bits() ^ x.to_bits() & 1 << 31);
    finite(x, tangent)
}

/// The result for a finite argument, a NaN for others.
#[inline(always)]
const fn finite(x: f32, result: f32) -> f32 {
    if abs(x).to_bits() < f32::INFINITY.to_bits() { result } else { f32::from_bits(NAN) }
}

/// `sin(r + quadrant·π/2)`.
#[inline(always)]
fn wave<A: Arithmetic>(quadrant: u32, r: f32) -> f32 {
    let value = A::either(quadrant & 1 == 0, || sine::<A>(r), || cosine::<A>(r));
    f32::from_bits(value.to_bits() ^ (quadrant & 2) << 30)
}

#[inline(always)]
fn sine<A: Arithmetic>(r: f32) -> f32 {
    let square = A::mul(r, r);
    A::fma(A::mul(horner::<A, _>(square, &SINE), square), r, r)
}

#[inline(always)]
fn cosine<A: Arithmetic>(r: f32) -> f32 {
    horner::<A, _>(A::mul(r, r), &COSINE)
}

/// n, of which only the lowest two bits are meant, and r for an argument that is not negative.
#[inline(always)]
fn reduce<A: Arithmetic>(a: f32) -> (u32, f32) {
    if a.to_bits() > FAR {
        return reduce_far::<A>(a);
    }
    let shifted = A::fma(a, f32::from_bits(TWO_BY_PI), f32::from_bits(MAGIC));
    let n = A::sub(shifted, f32::from_bits(MAGIC));
    let r = HALF_PI.into_iter().fold(a, |r, part| A::fma(n, f32::from_bits(part), r));
    (shifted.to_bits(), r)
}

/// [`reduce`] by integers: the significand times those digits of 2/π that count, modulo 4 (Payne and Hanek).
///
/// A fraction of a quadrant has 62 bits. No f32 is nearer to a multiple of π/2 than 2^−30 or so, so r keeps all its bits.
#[cold]
#[inline(never)]
fn reduce_far<A: Arithmetic>(a: f32) -> (u32, f32) {
    let exponent = (a.to_bits() >> 23) as usize;
    let significand = u64::from(a.to_bits() & 0x007f_ffff | 1 << 23);
    // a = significand·2^(exponent − 150): the first digit that counts stands for 2^(151 − exponent).
    let first = exponent.wrapping_sub(144);
    let word = |i: usize| u64::from(DIGITS.get((first >> 5).wrapping_add(i)).copied().unwrap_or(0));
    let pair = |i: usize| (word(i) << 32 | word(i + 1)) << (first & 31) >> 32;
    let (upper, lower) = (pair(0) << 32 | pair(1), pair(2));
    // In units of 2^−62, the integer part modulo 4.
    let quadrants =
        significand.wrapping_mul(upper).wrapping_add(significand.wrapping_mul(lower) >> 32);
    let n = quadrants.wrapping_add(1 << 61) >> 62;
    let fraction = quadrants.wrapping_sub(n << 62) as i64;
    let r = (i128::from(fraction).wrapping_mul(i128::from(HALF_PI_FIXED)) >> 61) as i64;
    // 2^−62.
    (n as u32, A::mul(A::from_i64(r), f32::from_bits(0x2080_0000)))
}
