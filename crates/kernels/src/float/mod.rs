//! IEEE-754 binary32 arithmetic, the same bits on every machine.
//!
//! Every operation rounds to nearest, ties to even, and keeps subnormals. [`Soft`] computes with integers only: it is what the
//! guest runs, and what a host without a fused multiply-add falls back to. [`Hardware`] uses the processor's own instructions;
//! IEEE-754 fixes their results, except the bits of a NaN, which [`store`] makes canonical.

mod activation;
mod arc;
mod erf;
mod exp;
mod half;
#[cfg(not(target_os = "none"))]
mod hardware;
mod hyperbolic;
mod integral;
mod log;
mod pow;
mod sign;
mod soft;
mod trigonometric;

use crate::PANEL;

pub use half::{from_bf16, from_f16, to_bf16, to_f16};
#[cfg(not(target_os = "none"))]
pub use hardware::Hardware;
pub use integral::{ceil, floor, round, to_i32, to_i32_nearest, to_i64, truncate};
pub use sign::{abs, copy_sign, negate, signum};
pub use soft::Soft;

/// An f32 in memory: little endian.
pub type Word = [u8; 4];

/// The NaN that arithmetic stores.
pub const NAN: u32 = 0x7fc0_0000;

/// The operations that kernels are made of.
///
/// Implementations agree on every bit but those of a NaN. Comparisons are IEEE's: with a NaN they are false, and −0 equals +0.
/// The functions from [`exp`](Self::exp) on are defined by the operations before, once for every implementation:
/// `docs/arithmetic.md` has the formulas, the results at the edges and the greatest errors.
pub trait Arithmetic: Sized {
    /// An f32 to which products are added, in whatever form is quickest.
    type Sum: Copy;

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
    /// `√a`; −0 for −0, a NaN below.
    fn sqrt(a: f32) -> f32;
    /// `a > b`.
    fn greater(a: f32, b: f32) -> bool;
    /// `a ≥ b`.
    fn at_least(a: f32, b: f32) -> bool;
    /// `a = b`.
    fn equal(a: f32, b: f32) -> bool;
    /// The nearest f32.
    fn from_i32(a: i32) -> f32;
    /// The nearest f32.
    fn from_i64(a: i64) -> f32;

    /// One of two formulas. Vectors compute both and select; where an operation is a hundred instructions, only one is computed.
    fn either(condition: bool, then: impl FnOnce() -> f32, otherwise: impl FnOnce() -> f32) -> f32;

    /// The result of a formula that is too long to stand wherever it is used: a function of its own where operations are long.
    fn outlined<T>(formula: impl FnOnce() -> T) -> T;

    /// `a` if it is greater than `b`, else `b`: of two zeroes, and beside a NaN, the second.
    #[inline(always)]
    fn max(a: f32, b: f32) -> f32 {
        if Self::greater(a, b) { a } else { b }
    }

    /// `a` if it is less than `b`, else `b`: of two zeroes, and beside a NaN, the second.
    #[inline(always)]
    fn min(a: f32, b: f32) -> f32 {
        if Self::greater(b, a) { a } else { b }
    }

    /// `min(max(a, low), high)`: `low` for a NaN.
    #[inline(always)]
    fn clamp(a: f32, low: f32, high: f32) -> f32 {
        Self::min(Self::max(a, low), high)
    }

    /// `1 / a`.
    #[inline(always)]
    fn reciprocal(a: f32) -> f32 {
        Self::div(1.0, a)
    }

    /// `1 / √a`, both rounded.
    #[inline(always)]
    fn rsqrt(a: f32) -> f32 {
        Self::div(1.0, Self::sqrt(a))
    }

    /// `e^a`; `+0` instead of a subnormal.
    #[inline(always)]
    fn exp(a: f32) -> f32 {
        exp::definition::<Self>(a)
    }

    /// `e^a − 1`.
    #[inline(always)]
    fn expm1(a: f32) -> f32 {
        Self::outlined(|| exp::less_one::<Self>(a))
    }

    /// The natural logarithm.
    #[inline(always)]
    fn log(a: f32) -> f32 {
        Self::outlined(|| log::log::<Self>(a))
    }

    /// `log(1 + a)`.
    #[inline(always)]
    fn log1p(a: f32) -> f32 {
        Self::outlined(|| log::of_one_more::<Self>(a))
    }

    /// `a^b` with the special cases of IEEE-754.
    #[inline(always)]
    fn pow(a: f32, b: f32) -> f32 {
        Self::outlined(|| pow::pow::<Self>(a, b))
    }

    /// The sine.
    #[inline(always)]
    fn sin(a: f32) -> f32 {
        Self::outlined(|| trigonometric::sin::<Self>(a))
    }

    /// The cosine.
    #[inline(always)]
    fn cos(a: f32) -> f32 {
        Self::outlined(|| trigonometric::cos::<Self>(a))
    }

    /// The tangent.
    #[inline(always)]
    fn tan(a: f32) -> f32 {
        Self::outlined(|| trigonometric::tan::<Self>(a))
    }

