//! Operations on the sign bit alone. They are exact, and a NaN stays a NaN.

const SIGN: u32 = 1 << 31;

/// `|x|`.
#[inline(always)]
pub const fn abs(x: f32) -> f32 {
    f32::from_bits(x.to_bits() & !SIGN)
}

/// `−x`.
#[inline(always)]
pub const fn negate(x: f32) -> f32 {
    f32::from_bits(x.to_bits() ^ SIGN)
}

/// `|magnitude|` with the sign bit of `sign`.
#[inline(always)]
pub const fn copy_sign(magnitude: f32, sign: f32) -> f32 {
    f32::from_bits(magnitude.to_bits() & !SIGN | sign.to_bits() & SIGN)
}

/// 1 with the sign of `x`; `+0` for a zero; a NaN for a NaN.
#[inline(always)]
pub const fn signum(x: f32) -> f32 {
    let magnitude = x.to_bits() & !SIGN;
    if magnitude == 0 {
        0.0
    } else if magnitude > f32::INFINITY.to_bits() {
        x
    } else {
        copy_sign(1.0, x)
    }
}
