//! IEEE-754 binary32 arithmetic, the same bits on every machine.
//!
//! Every operation rounds to nearest, ties to even, and keeps subnormals. [`Soft`] computes with integers only: it is what the
//! guest runs, and what a host without a fused multiply-add falls back to. [`Hardware`] uses the processor's own instructions;
//! IEEE-754 fixes their results, except the bits of a NaN, which [`store`] makes canonical.

mod exp;
#[cfg(not(target_os = "none"))]
mod hardware;
mod soft;

#[cfg(not(target_os = "none"))]
pub use hardware::Hardware;
pub use soft::Soft;

/// An f32 in memory: little endian.
pub type Word = [u8; 4];

/// The NaN that arithmetic stores.
pub const NAN: u32 = 0x7fc0_0000;

/// The operations that kernels are made of.
///
/// Implementations agree on every bit but those of a NaN. Comparisons are IEEE's: with a NaN they are false, and −0 equals +0.
pub trait Arithmetic: Sized {
    /// `a + b`.
    fn add(a: f32, b: f32) -> f32;
    /// `a − b`.
    fn sub(a: f32, b: f32) -> f32;
    /// `a · b`.
    fn mul(a: f32, b: f32) -> f32;
    /// `a / b`.
    fn div(a: f32, b: f32) -> f32;
    /// `a · b + c`, rounded once.
    fn fma(a: f32, b: f32, c: f32) -> f32;
    /// `a > b`.
    fn greater(a: f32, b: f32) -> bool;
    /// The nearest f32.
    fn from_i32(a: i32) -> f32;

    /// `e^a` as `docs/arithmetic.md` defines it: at most 0.86 units in the last place off, `+0` instead of a subnormal.
    #[inline(always)]
    fn exp(a: f32) -> f32 {
        exp::definition::<Self>(a)
    }

    /// `fma(d_w · d_x, sum, acc)`, the product of the scales rounded before: one block of a quantised dot product.
    ///
    /// `d_w` are the bits of a binary16; `|sum| < 2^24`.
    #[inline(always)]
    fn accumulate(acc: f32, d_w: u16, d_x: f32, sum: i32) -> f32 {
        Self::fma(Self::mul(from_f16(d_w), d_x), Self::from_i32(sum), acc)
    }
}

/// Reads an element.
#[inline(always)]
pub const fn load(word: Word) -> f32 {
    f32::from_bits(u32::from_le_bytes(word))
}

/// Writes a result of arithmetic: every NaN becomes [`NAN`].
#[inline(always)]
pub const fn store(value: f32) -> Word {
    let bits = value.to_bits();
    let bits = if bits & 0x7fff_ffff > 0x7f80_0000 { NAN } else { bits };
    bits.to_le_bytes()
}

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
