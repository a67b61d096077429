//! Hyperbolic functions and their inverses.

use super::{Arithmetic, NAN, abs, copy_sign, horner, log::LN_2};

/// Bits of 0.6, where the two formulas of tanh meet.
const TANH_BOUND: u32 = 0x3f19_999a;
/// Coefficients of `(tanh x / x − 1) / x²` in x², highest power first.
const TANH: [u32; 5] = [0xbbbf_d9ed, 0x3caa_1820, 0xbd5c_432f, 0x3e08_849b, 0xbeaa_aa9e];
/// Coefficients of `(sinh x / x − 1) / x²` in x² for `|x| < 1`, highest power first.
const SINH: [u32; 4] = [0x363c_f05b, 0x3950_0439, 0x3c08_8882, 0x3e2a_aaab];
/// Argument from which `√(x² ± 1)` is x.
const LARGE: f32 = 4096.0;

/// `tanh x`, as `docs/arithmetic.md` defines it.
#[inline(always)]
pub(super) fn tanh<A: Arithmetic>(x: f32) -> f32 {
    let a = abs(x);
    let magnitude = A::either(
        A::greater(f32::from_bits(TANH_BOUND), a),
        || odd::<A, _>(a, &TANH),
        || A::sub(1.0, A::div(2.0, A::add(A::exp(A::mul(2.0, a)), 1.0))),
    );
    copy_sign(magnitude, x)
}

/// `x + x³·p(x²)`.
#[inline(always)]
fn odd<A: Arithmetic, const N: usize>(x: f32, p: &[u32; N]) -> f32 {
    let square = A::mul(x, x);
    A::fma(A::mul(horner::<A, N>(square, p), square), x, x)
}

/// `e^a / 2` without overflow before its time.
#[inline(always)]
fn half_exp<A: Arithmetic>(a: f32) -> f32 {
    let root = A::exp(A::mul(0.5, a));
    A::mul(A::mul(0.5, root), root)
}

/// `sinh x`.
#[inline(always)]
pub(super) fn sinh<A: Arithmetic>(x: f32) -> f32 {
    let a = abs(x);
    let magnitude = A::either(
        A::greater(1.0, a),
        || odd::<A, _>(a, &SINH),
        || {
            let half = half_exp::<A>(a);
            A::sub(half, A::div(0.25, half))
        },
    );
    copy_sign(magnitude, x)
}

/// `cosh x`.
#[inline(always)]
pub(super) fn cosh<A: Arithmetic>(x: f32) -> f32 {
    let half = half_exp::<A>(abs(x));
    A::add(half, A::div(0.25, half))
}

/// `asinh x`: with `a = |x|`, `log(1 + a + a² / (1 + √(a² + 1)))`.
#[inline(always)]
pub(super) fn asinh<A: Arithmetic>(x: f32) -> f32 {
    let a = abs(x);
    let magnitude = A::either(
        A::greater(LARGE, a),
        || {
            let square = A::mul(a, a);
            let root = A::sqrt(A::add(square, 1.0));
            A::log1p(A::add(a, A::div(square, A::add(1.0, root))))
        },
        || A::add(A::log(a), f32::from_bits(LN_2)),
    );
    copy_sign(magnitude, x)
}

/// `acosh x`: with `t = x − 1`, `log(1 + t + √(t² + 2t))`.
#[inline(always)]
pub(super) fn acosh<A: Arithmetic>(x: f32) -> f32 {
    let result = A::either(
        A::greater(LARGE, x),
        || {
            let t = A::sub(x, 1.0);
            A::log1p(A::add(t, A::sqrt(A::fma(t, t, A::mul(2.0, t)))))
        },
        || A::add(A::log(x), f32::from_bits(LN_2)),
    );
    if A::greater(1.0, x) { f32::from_bits(NAN) } else { result }
}

/// `atanh x`: with `a = |x|`, `log(1 + 2a / (1 − a)) / 2`.
#[inline(always)]
pub(super) fn atanh<A: Arithmetic>(x: f32) -> f32 {
    let a = abs(x);
    let ratio = A::div(A::mul(2.0, a), A::sub(1.0, a));
    copy_sign(A::mul(0.5, A::log1p(ratio)), x)
}
