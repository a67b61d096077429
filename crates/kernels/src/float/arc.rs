//! Inverse trigonometric functions.

use super::{Arithmetic, abs, copy_sign, horner};

/// π/2 as a sum; twice it is π.
const HALF_PI: [u32; 2] = [0x3fc9_0fdb, 0xb33b_bd2e];
/// Coefficients of `(asin x / x − 1) / x²` in x² for `|x| ≤ 1/2`, highest power first.
const ASIN: [u32; 5] = [0x3d2c_c157, 0x3cc6_05dd, 0x3d3a_4073, 0x3d99_80ee, 0x3e2a_aae4];
/// Coefficients of `(atan x / x − 1) / x²` in x² for `|x| ≤ 1`, highest power first.
const ATAN: [u32; 9] = [
    0xbaeb_195a,
    0x3c32_d415,
    0xbcff_697f,
    0x3d6d_655b,
    0xbdac_1a6d,
    0x3de0_4d0f,
    0xbe12_10dc,
    0x3e4c_c8fe,
    0xbeaa_aa9f,
];

/// `π/2 − (x + correction)`, twice as much if `double`.
#[inline(always)]
fn complement<A: Arithmetic>(x: f32, correction: f32, double: bool) -> f32 {
    let [high, low] = HALF_PI.map(f32::from_bits);
    let difference = A::sub(high, A::add(x, A::sub(correction, low)));
    if double { A::mul(2.0, difference) } else { difference }
}

/// x or, above 1/2, `√((1 − |x|)/2)`, and what its arcsine is more than it.
#[inline(always)]
fn reduce<A: Arithmetic>(x: f32) -> (bool, f32, f32) {
    let near_one = A::greater(abs(x), 0.5);
    let square = A::either(near_one, || A::mul(0.5, A::sub(1.0, abs(x))), || A::mul(x, x));
    let root = A::either(near_one, || A::sqrt(square), || x);
    let more = A::mul(A::mul(horner::<A, _>(square, &ASIN), square), root);
    (near_one, root, more)
}

/// `asin x`, as `docs/arithmetic.md` defines it.
#[inline(always)]
pub(super) fn asin<A: Arithmetic>(x: f32) -> f32 {
    let (near_one, root, more) = reduce::<A>(x);
    let [high, low] = HALF_PI.map(f32::from_bits);
    let magnitude = A::either(
        near_one,
        || {
            let correction = A::sub(more, A::mul(0.5, low));
            A::fma(-2.0, A::add(root, correction), high)
        },
        || A::add(root, more),
    );
    copy_sign(magnitude, x)
}

/// `acos x`, as `docs/arithmetic.md` defines it.
#[inline(always)]
pub(super) fn acos<A: Arithmetic>(x: f32) -> f32 {
    let (near_one, root, more) = reduce::<A>(x);
    let small = near_one && A::greater(x, 0.0);
    A::either(small, || A::mul(2.0, A::add(root, more)), || complement::<A>(root, more, near_one))
}

/// `atan x`, as `docs/arithmetic.md` defines it.
#[inline(always)]
pub(super) fn atan<A: Arithmetic>(x: f32) -> f32 {
    let a = abs(x);
    let steep = A::greater(a, 1.0);
    let t = A::either(steep, || A::reciprocal(a), || a);
    let square = A::mul(t, t);
    let more = A::mul(A::mul(horner::<A, _>(square, &ATAN), square), t);
    let magnitude = A::either(steep, || complement::<A>(t, more, false), || A::add(t, more));
    copy_sign(magnitude, x)
}
