//! The square root: two steps of Newton's method on integers from a linear guess.

use super::frame::{INFINITY, SIGN, exponent, is_nan, is_normal, is_zero, significand, unpack};
use crate::float::NAN;

/// `√x`, rounded to nearest. A root is never halfway between two f32.
#[inline(always)]
pub(super) const fn sqrt(x: u32) -> u32 {
    let exponent = exponent(x);
    if x & SIGN != 0 || !is_normal(exponent) {
        return special(x);
    }
    root(significand(x) as u64, exponent)
}

/// Zeroes and subnormals, infinity, NaNs and negative numbers.
#[cold]
#[inline(never)]
const fn special(x: u32) -> u32 {
    if is_zero(x) {
        x
    } else if is_nan(x) || x & SIGN != 0 {
        NAN
    } else if x == INFINITY {
        x
    } else {
        let (significand, exponent) = unpack(x);
        root(significand as u64, exponent)
    }
}

/// The root of a positive significand of 24 bits at a biased exponent.
#[inline(always)]
const fn root(significand: u64, exponent: i32) -> u32 {
    // An even power of two below: n in [2^48, 2^50), its root r in [2^24, 2^25), one bit more than a significand.
    let even = exponent & 1 == 0;
    let n = significand << if even { 26 } else { 25 };
    // The line through √t at 1 and 2, raised by half its error: at most 2^−7 off.
    let guess = significand.wrapping_mul(LINE.0).wrapping_add(LINE.1) >> 23;
    let guess = if even { guess.wrapping_mul(SQRT_2) >> 16 } else { guess };
    // A step from 2^−7 gives 2^−15, the next 2^−31; each stays at or above the floor of the root.
    let r = newton(n, newton(n, guess));
    let r = if r.wrapping_mul(r) > n { r.wrapping_sub(1) } else { r };
    // One below the biased exponent: the leading bit of the significand adds the one.
    let biased = (exponent.wrapping_add(127) >> 1).wrapping_sub(1) as u32;
    (biased << 23).wrapping_add((r.wrapping_add(1) >> 1) as u32)
}

/// Slope and intercept of the guess for `√t · 2^47`, `t · 2^23` in `[2^23, 2^24)`.
const LINE: (u64, u64) = (7_001_262, 83_057_954_520_448);
/// √2 · 2^16.
const SQRT_2: u64 = 92_682;

/// One step towards √n; neither is zero.
#[inline(always)]
const fn newton(n: u64, r: u64) -> u64 {
    let r = r | 1;
    (r.wrapping_add(n / r)) >> 1
}
