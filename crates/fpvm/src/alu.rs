//! Arithmetic, logic, shifts and bit fields: one result from register operands.

use crate::{AluOp, Fault};

/// Sign-extends the low 32 bits: the form of every 32-bit result.
#[inline]
pub(crate) const fn word(value: u64) -> u64 {
    value as i32 as u64
}

/// Computes `op(a, b)`.
#[inline]
pub(crate) fn alu(op: AluOp, a: u64, b: u64) -> Result<u64, Fault> {
    let (word_a, word_b) = (a as u32, b as u32);
    Ok(match op {
        AluOp::Add => checked_word((word_a as i32).checked_add(word_b as i32))?,
        AluOp::Addu => word(a.wrapping_add(b)),
        AluOp::Sub => checked_word((word_a as i32).checked_sub(word_b as i32))?,
        AluOp::Subu => word(a.wrapping_sub(b)),
        AluOp::Dadd => checked((a as i64).checked_add(b as i64))?,
        AluOp::Daddu => a.wrapping_add(b),
        AluOp::Dsub => checked((a as i64).checked_sub(b as i64))?,
        AluOp::Dsubu => a.wrapping_sub(b),
        AluOp::And => a & b,
        AluOp::Or => a | b,
        AluOp::Xor => a ^ b,
        AluOp::Nor => !(a | b),
        AluOp::Slt => u64::from((a as i64) < (b as i64)),
        AluOp::Sltu => u64::from(a < b),
        AluOp::Lui => word(b << 16),
        // The 32-bit shifts use 5 bits of the amount, the 64-bit shifts 6.
        AluOp::Sll => word(u64::from(word_a.wrapping_shl(word_b))),
        AluOp::Srl => word(u64::from(word_a.wrapping_shr(word_b))),
        AluOp::Sra => (word_a as i32).wrapping_shr(word_b) as u64,
        AluOp::Rotr => word(u64::from(word_a.rotate_right(word_b & 31))),
        AluOp::Dsll => a.wrapping_shl(word_b),
        AluOp::Dsrl => a.wrapping_shr(word_b),
        AluOp::Dsra => (a as i64).wrapping_shr(word_b) as u64,
        AluOp::Drotr => a.rotate_right(word_b & 63),
        AluOp::Mul => word(u64::from(word_a.wrapping_mul(word_b))),
        AluOp::Clz => u64::from(word_a.leading_zeros()),
        AluOp::Clo => u64::from(word_a.leading_ones()),
        AluOp::Dclz => u64::from(a.leading_zeros()),
        AluOp::Dclo => u64::from(a.leading_ones()),
        AluOp::Seb => a as i8 as u64,
        AluOp::Seh => a as i16 as u64,
        AluOp::Wsbh => word(swap_bytes_in_halves(a)),
        AluOp::Dsbh => swap_bytes_in_halves(a),
        AluOp::Dshd => swap_bytes_in_halves(a.swap_bytes()),
    })
}

fn checked_word(sum: Option<i32>) -> Result<u64, Fault> {
    sum.map(|sum| sum as u64).ok_or(Fault::IntegerOverflow)
}

fn checked(sum: Option<i64>) -> Result<u64, Fault> {
    sum.map(|sum| sum as u64).ok_or(Fault::IntegerOverflow)
}

/// Swaps the two bytes of each 16-bit half.
const fn swap_bytes_in_halves(value: u64) -> u64 {
    (value & 0x00ff_00ff_00ff_00ff) << 8 | (value >> 8 & 0x00ff_00ff_00ff_00ff)
}

/// The low `size` bits set, 1 ≤ `size` ≤ 64.
const fn mask(size: u8) -> u64 {
    u64::MAX >> (64 - size as u32)
}

/// `ext` and its forms: the `size` bits of `source` from `position`.
#[inline]
pub(crate) const fn extract(source: u64, position: u8, size: u8, is_word: bool) -> u64 {
    let field = source >> position & mask(size);
    if is_word { word(field) } else { field }
}

/// `ins` and its forms: `target` with its `size` bits from `position` replaced by low bits of `source`.
#[inline]
pub(crate) const fn insert(target: u64, source: u64, position: u8, size: u8, is_word: bool) -> u64 {
    let mask = mask(size) << position;
    let merged = target & !mask | source << position & mask;
    if is_word { word(merged) } else { merged }
}