    /// The inverse sine, in [−π/2, π/2].
    #[inline(always)]
    fn asin(a: f32) -> f32 {
        Self::outlined(|| arc::asin::<Self>(a))
    }

    /// The inverse cosine, in [0, π].
    #[inline(always)]
    fn acos(a: f32) -> f32 {
        Self::outlined(|| arc::acos::<Self>(a))
    }

    /// The inverse tangent, in [−π/2, π/2].
    #[inline(always)]
    fn atan(a: f32) -> f32 {
        Self::outlined(|| arc::atan::<Self>(a))
    }

    /// The hyperbolic sine.
    #[inline(always)]
    fn sinh(a: f32) -> f32 {
        Self::outlined(|| hyperbolic::sinh::<Self>(a))
    }

    /// The hyperbolic cosine.
    #[inline(always)]
    fn cosh(a: f32) -> f32 {
        Self::outlined(|| hyperbolic::cosh::<Self>(a))
    }

    /// The hyperbolic tangent.
    #[inline(always)]
    fn tanh(a: f32) -> f32 {
        Self::outlined(|| hyperbolic::tanh::<Self>(a))
    }

    /// The inverse hyperbolic sine.
    #[inline(always)]
    fn asinh(a: f32) -> f32 {
        Self::outlined(|| hyperbolic::asinh::<Self>(a))
    }

    /// The inverse hyperbolic cosine.
    #[inline(always)]
    fn acosh(a: f32) -> f32 {
        Self::outlined(|| hyperbolic::acosh::<Self>(a))
    }

    /// The inverse hyperbolic tangent.
    #[inline(always)]
    fn atanh(a: f32) -> f32 {
        Self::outlined(|| hyperbolic::atanh::<Self>(a))
    }

    /// The error function.
    #[inline(always)]
    fn erf(a: f32) -> f32 {
        Self::outlined(|| erf::erf::<Self>(a))
    }

    /// `1 / (1 + e^−a)`.
    #[inline(always)]
    fn sigmoid(a: f32) -> f32 {
        Self::outlined(|| activation::sigmoid::<Self>(a))
    }

    /// `a / (1 + e^−a)`.
    #[inline(always)]
    fn silu(a: f32) -> f32 {
        Self::outlined(|| activation::silu::<Self>(a))
    }

    /// `a · (1 + erf(a / √2)) / 2`.
    #[inline(always)]
    fn gelu(a: f32) -> f32 {
        Self::outlined(|| activation::gelu::<Self>(a))
    }

    /// `a · (1 + tanh(√(2/π) · (a + 0.044715·a³))) / 2`.
    #[inline(always)]
    fn gelu_tanh(a: f32) -> f32 {
        Self::outlined(|| activation::gelu_tanh::<Self>(a))
    }

    /// `a / (1 + e^(−1.702·a))`.
    #[inline(always)]
    fn gelu_quick(a: f32) -> f32 {
        Self::outlined(|| activation::gelu_quick::<Self>(a))
    }

    /// `log(1 + e^a)`.
    #[inline(always)]
    fn softplus(a: f32) -> f32 {
        Self::outlined(|| activation::softplus::<Self>(a))
    }

    /// `a · tanh(log(1 + e^a))`.
    #[inline(always)]
    fn mish(a: f32) -> f32 {
        Self::outlined(|| activation::mish::<Self>(a))
    }

    /// The sum that starts at a value.
    fn begin(value: f32) -> Self::Sum;

    /// The value of a sum.
    fn end(sum: Self::Sum) -> f32;

    /// One chain of fused multiply-adds per sum: `sums[j] = fma(x[k], w[k][j], sums[j])` for the first `columns` sums, k rising
    /// over the common prefix. The other sums are anything afterwards.
    fn panel(sums: &mut [Self::Sum; PANEL], columns: usize, x: &[Word], w: &[[Word; PANEL]]);

    /// `fma(x, w, sum)`.
    fn multiply_add(sum: Self::Sum, x: Word, w: Word) -> Self::Sum;

    /// `fma(d_w · d_x, dot, sum)`, the product of the scales rounded before: one block of a quantised dot product.
    ///
    /// `d_w` are the bits of a binary16; `|dot| < 2^23`.
    fn block(sum: Self::Sum, d_w: u16, d_x: f32, dot: i32) -> Self::Sum;
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

/// The polynomial with these coefficients, highest power first: Horner's rule, one fused multiply-add each.
///
/// A loop over indices: the compiler unrolls it before it looks for vectors, which it does not do with iterators.
#[inline(always)]
fn horner<A: Arithmetic, const N: usize>(x: f32, coefficients: &[u32; N]) -> f32 {
    let mut p = 0.0;
    let mut i = 0;
    while i < N {
        let c = f32::from_bits(coefficients[i]);
        p = if i == 0 { c } else { A::fma(p, x, c) };
        i += 1;
    }
    p
}
