//! Binary32 with integer instructions only.
//!
//! Normal operands take the straight path; zeroes, subnormals, infinities and NaNs the cold one.

mod chain;
mod exp;
mod frame;
mod special;
mod sqrt;

use super::{Arithmetic, Word};
use crate::PANEL;
use chain::Sum;
use frame::{
    SIGN, SPARE, exponent, fused, is_nan, is_normal, product, quotient, round, signed, significand,
    sum,
};

/// IEEE-754 binary32 in integer instructions.
#[derive(Clone, Copy, Debug)]
pub struct Soft;

impl Arithmetic for Soft {
    type Sum = Sum;

    #[inline(always)]
    fn add(a: f32, b: f32) -> f32 {
        f32::from_bits(add(a.to_bits(), b.to_bits()))
    }

    #[inline(always)]
    fn sub(a: f32, b: f32) -> f32 {
        f32::from_bits(add(a.to_bits(), b.to_bits() ^ SIGN))
    }

    #[inline(always)]
    fn mul(a: f32, b: f32) -> f32 {
        f32::from_bits(mul(a.to_bits(), b.to_bits()))
    }

    #[inline(always)]
    fn div(a: f32, b: f32) -> f32 {
        f32::from_bits(div(a.to_bits(), b.to_bits()))
    }

    #[inline(always)]
    fn fma(a: f32, b: f32, c: f32) -> f32 {
        f32::from_bits(fma(a.to_bits(), b.to_bits(), c.to_bits()))
    }

    #[inline(always)]
    fn sqrt(a: f32) -> f32 {
        f32::from_bits(sqrt::sqrt(a.to_bits()))
    }

    #[inline(always)]
    fn greater(a: f32, b: f32) -> bool {
        let (a, b) = (a.to_bits(), b.to_bits());
        !is_nan(a) && !is_nan(b) && key(a) > key(b)
    }

    #[inline(always)]
    fn at_least(a: f32, b: f32) -> bool {
        let (a, b) = (a.to_bits(), b.to_bits());
        !is_nan(a) && !is_nan(b) && key(a) >= key(b)
    }

    #[inline(always)]
    fn equal(a: f32, b: f32) -> bool {
        let (a, b) = (a.to_bits(), b.to_bits());
        !is_nan(a) && !is_nan(b) && key(a) == key(b)
    }

    #[inline(always)]
    fn from_i32(a: i32) -> f32 {
        // An integer is a significand at the exponent of 2^0.
        f32::from_bits(round(i64::from(a), 188))
    }

    #[inline(always)]
    fn from_i64(a: i64) -> f32 {
        // The magnitude of the least i64 does not fit the frame.
        f32::from_bits(if a == i64::MIN { 0xdf00_0000 } else { round(a, 188) })
    }

    #[inline(always)]
    fn either(condition: bool, then: impl FnOnce() -> f32, otherwise: impl FnOnce() -> f32) -> f32 {
        if condition { then() } else { otherwise() }
    }

    #[inline(never)]
    fn outlined<T>(formula: impl FnOnce() -> T) -> T {
        formula()
    }

    #[inline(always)]
    fn begin(value: f32) -> Sum {
        Sum::from_bits(value.to_bits())
    }

    #[inline(always)]
    fn end(sum: Sum) -> f32 {
        f32::from_bits(sum.to_bits())
    }

    #[inline(always)]
    fn panel(sums: &mut [Sum; PANEL], columns: usize, x: &[Word], w: &[[Word; PANEL]]) {
        chain::panel(sums, columns, x, w);
    }

    #[inline(always)]
    fn multiply_add(sum: Sum, x: Word, w: Word) -> Sum {
        sum.multiply_add(u32::from_le_bytes(x), u32::from_le_bytes(w))
    }

    #[inline(always)]
    fn block(sum: Sum, d_w: u16, d_x: f32, dot: i32) -> Sum {
        sum.block(d_w, d_x.to_bits(), dot)
    }

    #[inline(always)]
    fn exp(a: f32) -> f32 {
        f32::from_bits(exp::exp(a.to_bits()))
    }
}

/// An integer in the order of the numbers; 0 for both zeroes.
#[inline(always)]
const fn key(bits: u32) -> i64 {
    signed((bits & !SIGN) as i64, bits)
}

#[inline(always)]
const fn add(a: u32, b: u32) -> u32 {
    let (a_exponent, b_exponent) = (exponent(a), exponent(b));
    if !is_normal(a_exponent) || !is_normal(b_exponent) {
        return special::add(a, b);
    }
    sum(significand(a) << SPARE, a_exponent, significand(b) << SPARE, b_exponent)
}

#[inline(always)]
const fn mul(a: u32, b: u32) -> u32 {
    let (a_exponent, b_exponent) = (exponent(a), exponent(b));
    if !is_normal(a_exponent) || !is_normal(b_exponent) {
        return special::mul(a, b);
    }
    product(significand(a), a_exponent, significand(b), b_exponent)
}

#[inline(always)]
const fn div(a: u32, b: u32) -> u32 {
    let (a_exponent, b_exponent) = (exponent(a), exponent(b));
    if !is_normal(a_exponent) || !is_normal(b_exponent) {
        return special::div(a, b);
    }
    quotient(significand(a), a_exponent, significand(b), b_exponent)
}

#[inline(always)]
const fn fma(a: u32, b: u32, c: u32) -> u32 {
    let (a_exponent, b_exponent, c_exponent) = (exponent(a), exponent(b), exponent(c));
    if !is_normal(a_exponent) || !is_normal(b_exponent) || !is_normal(c_exponent) {
        return special::fma(a, b, c);
    }
    let product = significand(a).wrapping_mul(significand(b));
    fused(product, a_exponent + b_exponent, significand(c), c_exponent)
}
