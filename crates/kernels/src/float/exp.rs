//! The exponential function: one formula of fused multiply-adds.
//!
//! `e^x = 2^n · e^r` with `n = round(x / ln 2)` and `r = x − n·ln 2`, ln 2 split in two, and a polynomial for `e^r`.

use super::{Arithmetic, NAN, abs, horner};

/// Bits of the greatest argument whose result is finite, 88.72283.
pub(super) const HIGHEST: u32 = 0x42b1_7217;
/// Bits of the least argument whose result is normal, −87.33654.
pub(super) const LOWEST: u32 = 0xc2ae_ac4f;
/// 1.5·2^23: added to a number below 2^22, it leaves that number rounded to an integer in the low bits.
pub(super) const MAGIC: u32 = 0x4b40_0000;
/// 1 / ln 2.
pub(super) const LOG2_E: u32 = 0x3fb8_aa3b;
/// −ln 2, its first 17 bits: a product with n is exact.
pub(super) const LN2_HIGH: u32 = 0xbf31_7200;
/// −ln 2, the rest.
pub(super) const LN2_LOW: u32 = 0xb5bf_be8e;
/// Coefficients of `e^r` for `|r| ≤ ln 2 / 2`, highest power first.
pub(super) const POLYNOMIAL: [u32; 7] = [
    0x3ab4_a000, // 0x1.694p-10
    0x3c09_2f6e, // 0x1.125edcp-7
    0x3d2a_adad, // 0x1.555b5ap-5
    0x3e2a_aa28, // 0x1.55545p-3
    0x3eff_fffb, // 0x1.fffff6p-2
    0x3f80_0000,
    0x3f80_0000,
];

/// Coefficients of `(e^x − 1 − x) / x²` for `|x| ≤ 1/2`, highest power first.
const LESS_ONE: [u32; 6] =
    [0x3950_2e23, 0x3ab7_9c06, 0x3c08_89b7, 0x3d2a_a8ed, 0x3e2a_aaa9, 0x3f00_0001];

/// `e^x`, as `docs/arithmetic.md` defines it.
///
/// No early return: every case is computed and one selected, so that vectors of arguments go through the same instructions.
#[inline(always)]
pub(super) fn definition<A: Arithmetic>(x: f32) -> f32 {
    let constant = f32::from_bits;
    let shifted = A::fma(x, constant(LOG2_E), constant(MAGIC));
    let n = A::sub(shifted, constant(MAGIC));
    let r = A::fma(n, constant(LN2_LOW), A::fma(n, constant(LN2_HIGH), x));
    let [highest, rest @ ..] = POLYNOMIAL;
    let p = rest.into_iter().fold(constant(highest), |p, c| A::fma(p, r, constant(c)));
    // n lies in the low bits of `shifted`; it moves into the exponent of p, which stays normal.
    let scaled = constant(p.to_bits().wrapping_add(shifted.to_bits() << 23));
    let magnitude = x.to_bits() & 0x7fff_ffff;
    if magnitude > 0x7f80_0000 {
        constant(NAN)
    } else if A::greater(x, constant(HIGHEST)) {
        f32::INFINITY
    } else if A::greater(constant(LOWEST), x) {
        0.0
    } else {
        scaled
    }
}

/// `e^x − 1`, as `docs/arithmetic.md` defines it.
#[inline(always)]
pub(super) fn less_one<A: Arithmetic>(x: f32) -> f32 {
    A::either(
        A::at_least(0.5, abs(x)),
        || A::fma(horner::<A, _>(x, &LESS_ONE), A::mul(x, x), x),
        || A::sub(A::exp(x), 1.0),
    )
}
