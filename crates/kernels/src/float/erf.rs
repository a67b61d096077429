//! The error function.

use super::{Arithmetic, abs, copy_sign, horner, negate};

/// Bits of 0.75, where the two formulas meet.
const BOUND: u32 = 0x3f40_0000;
/// Coefficients of `erf x / x − 1` in x², highest power first.
const SMALL: [u32; 6] =
    [0xba2d_9291, 0x3ba7_09dc, 0xbcdb_c417, 0x3de7_1499, 0xbec0_9399, 0x3e03_75d4];
/// Coefficients of `(log(1 − erf t) + t) / t` in t, for `0.75 ≤ t < 3.95`, highest power first.
const LARGE: [u32; 6] =
    [0x3962_e4e1, 0xbb53_f904, 0x3cbc_04ff, 0xbdd7_c52e, 0xbf22_b9cd, 0xbe03_9ea7];

/// `erf x`, as `docs/arithmetic.md` defines it.
#[inline(always)]
pub(super) fn erf<A: Arithmetic>(x: f32) -> f32 {
    let a = abs(x);
    let magnitude = A::either(
        A::greater(f32::from_bits(BOUND), a),
        || A::fma(a, horner::<A, _>(A::mul(a, a), &SMALL), a),
        || {
            // From 4 on the result is 1; a NaN passes.
            let t = if A::greater(a, 4.0) { 4.0 } else { a };
            let log = A::fma(horner::<A, _>(t, &LARGE), t, negate(t));
            A::sub(1.0, A::exp(log))
        },
    );
    copy_sign(magnitude, x)
}
