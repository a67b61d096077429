//! Chains of fused multiply-adds: the accumulator stays unpacked from one to the next.
//!
//! The straight path takes a product and an accumulator that overlap, and a result that is normal. There both are integers at the
//! exponent of the product's lowest bit: their sum is exact, and one rounding to 24 bits is all that is left. Everything else
//! (operands far apart, zeroes, subnormals, infinities, NaNs) goes through [`Sum::general`].

use super::{
    fma,
    frame::{
        INFINITY, SIGN, exponent, is_nan, is_normal, round, shift_right, signed, significand,
        unpack,
    },
    mul,
};
use crate::{
    PANEL,
    float::{Word, from_f16},
};

/// Exponent of an accumulator whose significand is the bits of an infinity, a NaN or −0: far above any product.
const SPECIAL: i64 = 1 << 40;
/// Exponent of a factor whose significand is the bits of a zero, an infinity or a NaN: far below any accumulator.
const ABSENT: i64 = -SPECIAL;
/// Adding it to the exponent of a factor and the biased one of a weight gives the exponent of their product in a sum's units.
const PRODUCT: i64 = -151;
/// The same of a binary32 and a binary16, with the biased exponents of both.
const SCALES: i64 = -26;
/// From a sum's exponent to that of [`round`].
const FRAME: i64 = 39;
/// Greatest left shift of a significand of 25 bits beside a product of 48, so that their sum stays below 2^62.
const OVERLAP: u64 = 37;
/// A product whose exponent is lower than the sum's by more than this is below an eighth of the sum's last place.
const NEGLIGIBLE: i64 = 50;
/// Exponents of sums that are surely normal, whether their significand has 24 bits or, by a carry, 25.
const NORMAL: u64 = 253;
/// Activations that are unpacked at a time.
const CHUNK: usize = 64;

/// A sum `significand · 2^(exponent − 149)`, the value of some f32; zero is +0.
#[derive(Clone, Copy, Debug)]
pub struct Sum {
    significand: i64,
    exponent: i64,
}

/// An operand of many products.
#[derive(Clone, Copy, Debug)]
struct Factor {
    significand: i64,
    exponent: i64,
}

impl Sum {
    #[inline(always)]
    pub(super) const fn from_bits(bits: u32) -> Self {
        let fraction = (bits & 0x007f_ffff) as i64;
        match exponent(bits) {
            255 => Self { significand: bits as i64, exponent: SPECIAL },
            0 if bits == SIGN => Self { significand: bits as i64, exponent: SPECIAL },
            0 => Self { significand: signed(fraction, bits), exponent: 0 },
            exponent => {
                let significand = signed(fraction | 1 << 23, bits);
                Self { significand, exponent: exponent as i64 - 1 }
            }
        }
    }

    #[inline(always)]
    pub(super) const fn to_bits(self) -> u32 {
        if self.exponent == SPECIAL {
            return self.significand as u32;
        }
        round(self.significand, (self.exponent + FRAME) as i32)
    }

    /// `self + product · 2^(exponent − 149)`, rounded, if the two overlap and the result is normal; `|product| < 2^48`.
    #[inline(always)]
    pub(super) const fn add(self, product: i64, exponent: i64) -> Option<Self> {
        let shift = self.exponent.wrapping_sub(exponent);
        if shift as u64 > OVERLAP {
            return None;
        }
        let sum = product.wrapping_add(self.significand.wrapping_shl(shift as u32));
        let sum = nearest(sum, exponent);
        if sum.exponent as u64 >= NORMAL { None } else { Some(sum) }
    }

    /// `self + x·w`, rounded once, on the straight path.
    #[inline(always)]
    const fn straight(self, x: Factor, w: u32) -> Option<Self> {
        let w_exponent = exponent(w);
        if !is_normal(w_exponent) {
            return None;
        }
        self.add(
            x.significand.wrapping_mul(significand(w)),
            x.exponent.wrapping_add(w_exponent as i64),
        )
    }

