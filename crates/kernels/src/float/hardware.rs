//! The processor's own instructions.

use super::{Arithmetic, Word, from_f16, load};
use crate::PANEL;

/// IEEE-754 binary32 by the host's instructions. Only for code compiled for a processor with a fused multiply-add: elsewhere
/// `mul_add` is a call into the platform's libm.
#[derive(Clone, Copy, Debug)]
pub struct Hardware;

impl Arithmetic for Hardware {
    type Sum = f32;

    #[inline(always)]
    fn add(a: f32, b: f32) -> f32 {
        a + b
    }

    #[inline(always)]
    fn sub(a: f32, b: f32) -> f32 {
        a - b
    }

    #[inline(always)]
    fn mul(a: f32, b: f32) -> f32 {
        a * b
    }

    #[inline(always)]
    fn div(a: f32, b: f32) -> f32 {
        a / b
    }

    #[inline(always)]
    fn fma(a: f32, b: f32, c: f32) -> f32 {
        a.mul_add(b, c)
    }

    #[inline(always)]
    fn sqrt(a: f32) -> f32 {
        a.sqrt()
    }

    #[inline(always)]
    fn greater(a: f32, b: f32) -> bool {
        a > b
    }

    #[inline(always)]
    fn at_least(a: f32, b: f32) -> bool {
        a >= b
    }

    #[inline(always)]
    fn equal(a: f32, b: f32) -> bool {
        a == b
    }

    #[inline(always)]
    fn from_i32(a: i32) -> f32 {
        a as f32
    }

    #[inline(always)]
    fn from_i64(a: i64) -> f32 {
        a as f32
    }

    #[inline(always)]
    fn either(condition: bool, then: impl FnOnce() -> f32, otherwise: impl FnOnce() -> f32) -> f32 {
        let (then, otherwise) = (then(), otherwise());
        if condition { then } else { otherwise }
    }

    #[inline(always)]
    fn outlined<T>(formula: impl FnOnce() -> T) -> T {
        formula()
    }

    #[inline(always)]
    fn begin(value: f32) -> f32 {
        value
    }

    #[inline(always)]
    fn end(sum: f32) -> f32 {
        sum
    }

    #[inline(always)]
    fn panel(sums: &mut [f32; PANEL], _columns: usize, x: &[Word], w: &[[Word; PANEL]]) {
        // All sixteen: vectors.
        for (x, w) in x.iter().zip(w) {
            for (sum, w) in sums.iter_mut().zip(w) {
                *sum = load(*x).mul_add(load(*w), *sum);
            }
        }
    }

    #[inline(always)]
    fn multiply_add(sum: f32, x: Word, w: Word) -> f32 {
        load(x).mul_add(load(w), sum)
    }

    #[inline(always)]
    fn block(sum: f32, d_w: u16, d_x: f32, dot: i32) -> f32 {
        (from_f16(d_w) * d_x).mul_add(dot as f32, sum)
    }
}
