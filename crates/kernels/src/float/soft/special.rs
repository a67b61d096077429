//! Operands that are not all normal: zeroes, subnormals, infinities and NaNs.

use super::frame::{
    ABSENT, INFINITY, SIGN, SPARE, fused, is_infinite, is_nan, is_zero, product, quotient, sum,
    unpack,
};
use crate::float::NAN;

/// `a + b`.
#[cold]
#[inline(never)]
pub(super) const fn add(a: u32, b: u32) -> u32 {
    if is_nan(a) || is_nan(b) || (is_infinite(a) && b == a ^ SIGN) {
        NAN
    } else if is_infinite(a) {
        a
    } else if is_infinite(b) {
        b
    } else if is_zero(a) {
        // Zeroes of different signs sum to +0.
        if is_zero(b) { a & b } else { b }
    } else if is_zero(b) {
        a
    } else {
        let ((a, a_exponent), (b, b_exponent)) = (unpack(a), unpack(b));
        sum(a << SPARE, a_exponent, b << SPARE, b_exponent)
    }
}

/// `a · b`.
#[cold]
#[inline(never)]
pub(super) const fn mul(a: u32, b: u32) -> u32 {
    let sign = (a ^ b) & SIGN;
    if is_nan(a) || is_nan(b) || (is_infinite(a) && is_zero(b)) || (is_zero(a) && is_infinite(b)) {
        NAN
    } else if is_infinite(a) || is_infinite(b) {
        sign | INFINITY
    } else if is_zero(a) || is_zero(b) {
        sign
    } else {
        let ((a, a_exponent), (b, b_exponent)) = (unpack(a), unpack(b));
        product(a, a_exponent, b, b_exponent)
    }
}

/// `a / b`.
#[cold]
#[inline(never)]
pub(super) const fn div(a: u32, b: u32) -> u32 {
    let sign = (a ^ b) & SIGN;
    if is_nan(a) || is_nan(b) || (is_infinite(a) && is_infinite(b)) || (is_zero(a) && is_zero(b)) {
        NAN
    } else if is_infinite(a) || is_zero(b) {
        sign | INFINITY
    } else if is_zero(a) || is_infinite(b) {
        sign
    } else {
        let ((a, a_exponent), (b, b_exponent)) = (unpack(a), unpack(b));
        quotient(a, a_exponent, b, b_exponent)
    }
}

/// `a · b + c`.
#[cold]
#[inline(never)]
pub(super) const fn fma(a: u32, b: u32, c: u32) -> u32 {
    let exact = mul(a, b);
    if is_nan(exact) || is_nan(c) {
        return NAN;
    }
    if is_infinite(a) || is_infinite(b) || is_infinite(c) || is_zero(a) || is_zero(b) {
        // The product is an infinity or a zero, or does not count beside an infinite c.
        let product = if is_infinite(a) || is_infinite(b) || is_zero(exact) { exact } else { 0 };
        return add(product, c);
    }
    let ((a, a_exponent), (b, b_exponent)) = (unpack(a), unpack(b));
    let (c, c_exponent) = if is_zero(c) { (0, ABSENT) } else { unpack(c) };
    fused(a.wrapping_mul(b), a_exponent + b_exponent, c, c_exponent)
}
