//! The exponential function with integer instructions: every rounding of the definition in [`float::exp`](crate::float), at a fixed place.
//!
//! All values of the evaluation but r lie in one or two binades that are known beforehand. So they are integers at a fixed
//! exponent, and a fused multiply-add is a product, a shift, an addition of a constant and one rounding. A fifth of the
//! guest's steps of the definition on [`super::Soft`]; a test compares the two for every one of the 2^32 arguments.

use super::frame::{INFINITY, is_nan, nearest};
use crate::float::{
    NAN,
    exp::{HIGHEST, LN2_HIGH, LN2_LOW, LOG2_E, LOWEST, POLYNOMIAL},
};

/// Bits kept below a rounding position.
const GUARD: u32 = 24;
/// Exponent of the unit in which r is first computed.
const UNIT: i32 = -43;
const ONE: u32 = 0x3f80_0000;

/// The 24-bit magnitude of the significand of a normal number.
const fn significand(bits: u32) -> i64 {
    (bits & 0x007f_ffff | 1 << 23) as i64
}

/// The magnitude of a constant in units of `2^unit`, which must hold it exactly.
const fn fixed(bits: u32, unit: i32) -> i64 {
    let exponent = (bits >> 23 & 0xff) as i32 - 150;
    significand(bits) << (exponent - unit)
}

#[inline(always)]
pub(super) fn exp(x: u32) -> u32 {
    if x as i32 > HIGHEST as i32 {
        return if is_nan(x) { NAN } else { INFINITY };
    }
    if x > LOWEST {
        return if is_nan(x) { NAN } else { 0 };
    }
    let exponent = (x >> 23 & 0xff) as i32 - 150;
    if exponent < -48 {
        // |x| < 2^−25 does not move 1.
        return ONE;
    }
    let negative = i64::from(x as i32 >> 31);
    let signed = |magnitude: i64| (magnitude ^ negative).wrapping_sub(negative);
    let significand = significand(x);

    let (n, r, r_exponent) = if exponent < -25 {
        // |x| < 1/4: n = 0.
        (0, significand, exponent)
    } else {
        let n = round(significand.wrapping_mul(self::significand(LOG2_E)), (23 - exponent) as u32);
        const HIGH: i64 = fixed(LN2_HIGH, UNIT);
        const LOW: i64 = fixed(LN2_LOW, UNIT);
        // The first of the two differences is exact as an f32, so only the second is rounded, to 24 bits.
        let r = (significand << (exponent - UNIT)).wrapping_sub(n.wrapping_mul(HIGH + LOW));
        let shift = r.unsigned_abs().leading_zeros().wrapping_sub(1) & 63;
        let magnitude = i64::from(nearest(r.unsigned_abs().wrapping_shl(shift)));
        (n, if r < 0 { -magnitude } else { magnitude }, UNIT + 39 - shift as i32)
    };
    let (n, r) = (signed(n), signed(r));

    let [c6, c5, c4, c3, c2, c1, c0] = POLYNOMIAL;
    let shift = (-r_exponent) as u32 - GUARD;
    let p = self::significand(c6);
    // Binades by the bounds of |r| ≤ 0.347: [2^−7, 2^−6), [2^−5, 2^−4), [2^−3, 2^−2), then two each from 2^−2, 2^−1 and 2^−1.
    let p = round(multiply_add(p, r, shift + 3, fixed(c5, -30 - GUARD as i32)), GUARD);
    let p = round(multiply_add(p, r, shift + 2, fixed(c4, -28 - GUARD as i32)), GUARD);
    let p = round(multiply_add(p, r, shift + 2, fixed(c3, -26 - GUARD as i32)), GUARD);
    let p = round_either(multiply_add(p, r, shift + 1, fixed(c2, -25 - GUARD as i32)));
    let p = round_either(multiply_add(p, r, shift + 1, fixed(c1, -24 - GUARD as i32)));
    let p = round_either(multiply_add(p, r, shift, fixed(c0, -24 - GUARD as i32)));

    // p is in units of 2^−24, between √½ and √2: its leading bit adds one to the exponent below it.
    let bits = if p < 1 << 24 { p as u32 + (125 << 23) } else { (p as u32 >> 1) + (126 << 23) };
    bits.wrapping_add((n as u32) << 23)
}

/// `p · r · 2^−shift + c`, rounded to odd.
#[inline(always)]
const fn multiply_add(p: i64, r: i64, shift: u32, c: i64) -> i64 {
    let product = p.wrapping_mul(r);
    let shifted = product.wrapping_shr(shift);
    (shifted | (shifted.wrapping_shl(shift) != product) as i64).wrapping_add(c)
}

/// `x · 2^−shift`, to the nearest integer, ties to even; the shift is at least 1.
#[inline(always)]
const fn round(x: i64, shift: u32) -> i64 {
    let odd = x.wrapping_shr(shift) & 1;
    let half = 1i64.wrapping_shl(shift) >> 1;
    x.wrapping_add(half).wrapping_sub(1).wrapping_add(odd).wrapping_shr(shift)
}

/// A value of 24 or 25 bits above the guard, rounded to 24 bits.
#[inline(always)]
const fn round_either(x: i64) -> i64 {
    if x >> (24 + GUARD) == 0 { round(x, GUARD) } else { round(x, GUARD + 1) << 1 }
}