    /// `self + x·w`, rounded once.
    #[inline(always)]
    pub(super) const fn multiply_add(self, x: u32, w: u32) -> Self {
        let x = Factor::from_bits(x);
        match self.straight(x, w) {
            Some(sum) => sum,
            None => self.general(x, w),
        }
    }

    /// `fma(d_w · d_x, dot, self)`, the product of the scales rounded before; `d_w` is a binary16, `|dot| < 2^23`.
    #[inline(always)]
    pub(super) const fn block(self, d_w: u16, d_x: u32, dot: i32) -> Self {
        match self.straight_block(d_w, d_x, dot) {
            Some(sum) => sum,
            None => self.general_block(d_w, d_x, dot),
        }
    }

    #[inline(always)]
    const fn straight_block(self, d_w: u16, d_x: u32, dot: i32) -> Option<Self> {
        let (w_exponent, x_exponent) = (d_w as u32 >> 10 & 31, exponent(d_x));
        if w_exponent.wrapping_sub(1) >= 30 || !is_normal(x_exponent) {
            return None;
        }
        let w = signed((d_w as u32 & 0x3ff | 0x400) as i64, (d_w as u32) << 16);
        let exponents = w_exponent as i64 + x_exponent as i64 + SCALES;
        let scale = nearest(w.wrapping_mul(significand(d_x)), exponents);
        if scale.exponent as u64 >= NORMAL {
            return None;
        }
        self.add(scale.significand.wrapping_mul(dot as i64), scale.exponent)
    }

    #[cold]
    #[inline(never)]
    const fn general_block(self, d_w: u16, d_x: u32, dot: i32) -> Self {
        let scale = mul(from_f16(d_w).to_bits(), d_x);
        let x = Factor::from_bits(scale);
        if dot == 0 || x.exponent == ABSENT {
            // An integer is a significand at the exponent of 2^0.
            return self.general(x, round(dot as i64, 188));
        }
        self.add_finite(x.significand.wrapping_mul(dot as i64), x.exponent + 150)
    }

    /// `self + x·w`, rounded once, for any operands.
    #[cold]
    #[inline(never)]
    const fn general(self, x: Factor, w: u32) -> Self {
        let infinite = x.exponent == ABSENT && x.significand as u32 & INFINITY == INFINITY;
        if infinite || w & INFINITY == INFINITY {
            return self.by_bits(x.to_bits(), w);
        }
        if x.exponent == ABSENT || w << 1 == 0 {
            // A product of zero: it matters beside −0 only.
            return if self.exponent == SPECIAL { self.by_bits(x.to_bits(), w) } else { self };
        }
        let (w, w_exponent) = unpack(w);
        self.add_finite(x.significand.wrapping_mul(w), x.exponent + w_exponent as i64)
    }

    /// `self + x·w` by the instructions for packed operands.
    const fn by_bits(self, x: u32, w: u32) -> Self {
        if self.exponent == SPECIAL && is_nan(self.significand as u32) {
            return self;
        }
        Self::from_bits(fma(x, w, self.to_bits()))
    }

    /// `self + product · 2^(exponent − 149)`, rounded, for any sum and a product that is not zero; `|product| < 2^48`.
    #[inline(always)]
    const fn add_finite(self, product: i64, exponent: i64) -> Self {
        let zero = self.significand == 0 || self.significand as u32 == SIGN;
        let (b, b_exponent) = normalise(product, exponent);
        if self.exponent == SPECIAL && !zero {
            return self;
        }
        if zero {
            return Self::from_bits(round(b, (b_exponent + FRAME) as i32));
        }
        if self.exponent - exponent > NEGLIGIBLE {
            return self;
        }
        let (a, a_exponent) = normalise(self.significand, self.exponent);
        let distance = (a_exponent - b_exponent) as i32;
        let (sum, exponent) = if distance >= 0 {
            (a.wrapping_add(shift_right(b, distance)), a_exponent)
        } else {
            (b.wrapping_add(shift_right(a, -distance)), b_exponent)
        };
        let near = nearest(sum, exponent);
        if (near.exponent as u64) < NORMAL {
            return near;
        }
        Self::from_bits(round(sum, (exponent + FRAME) as i32))
    }
}

