//! The remainder of a division, which is exact.

use crate::float::NAN;

const SIGN: u32 = 1 << 31;
const INFINITY: u32 = 0x7f80_0000;
/// Quotient bits that one division of 64-bit words gives: a remainder has 24.
const BITS: u32 = 39;

/// `a − b·n`, n the quotient cut towards zero; it has the sign of `a`. NaN where `a` is an infinity or `b` a zero.
pub(super) const fn remainder(a: f32, b: f32) -> f32 {
    let (sign, a, b) = (a.to_bits() & SIGN, a.to_bits() & !SIGN, b.to_bits() & !SIGN);
    if a >= INFINITY || b > INFINITY || b == 0 {
        return f32::from_bits(NAN);
    }
    if a < b {
        return f32::from_bits(sign | a);
    }
    let ((significand, exponent), (divisor, least)) = (unpack(a), unpack(b));
    // Not negative, because `a ≥ b`.
    let mut distance = exponent.wrapping_sub(least);
    let mut rest = significand % divisor;
    while distance > 0 {
        let bits = if distance < BITS { distance } else { BITS };
        rest = rest.wrapping_shl(bits) % divisor;
        distance = distance.wrapping_sub(bits);
    }
    f32::from_bits(sign | pack(rest, least))
}

/// A magnitude as an integer times the power of two of a biased exponent, at least 1.
#[inline(always)]
const fn unpack(magnitude: u32) -> (u64, u32) {
    let (exponent, fraction) = (magnitude >> 23, magnitude as u64 & 0x007f_ffff);
    if exponent == 0 { (fraction, 1) } else { (fraction | 1 << 23, exponent) }
}

/// The inverse of [`unpack`] for any integer below 2^24: it moves up, as far as there are exponents.
#[inline(always)]
const fn pack(significand: u64, exponent: u32) -> u32 {
    let significand = significand as u32;
    let room = significand.leading_zeros().wrapping_sub(8);
    let spare = exponent.wrapping_sub(1);
    if significand == 0 {
        0
    } else if room <= spare {
        (significand << room).wrapping_add((spare.wrapping_sub(room)) << 23)
    } else {
        significand << spare
    }
}
