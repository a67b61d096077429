//! Hyperbolic functions.

use super::{Arithmetic, abs, copy_sign, horner};

/// Bits of 0.6, where the two formulas of tanh meet.
const TANH_BOUND: u32 = 0x3f19_999a;
/// Coefficients of `(tanh x / x − 1) / x²` in x², highest power first.
const TANH: [u32; 5] = [0xbbbf_d9ed, 0x3caa_1820, 0xbd5c_432f, 0x3e08_849b, 0xbeaa_aa9e];

/// `tanh x`, as `docs/arithmetic.md` defines it.
#[inline(always)]
pub(super) fn tanh<A: Arithmetic>(x: f32) -> f32 {
    let a = abs(x);
    let magnitude = A::either(
        A::greater(f32::from_bits(TANH_BOUND), a),
        || {
            let square = A::mul(a, a);
            A::fma(A::mul(horner::<A, _>(square, TANH), square), a, a)
        },
        || A::sub(1.0, A::div(2.0, A::add(A::exp(A::mul(2.0, a)), 1.0))),
    );
    copy_sign(magnitude, x)
}
