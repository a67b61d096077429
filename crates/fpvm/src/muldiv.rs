//! Multiplication and division into hi and lo.

use crate::{Cpu, Fault, MulDivOp, alu::word};

/// Executes `op(a, b)` on hi and lo.
#[inline]
pub(crate) fn mul_div(cpu: &mut Cpu, op: MulDivOp, a: u64, b: u64) -> Result<(), Fault> {
    let (signed_a, signed_b) = (i64::from(a as i32), i64::from(b as i32));
    let (word_a, word_b) = (u64::from(a as u32), u64::from(b as u32));
    let signed_product = signed_a.wrapping_mul(signed_b) as u64;
    let product = word_a.wrapping_mul(word_b);
    match op {
        MulDivOp::Mult => set_words(cpu, signed_product),
        MulDivOp::Multu => set_words(cpu, product),
        MulDivOp::Madd => set_words(cpu, words(cpu).wrapping_add(signed_product)),
        MulDivOp::Maddu => set_words(cpu, words(cpu).wrapping_add(product)),
        MulDivOp::Msub => set_words(cpu, words(cpu).wrapping_sub(signed_product)),
        MulDivOp::Msubu => set_words(cpu, words(cpu).wrapping_sub(product)),
        MulDivOp::Dmult => set_product(cpu, (i128::from(a as i64) * i128::from(b as i64)) as u128),
        MulDivOp::Dmultu => set_product(cpu, u128::from(a) * u128::from(b)),
        MulDivOp::Div if signed_b != 0 => {
            // In 64 bits nothing overflows; the quotient 2^31 of INT_MIN / -1 wraps in `word`.
            set(cpu, word((signed_a % signed_b) as u64), word((signed_a / signed_b) as u64));
        }
        MulDivOp::Divu if word_b != 0 => set(cpu, word(word_a % word_b), word(word_a / word_b)),
        MulDivOp::Ddiv if b != 0 => {
            let (a, b) = (a as i64, b as i64);
            set(cpu, a.wrapping_rem(b) as u64, a.wrapping_div(b) as u64);
        }
        MulDivOp::Ddivu if b != 0 => set(cpu, a % b, a / b),
        MulDivOp::Div | MulDivOp::Divu | MulDivOp::Ddiv | MulDivOp::Ddivu => {
            return Err(Fault::DivisionByZero);
        }
    }
    Ok(())
}

const fn set(cpu: &mut Cpu, hi: u64, lo: u64) {
    cpu.hi = hi;
    cpu.lo = lo;
}

/// The 64-bit accumulator that the low halves of hi and lo make.
const fn words(cpu: &Cpu) -> u64 {
    cpu.hi << 32 | cpu.lo & 0xffff_ffff
}

/// Splits an accumulator into hi and lo, each sign-extended from 32 bits.
const fn set_words(cpu: &mut Cpu, accumulator: u64) {
    set(cpu, word(accumulator >> 32), word(accumulator));
}

const fn set_product(cpu: &mut Cpu, product: u128) {
    set(cpu, (product >> 64) as u64, product as u64);
}
