//! Multiplication and division into hi and lo.

use crate::{Fault, MulDivOp, alu::word};

/// Returns hi and lo after `op(a, b)`, from hi and lo before it.
#[inline]
pub(crate) fn mul_div(op: MulDivOp, hi: u64, lo: u64, a: u64, b: u64) -> Result<(u64, u64), Fault> {
    let (signed_a, signed_b) = (i64::from(a as i32), i64::from(b as i32));
    let (word_a, word_b) = (u64::from(a as u32), u64::from(b as u32));
    let signed_product = signed_a.wrapping_mul(signed_b) as u64;
    let product = word_a.wrapping_mul(word_b);
    // The 64-bit accumulator that the low halves of hi and lo make.
    let accumulator = hi << 32 | lo & 0xffff_ffff;
    Ok(match op {
        MulDivOp::Mult => words(signed_product),
        MulDivOp::Multu => words(product),
        MulDivOp::Madd => words(accumulator.wrapping_add(signed_product)),
        MulDivOp::Maddu => words(accumulator.wrapping_add(product)),
        MulDivOp::Msub => words(accumulator.wrapping_sub(signed_product)),
        MulDivOp::Msubu => words(accumulator.wrapping_sub(product)),
        MulDivOp::Dmult => halves((i128::from(a as i64) * i128::from(b as i64)) as u128),
        MulDivOp::Dmultu => halves(u128::from(a) * u128::from(b)),
        MulDivOp::Div if signed_b != 0 => {
            // In 64 bits nothing overflows; the quotient 2^31 of INT_MIN / -1 wraps in `word`.
            (word((signed_a % signed_b) as u64), word((signed_a / signed_b) as u64))
        }
        MulDivOp::Divu if word_b != 0 => (word(word_a % word_b), word(word_a / word_b)),
        MulDivOp::Ddiv if b != 0 => {
            let (a, b) = (a as i64, b as i64);
            (a.wrapping_rem(b) as u64, a.wrapping_div(b) as u64)
        }
        MulDivOp::Ddivu if b != 0 => (a % b, a / b),
        MulDivOp::Div | MulDivOp::Divu | MulDivOp::Ddiv | MulDivOp::Ddivu => {
            return Err(Fault::DivisionByZero);
        }
    })
}

/// Splits a 64-bit result into hi and lo, each sign-extended from 32 bits.
const fn words(result: u64) -> (u64, u64) {
    (word(result >> 32), word(result))
}

const fn halves(product: u128) -> (u64, u64) {
    ((product >> 64) as u64, product as u64)
}
