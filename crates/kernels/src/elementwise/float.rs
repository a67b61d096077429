//! Functions of f32 values.

use super::{Function, binary, remainder::remainder, ternary, unary};
use crate::float::{Arithmetic, abs, ceil, floor, negate, round, signum, truncate};

/// 1/6, rounded.
const SIXTH: f32 = f32::from_bits(0x3e2a_aaab);

/// `a[i] = function(a[i], b[i], c[i])`; tests and functions of integers alone give 0.
#[inline(always)]
pub(super) fn apply<A: Arithmetic>(
    function: Function,
    [i, j, k]: [f32; 3],
    a: &mut [f32],
    b: &[f32],
    c: &[f32],
) {
    match function {
        Function::Relu => unary(a, |a| A::max(a, i)),
        Function::Add => binary(a, b, A::add),
        Function::Sub => binary(a, b, A::sub),
        Function::Mul => binary(a, b, A::mul),
        Function::Div => binary(a, b, A::div),
        Function::Remainder => binary(a, b, remainder),
        Function::Min => binary(a, b, A::min),
        Function::Pow => binary(a, b, A::pow),
        Function::Max => binary(a, b, A::max),
        Function::MultiplyAdd => ternary(a, b, c, A::fma),
        Function::Clip => unary(a, |a| A::clamp(a, i, j)),
        Function::Abs => unary(a, abs),
        Function::Neg => unary(a, negate),
        Function::Sign => unary(a, signum),
        Function::Sqrt => unary(a, A::sqrt),
        Function::Rsqrt => unary(a, A::rsqrt),
        Function::Reciprocal => unary(a, A::reciprocal),
        Function::Floor => unary(a, floor),
        Function::Ceil => unary(a, ceil),
        Function::Round => unary(a, round),
        Function::Trunc => unary(a, truncate),
        Function::Exp => unary(a, A::exp),
        Function::Log => unary(a, A::log),
        Function::Tanh => unary(a, A::tanh),
        Function::Erf => unary(a, A::erf),
        Function::Sigmoid => unary(a, A::sigmoid),
        Function::Silu => unary(a, A::silu),
        Function::Gelu => unary(a, A::gelu),
        Function::GeluTanh => unary(a, A::gelu_tanh),
        Function::GeluQuick => unary(a, A::gelu_quick),
        Function::LeakyRelu => unary(a, |a| leaky::<A>(a, i)),
        Function::PRelu => binary(a, b, leaky::<A>),
        Function::Threshold => unary(a, |a| if A::greater(a, i) { a } else { 0.0 }),
        Function::Elu => unary(a, |a| elu::<A>(a, i, j, k)),
        Function::Softplus => unary(a, A::softplus),
        Function::Softsign => unary(a, |a| A::div(a, A::add(1.0, abs(a)))),
        Function::HardSigmoid => unary(a, |a| A::clamp(A::fma(i, a, j), 0.0, 1.0)),
        Function::HardSwish => unary(a, |a| A::mul(a, A::clamp(A::fma(SIXTH, a, 0.5), 0.0, 1.0))),
        Function::Mish => unary(a, A::mish),
        Function::Log1p => unary(a, A::log1p),
        Function::Sin => unary(a, A::sin),
        Function::Cos => unary(a, A::cos),
        Function::Tan => unary(a, A::tan),
        Function::Asin => unary(a, A::asin),
        Function::Acos => unary(a, A::acos),
        Function::Atan => unary(a, A::atan),
        Function::Sinh => unary(a, A::sinh),
        Function::Cosh => unary(a, A::cosh),
        Function::Asinh => unary(a, A::asinh),
        Function::Acosh => unary(a, A::acosh),
        Function::Atanh => unary(a, A::atanh),
        _ => a.fill(0.0),
    }
}

/// `a[i] = 1` where the test holds of `a[i], b[i]`, else 0.
#[inline(always)]
pub(super) fn test<A: Arithmetic>(function: Function, a: &mut [f32], b: &[f32]) {
    let truth = |holds: bool| if holds { 1.0 } else { 0.0 };
    let magnitude = |a: f32| a.to_bits() & 0x7fff_ffff;
    match function {
        Function::Equal => binary(a, b, |a, b| truth(A::equal(a, b))),
        Function::NotEqual => binary(a, b, |a, b| truth(!A::equal(a, b))),
        Function::Less => binary(a, b, |a, b| truth(A::greater(b, a))),
        Function::LessOrEqual => binary(a, b, |a, b| truth(A::at_least(b, a))),
        Function::IsNan => unary(a, |a| truth(magnitude(a) > 0x7f80_0000)),
        Function::IsInfinite => unary(a, |a| truth(magnitude(a) == 0x7f80_0000)),
        _ => a.fill(0.0),
    }
}

#[inline(always)]
fn leaky<A: Arithmetic>(a: f32, slope: f32) -> f32 {
    A::either(A::greater(a, 0.0), || a, || A::mul(slope, a))
}

#[inline(always)]
fn elu<A: Arithmetic>(a: f32, scale: f32, rate: f32, slope: f32) -> f32 {
    A::either(
        A::greater(a, 0.0),
        || A::mul(slope, a),
        || A::mul(scale, A::sub(A::exp(A::mul(rate, a)), 1.0)),
    )
}