impl Factor {
    #[inline(always)]
    const fn from_bits(bits: u32) -> Self {
        let exponent = exponent(bits);
        if !is_normal(exponent) {
            return Self::special(bits);
        }
        let significand = significand(bits);
        Self { significand, exponent: exponent as i64 + PRODUCT }
    }

    #[cold]
    #[inline(never)]
    const fn special(bits: u32) -> Self {
        if bits << 1 == 0 || bits & INFINITY == INFINITY {
            return Self { significand: bits as i64, exponent: ABSENT };
        }
        let (significand, exponent) = unpack(bits);
        Self { significand, exponent: exponent as i64 + PRODUCT }
    }

    const fn to_bits(self) -> u32 {
        if self.exponent == ABSENT {
            self.significand as u32
        } else {
            round(self.significand, (self.exponent - PRODUCT + 38) as i32)
        }
    }
}

/// The leading bit of a number that is not zero moves to bit 60.
#[inline(always)]
const fn normalise(x: i64, exponent: i64) -> (i64, i64) {
    let shift = x.unsigned_abs().leading_zeros().wrapping_sub(3);
    (x.wrapping_shl(shift), exponent - shift as i64)
}

/// The sum nearest to `x · 2^(exponent − 149)`, ties to even, as if exponents had no bounds; `|x| < 2^62`.
///
/// Rounding is by the floor, so it needs no magnitude; a negative power of two ends up as −2^24, one exponent lower.
#[inline(always)]
pub(super) const fn nearest(x: i64, exponent: i64) -> Sum {
    let zeroes = (x ^ x >> 63).leading_zeros();
    let x = x.wrapping_shl(zeroes.wrapping_sub(2));
    let odd = x >> 38 & 1;
    let significand = x.wrapping_add((1 << 37) - 1).wrapping_add(odd) >> 38;
    Sum { significand, exponent: exponent.wrapping_sub(zeroes as i64).wrapping_add(40) }
}

/// `sums[j] = fma(x[k], w[k][j], sums[j])` for the first `columns` sums, k rising over the common prefix.
#[inline(always)]
pub(super) fn panel(sums: &mut [Sum; PANEL], columns: usize, x: &[Word], w: &[[Word; PANEL]]) {
    for (x, w) in x.chunks(CHUNK).zip(w.chunks(CHUNK)) {
        let mut factors = [Factor { significand: 0, exponent: 0 }; CHUNK];
        for (factor, x) in factors.iter_mut().zip(x) {
            *factor = Factor::from_bits(u32::from_le_bytes(*x));
        }
        let factors = factors.get(..x.len()).unwrap_or(&[]);
        for (column, sum) in sums.iter_mut().take(columns).enumerate() {
            *sum = chain(*sum, factors, w, column);
        }
    }
}

/// One sum of [`panel`]. The loop of the straight path contains no call, which would cost it its registers.
#[inline(always)]
fn chain(mut sum: Sum, x: &[Factor], w: &[[Word; PANEL]], column: usize) -> Sum {
    let column = column % PANEL;
    let mut terms = x.iter().zip(w);
    loop {
        let mut other = None;
        for (x, w) in &mut terms {
            let w = u32::from_le_bytes(w[column]);
            match sum.straight(*x, w) {
                Some(next) => sum = next,
                None => {
                    other = Some((*x, w));
                    break;
                }
            }
        }
        match other {
            None => return sum,
            Some((x, w)) => sum = sum.general(x, w),
        }
    }
}
