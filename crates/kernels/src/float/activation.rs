//! Activation functions: compositions of the others, each line rounded as it is written.

use super::{Arithmetic, abs, negate};

/// Bits of −2·√(2/π).
const GELU_SCALE: u32 = 0xbfcc_422a;
/// Bits of 0.044715.
const GELU_CUBE: u32 = 0x3d37_2713;
/// Bits of √½.
const SQRT_HALF: u32 = 0x3f35_04f3;
/// Bits of −1.702.
const QUICK: u32 = 0xbfd9_db23;

/// `x / (1 + e^y)`: x times the logistic function of −y.
#[inline(always)]
fn gated<A: Arithmetic>(x: f32, y: f32) -> f32 {
    A::div(x, A::add(1.0, A::exp(y)))
}

/// The logistic function.
#[inline(always)]
pub(super) fn sigmoid<A: Arithmetic>(x: f32) -> f32 {
    gated::<A>(1.0, negate(x))
}

/// x times the logistic function of x.
#[inline(always)]
pub(super) fn silu<A: Arithmetic>(x: f32) -> f32 {
    gated::<A>(x, negate(x))
}

/// x times the distribution function of the normal distribution.
#[inline(always)]
pub(super) fn gelu<A: Arithmetic>(x: f32) -> f32 {
    let half = A::mul(0.5, x);
    A::fma(half, A::erf(A::mul(x, f32::from_bits(SQRT_HALF))), half)
}

/// GELU with `tanh(√(2/π)·(x + 0.044715·x³))` instead of the error function.
#[inline(always)]
pub(super) fn gelu_tanh<A: Arithmetic>(x: f32) -> f32 {
    let cubic = A::fma(f32::from_bits(GELU_CUBE), A::mul(x, x), 1.0);
    gated::<A>(x, A::mul(A::mul(f32::from_bits(GELU_SCALE), x), cubic))
}

/// GELU with the logistic function of 1.702·x instead of the distribution function.
#[inline(always)]
pub(super) fn gelu_quick<A: Arithmetic>(x: f32) -> f32 {
    gated::<A>(x, A::mul(f32::from_bits(QUICK), x))
}

/// `log(1 + e^x)`.
#[inline(always)]
pub(super) fn softplus<A: Arithmetic>(x: f32) -> f32 {
    A::add(A::max(0.0, x), A::log1p(A::exp(negate(abs(x)))))
}

/// `x·tanh(softplus x)`, where `tanh(softplus x) = n / (n + 2)` with `n = e^x·(e^x + 2)`.
#[inline(always)]
pub(super) fn mish<A: Arithmetic>(x: f32) -> f32 {
    // From 20 on the quotient is 1.
    let e = A::exp(A::min(x, 20.0));
    let n = A::mul(e, A::add(e, 2.0));
    A::mul(x, A::div(n, A::add(n, 2.0)))
}
