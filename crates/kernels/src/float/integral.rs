//! Rounding to integers, by the bits: as f32 and as i32 or i64.

use super::sign::negate;

const SIGN: u32 = 1 << 31;
const FRACTION: u32 = 0x007f_ffff;
const ONE: u32 = 1f32.to_bits();

/// The bits that stand for less than one, of a magnitude of at least one; none from 2^23 on, for infinities and NaNs.
const fn below_one(magnitude: u32) -> u32 {
    let exponent = magnitude >> 23;
    if exponent >= 150 { 0 } else { FRACTION.wrapping_shr(exponent.wrapping_sub(127)) }
}

/// `x` without its fraction; the sign stays, that of a zero too. A NaN stays a NaN.
#[inline(always)]
pub const fn truncate(x: f32) -> f32 {
    let bits = x.to_bits();
    let magnitude = bits & !SIGN;
    f32::from_bits(if magnitude < ONE { bits & SIGN } else { bits & !below_one(magnitude) })
}

/// The greatest integer that is not above `x`; −0 stays −0, a NaN a NaN.
#[inline(always)]
pub const fn floor(x: f32) -> f32 {
    let bits = x.to_bits();
    let truncated = truncate(x).to_bits();
    f32::from_bits(if truncated == bits || bits & SIGN == 0 {
        truncated
    } else if bits & !SIGN < ONE {
        SIGN | ONE
    } else {
        // One more in magnitude: a carry out of the fraction is right in the exponent.
        truncated.wrapping_add(below_one(bits & !SIGN)).wrapping_add(1)
    })
}

/// The least integer that is not below `x`: `−floor(−x)`, so −0 for −1 < x < 0.
#[inline(always)]
pub const fn ceil(x: f32) -> f32 {
    negate(floor(negate(x)))
}

/// The nearest integer, ties to even; the sign stays, that of a zero too. A NaN stays a NaN.
#[inline(always)]
pub const fn round(x: f32) -> f32 {
    const HALF: u32 = 0.5f32.to_bits();
    let bits = x.to_bits();
    let magnitude = bits & !SIGN;
    let mask = below_one(magnitude);
    let rounded = if magnitude <= HALF {
        0
    } else if magnitude < ONE {
        ONE
    } else if mask == 0 {
        magnitude
    } else {
        // The bit above the mask is that of the units; for 1 ≤ x < 2 it is the lowest of the exponent, which is odd too.
        let odd = (magnitude & mask.wrapping_add(1) != 0) as u32;
        magnitude.wrapping_add(mask >> 1).wrapping_add(odd) & !mask
    };
    f32::from_bits(bits & SIGN | rounded)
}

/// `x` without its fraction, the nearest i32 where it is out of range, 0 for a NaN.
#[inline(always)]
pub const fn to_i32(x: f32) -> i32 {
    let bits = x.to_bits();
    let (magnitude, negative) = (bits & !SIGN, bits as i32 >> 31);
    if magnitude < ONE || magnitude > f32::INFINITY.to_bits() {
        return 0;
    }
    let exponent = magnitude >> 23;
    if exponent >= 158 {
        return i32::MAX ^ negative;
    }
    let integer = (bits << 8 | SIGN).wrapping_shr(158 - exponent) as i32;
    (integer ^ negative).wrapping_sub(negative)
}

/// The nearest i32, ties to even, 0 for a NaN.
#[inline(always)]
pub const fn to_i32_nearest(x: f32) -> i32 {
    to_i32(round(x))
}

/// `x` without its fraction, the nearest i64 where it is out of range, 0 for a NaN.
#[inline(always)]
pub const fn to_i64(x: f32) -> i64 {
    let bits = x.to_bits();
    let (magnitude, negative) = (bits & !SIGN, (bits as i32 >> 31) as i64);
    if magnitude < ONE || magnitude > f32::INFINITY.to_bits() {
        return 0;
    }
    let exponent = magnitude >> 23;
    if exponent >= 190 {
        return i64::MAX ^ negative;
    }
    let integer = ((bits as u64) << 40 | 1 << 63).wrapping_shr(190 - exponent) as i64;
    (integer ^ negative).wrapping_sub(negative)
}
