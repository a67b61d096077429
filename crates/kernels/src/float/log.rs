//! Natural logarithms.
//!
//! `log x = e·ln 2 + log m` with `x = m·2^e` and `m` in `[2/3, 4/3)`, so that nothing cancels, and a polynomial in `m − 1`.

use super::{Arithmetic, NAN, horner};

/// Bits of the least m, rounded up 2/3.
const LEAST: u32 = 0x3f2a_aaab;
/// ln 2.
pub(super) const LN_2: u32 = 0x3f31_7218;
/// Coefficients of `(log(1 + f) − f) / f²` for `|f| ≤ 1/3`, highest power first.
const POLYNOMIAL: [u32; 9] = [
    0xbdff_10e7,
    0x3e10_1f89,
    0xbdfb_7361,
    0x3e0f_3c6c,
    0xbe2a_bea6,
    0x3e4c_eaea,
    0xbe7f_ffcb,
    0x3eaa_aa7d,
    0xbf00_0000,
];

/// `(m, e)` of a positive number `m·2^e`, with m from the f32 of the given bits up to its double.
#[inline(always)]
pub(super) fn split<A: Arithmetic>(x: f32, least: u32) -> (f32, f32) {
    // Subnormals are made normal. For zeroes and negative numbers the result means nothing.
    let small = (x.to_bits() as i32) < 0x0080_0000;
    let scaled = if small { A::mul(x, 8_388_608.0).to_bits() } else { x.to_bits() };
    let exponent = scaled.wrapping_sub(least) & 0xff80_0000;
    let e = (exponent as i32 >> 23).wrapping_sub(if small { 23 } else { 0 });
    (f32::from_bits(scaled.wrapping_sub(exponent)), A::from_i32(e))
}

/// `log x`, as `docs/arithmetic.md` defines it.
#[inline(always)]
pub(super) fn log<A: Arithmetic>(x: f32) -> f32 {
    let (m, e) = split::<A>(x, LEAST);
    let f = A::sub(m, 1.0);
    let log_m = A::fma(horner::<A, _>(f, &POLYNOMIAL), A::mul(f, f), f);
    let result = A::fma(e, f32::from_bits(LN_2), log_m);
    let bits = x.to_bits();
    if bits << 1 == 0 {
        f32::NEG_INFINITY
    } else if bits > f32::INFINITY.to_bits() {
        // Negative, or a NaN.
        f32::from_bits(NAN)
    } else if bits == f32::INFINITY.to_bits() {
        f32::INFINITY
    } else {
        result
    }
}

/// `log(1 + x)`, as `docs/arithmetic.md` defines it: `log` of the rounded sum and what the rounding lost.
#[inline(always)]
pub(super) fn of_one_more<A: Arithmetic>(x: f32) -> f32 {
    let sum = A::add(1.0, x);
    // Both differences are exact.
    let lost = A::sub(x, A::sub(sum, 1.0));
    let log = A::log(sum);
    let corrected = A::add(log, A::div(lost, sum));
    let finite = A::greater(sum, 0.0) && A::greater(f32::INFINITY, sum);
    if finite { corrected } else { log }
}
