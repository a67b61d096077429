//! Significands in a frame of 62 bits: unpacking, alignment, rounding.
//!
//! `value = significand · 2^(exponent − 188)`: the signed significand of an operand with biased exponent `e` is shifted to bits
//! 38 … 61 and its exponent is `e`. Aligning two of them shifts the smaller right and remembers in its lowest bit whether
//! anything was lost; with more than two spare bits below the rounding position that is enough for one correct rounding.

pub(super) const SIGN: u32 = 1 << 31;
pub(super) const INFINITY: u32 = 0x7f80_0000;
const HIDDEN: u32 = 1 << 23;
/// Bits below the significand in its frame.
pub(super) const SPARE: u32 = 38;
/// The frame's exponent of an absent addend: so low that its zero is never the larger operand.
pub(super) const ABSENT: i32 = -1000;

#[inline(always)]
pub(super) const fn is_nan(bits: u32) -> bool {
    bits & !SIGN > INFINITY
}

#[inline(always)]
pub(super) const fn is_zero(bits: u32) -> bool {
    bits << 1 == 0
}

#[inline(always)]
pub(super) const fn is_infinite(bits: u32) -> bool {
    bits & !SIGN == INFINITY
}

/// The biased exponent.
#[inline(always)]
pub(super) const fn exponent(bits: u32) -> i32 {
    (bits >> 23 & 0xff) as i32
}

/// Whether a biased exponent is that of a normal number.
#[inline(always)]
pub(super) const fn is_normal(exponent: i32) -> bool {
    (exponent as u32).wrapping_sub(1) < 254
}

/// The signed significand of a normal number.
#[inline(always)]
pub(super) const fn significand(bits: u32) -> i64 {
    signed((bits & (HIDDEN - 1) | HIDDEN) as i64, bits)
}

/// `magnitude`, negated if the sign bit of `sign` is set.
#[inline(always)]
pub(super) const fn signed(magnitude: i64, sign: u32) -> i64 {
    let mask = (sign as i32 >> 31) as i64;
    (magnitude ^ mask).wrapping_sub(mask)
}

/// Significand and biased exponent of any finite number but zero; subnormals get exponents below 1.
pub(super) const fn unpack(bits: u32) -> (i64, i32) {
    match exponent(bits) {
        0 => {
            let fraction = bits & (HIDDEN - 1);
            let shift = fraction.leading_zeros().saturating_sub(8);
            (signed((fraction as i64) << shift, bits), 1 - shift as i32)
        }
        exponent => (significand(bits), exponent),
    }
}

/// `x · 2^−by`, rounded to odd: exact, or else with the lowest bit set. `by` of 63 and more all act as 63.
#[inline(always)]
pub(super) const fn shift_right(x: i64, by: i32) -> i64 {
    let by = if by > 63 { 63 } else { by } as u32;
    let shifted = x.wrapping_shr(by);
    shifted | (shifted.wrapping_shl(by) != x) as i64
}

/// The sum of two values in their frames, rounded.
#[inline(always)]
pub(super) const fn sum(a: i64, a_exponent: i32, b: i64, b_exponent: i32) -> u32 {
    let distance = a_exponent - b_exponent;
    if distance >= 0 {
        round(a.wrapping_add(shift_right(b, distance)), a_exponent)
    } else {
        round(b.wrapping_add(shift_right(a, -distance)), b_exponent)
    }
}

/// The f32 nearest to `x · 2^(exponent − 188)`, ties to even; zero is +0.
#[inline(always)]
pub(super) const fn round(x: i64, exponent: i32) -> u32 {
    if x == 0 {
        return 0;
    }
    let sign = (x >> 32) as u32 & SIGN;
    let magnitude = x.unsigned_abs();
    // The leading bit goes to bit 62, so that rounding up cannot leave the word.
    let shift = magnitude.leading_zeros().wrapping_sub(1);
    let magnitude = magnitude.wrapping_shl(shift);
    // One below the biased exponent: the leading bit of the significand adds the one.
    let exponent = exponent.wrapping_sub(shift as i32);
    if exponent as u32 >= 254 {
        return sign | extreme(magnitude, exponent);
    }
    sign | ((exponent as u32) << 23).wrapping_add(nearest(magnitude))
}

/// Rounds a magnitude whose leading bit is bit 62 to its upper 24 bits, ties to even.
#[inline(always)]
pub(super) const fn nearest(magnitude: u64) -> u32 {
    let odd = magnitude >> 39 & 1;
    (magnitude.wrapping_add((1 << 38) - 1).wrapping_add(odd) >> 39) as u32
}

/// Magnitude bits of a result that is too large or subnormal.
#[cold]
#[inline(never)]
pub(super) const fn extreme(magnitude: u64, exponent: i32) -> u32 {
    if exponent >= 254 {
        INFINITY
    } else {
        nearest(shift_right(magnitude as i64, -exponent) as u64)
    }
}

/// The product of two significands, rounded.
#[inline(always)]
pub(super) const fn product(a: i64, a_exponent: i32, b: i64, b_exponent: i32) -> u32 {
    // 48 bits instead of a frame's 62: the exponent says so.
    round(a.wrapping_mul(b), a_exponent.wrapping_add(b_exponent).wrapping_sub(112))
}

/// The quotient of two significands, rounded.
#[inline(always)]
pub(super) const fn quotient(a: i64, a_exponent: i32, b: i64, b_exponent: i32) -> u32 {
    let negative = (a ^ b) >> 63;
    // Both magnitudes have 24 bits, so the quotient has 39 or 40; a remainder sets its lowest bit.
    let (a, b) = (a.unsigned_abs() << 39, b.unsigned_abs() | HIDDEN as u64);
    let q = ((a / b) | (a % b != 0) as u64) as i64;
    round((q ^ negative).wrapping_sub(negative), a_exponent.wrapping_sub(b_exponent) + 149)
}

/// The sum of a product of significands, with the sum of their exponents, and a significand.
#[inline(always)]
pub(super) const fn fused(product: i64, exponents: i32, c: i64, c_exponent: i32) -> u32 {
    sum(product << 14, exponents.wrapping_sub(126), c << SPARE, c_exponent)
}
