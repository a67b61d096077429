//! Integer functions, on 64 bits whatever the width of the elements: results are cut to it when they are written.

use super::{Function, binary, ternary, unary};

/// `a[i] = function(a[i], b[i], c[i])`; functions of floats alone give 0.
#[inline(never)]
pub(super) fn apply(function: Function, immediate: i64, a: &mut [i64], b: &[i64], c: &[i64]) {
    let truth = |f: fn(&i64, &i64) -> bool| move |a, b| i64::from(f(&a, &b));
    match function {
        Function::Relu => unary(a, |a| a.max(immediate)),
        Function::Add => binary(a, b, i64::wrapping_add),
        Function::Sub => binary(a, b, i64::wrapping_sub),
        Function::Mul => binary(a, b, i64::wrapping_mul),
        Function::Div => binary(a, b, |a, b| if b == 0 { 0 } else { a.wrapping_div(b) }),
        Function::Remainder => binary(a, b, remainder),
        Function::Modulo => binary(a, b, modulo),
        Function::Min => binary(a, b, i64::min),
        Function::Max => binary(a, b, i64::max),
        Function::Equal => binary(a, b, truth(i64::eq)),
        Function::NotEqual => binary(a, b, truth(i64::ne)),
        Function::Less => binary(a, b, truth(i64::lt)),
        Function::LessOrEqual => binary(a, b, truth(i64::le)),
        Function::Select => ternary(a, b, c, |a, b, c| if a != 0 { b } else { c }),
        Function::And => binary(a, b, |a, b| a & b),
        Function::Or => binary(a, b, |a, b| a | b),
        Function::Xor => binary(a, b, |a, b| a ^ b),
        Function::Not => unary(a, |a| !a),
        Function::ShiftLeft => binary(a, b, shift_left),
        Function::ShiftRight => binary(a, b, shift_right),
        Function::Abs => unary(a, i64::wrapping_abs),
        Function::Neg => unary(a, i64::wrapping_neg),
        Function::Sign => unary(a, i64::signum),
        _ => a.fill(0),
    }
}

/// `a − b·(a / b)` with the quotient cut towards zero: the sign of `a`. 0 where `b` is 0.
const fn remainder(a: i64, b: i64) -> i64 {
    if b == 0 { 0 } else { a.wrapping_rem(b) }
}

/// `a − b·⌊a / b⌋`: the sign of `b`. 0 where `b` is 0.
const fn modulo(a: i64, b: i64) -> i64 {
    let r = remainder(a, b);
    if r != 0 && (r ^ b) < 0 { r.wrapping_add(b) } else { r }
}

/// Counts that are negative or 64 and more shift everything out.
const fn shift_left(a: i64, b: i64) -> i64 {
    if (b as u64) < 64 { a.wrapping_shl(b as u32) } else { 0 }
}

/// As [`shift_left`], and copies of the sign come in: of an unsigned element zeroes.
const fn shift_right(a: i64, b: i64) -> i64 {
    a.wrapping_shr(if (b as u64) < 64 { b as u32 } else { 63 })
}
