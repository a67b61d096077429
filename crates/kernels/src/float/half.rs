//! The 16-bit formats: binary16 (5 bits of exponent, 10 of fraction) and bfloat16 (the upper half of a binary32).

/// Magnitude of an infinity, above which are the NaNs.
const INFINITY: u32 = f32::INFINITY.to_bits();

/// The value of a binary16, which an f32 holds exactly; a NaN keeps its sign and its payload.
#[inline(always)]
pub const fn from_f16(half: u16) -> f32 {
    let sign = (half as u32 & 0x8000) << 16;
    let magnitude = half as u32 & 0x7fff;
    let bits = match magnitude >> 10 {
        0 if magnitude == 0 => 0,
        0 => {
            // Subnormal, m·2^-24: the leading bit moves to bit 23 and leaves the field.
            let shift = magnitude.leading_zeros() - 8;
            (magnitude << shift) + ((125 - shift) << 23)
        }
        31 => (magnitude << 13) + (224 << 23),
        _ => (magnitude << 13) + (112 << 23),
    };
    f32::from_bits(sign | bits)
}

/// The nearest binary16, ties to even: subnormals are kept, 65520 and more become infinite, every NaN becomes `7e00`.
#[inline(always)]
pub const fn to_f16(x: f32) -> u16 {
    /// Bits of 65520, half a unit above the greatest binary16.
    const OVERFLOW: u32 = 0x477f_f000;
    let magnitude = x.to_bits() & 0x7fff_ffff;
    let exponent = magnitude >> 23;
    if magnitude > INFINITY {
        return 0x7e00;
    }
    let half = if magnitude >= OVERFLOW {
        0x7c00
    } else if exponent >= 113 {
        nearest(magnitude - (112 << 23), 13)
    } else {
        // Subnormal: an integer in units of 2^−24. Below 2^−26 every bit is shifted out.
        let shift = 126 - exponent;
        if shift > 25 { 0 } else { nearest(magnitude & 0x007f_ffff | 1 << 23, shift) }
    };
    (x.to_bits() >> 16 & 0x8000 | half) as u16
}

/// The value of a bfloat16; a NaN keeps its sign and its payload.
#[inline(always)]
pub const fn from_bf16(half: u16) -> f32 {
    f32::from_bits((half as u32) << 16)
}

/// The nearest bfloat16, ties to even; every NaN becomes `7fc0`.
#[inline(always)]
pub const fn to_bf16(x: f32) -> u16 {
    let bits = x.to_bits();
    if bits & 0x7fff_ffff > INFINITY { 0x7fc0 } else { nearest(bits, 16) as u16 }
}

/// `m · 2^−shift` to the nearest integer, ties to even; `1 ≤ shift ≤ 25` and the sum must not leave 32 bits.
const fn nearest(m: u32, shift: u32) -> u32 {
    let odd = m.wrapping_shr(shift) & 1;
    let below_half = 1u32.wrapping_shl(shift - 1) - 1;
    m.wrapping_add(below_half).wrapping_add(odd).wrapping_shr(shift)
}
