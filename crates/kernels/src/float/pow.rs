//! Powers: `x^y = 2^(y·log₂|x|)`, the logarithm as a sum of two f32.

use super::{Arithmetic, NAN, abs, exp::MAGIC, horner, log::split, negate, to_i32, truncate};

/// Bits of √½, the least m of `|x| = m·2^e`.
const LEAST: u32 = 0x3f35_04f3;
/// Coefficients of `(atanh s / s − 1 − s²/3) / s⁴` in s² for `|s| ≤ 0.172`, highest power first.
const ATANH: [u32; 3] = [0x3def_dece, 0x3e12_28ec, 0x3e4c_cd01];
/// 1/3 as a sum.
const THIRD: [u32; 2] = [0x3eaa_aaab, 0xb22a_aaab];
/// 2 / ln 2 as a sum.
const TWO_BY_LN2: [u32; 2] = [0x4038_aa3b, 0x3325_7060];
/// Coefficients of `(2^f − 1) / f` and 1, for `|f| ≤ 1/2`, highest power first.
const EXP2: [u32; 7] =
    [0x3920_fba6, 0x3aaf_8904, 0x3c1d_96bc, 0x3d63_57b7, 0x3e75_fdee, 0x3f31_7218, 0x3f80_0000];
/// Exponent beyond which the result is 0 or infinite.
const FAR: f32 = 160.0;

/// A number as the sum of two f32, the second below the last place of the first.
#[derive(Clone, Copy)]
struct Sum(f32, f32);

impl Sum {
    /// `a + b` for `|a| ≥ |b|` or `a = 0`, exactly.
    #[inline(always)]
    fn of<A: Arithmetic>(a: f32, b: f32) -> Self {
        let sum = A::add(a, b);
        Self(sum, A::add(A::sub(a, sum), b))
    }

    /// The sum with more in the lower part.
    #[inline(always)]
    fn plus<A: Arithmetic>(self, low: f32) -> Self {
        Self(self.0, A::add(self.1, low))
    }

    /// The product but for that of the lower parts.
    #[inline(always)]
    fn times<A: Arithmetic>(self, other: Self) -> Self {
        let product = A::mul(self.0, other.0);
        let lost = A::fma(self.0, other.0, negate(product));
        Self(product, A::fma(self.0, other.1, A::fma(self.1, other.0, lost)))
    }
}

/// `x^y`, as `docs/arithmetic.md` defines it.
#[inline(always)]
pub(super) fn pow<A: Arithmetic>(x: f32, y: f32) -> f32 {
    let a = abs(x);
    let magnitude = magnitude::<A>(log2::<A>(a), y);
    // Every f32 from 2^24 on is even.
    let integral = A::equal(truncate(y), y);
    let odd = integral && A::greater(16_777_216.0, abs(y)) && to_i32(y) & 1 != 0;
    let negative = x.to_bits() >> 31 != 0;
    let finite_below_zero = A::greater(0.0, x) && A::greater(x, f32::NEG_INFINITY);
    if A::equal(y, 0.0) || A::equal(x, 1.0) {
        1.0
    } else if !A::equal(x, x) || !A::equal(y, y) || (finite_below_zero && !integral) {
        f32::from_bits(NAN)
    } else if negative && odd {
        negate(magnitude)
    } else {
        magnitude
    }
}

/// `log₂ a` for `a ≥ 0`.
#[inline(always)]
fn log2<A: Arithmetic>(a: f32) -> Sum {
    let (m, e) = split::<A>(a, LEAST);

    // s = (m − 1) / (m + 1), so that log m = 2 atanh s.
    let (over, under) = (A::sub(m, 1.0), A::add(m, 1.0));
    let under_lost = A::sub(m, A::sub(under, 1.0));
    let quotient = A::div(over, under);
    let rest = A::fma(negate(quotient), under_lost, A::fma(negate(quotient), under, over));
    let s = Sum(quotient, A::div(rest, under));

    let square = s.times::<A>(s);
    let [third, third_low] = THIRD.map(f32::from_bits);
    let tail = A::mul(horner::<A, _>(square.0, &ATANH), square.0);
    let series = Sum::of::<A>(third, tail).plus::<A>(third_low);
    let cubic = s.times::<A>(square).times::<A>(series);
    let atanh = Sum::of::<A>(s.0, cubic.0).plus::<A>(A::add(s.1, cubic.1));

    let [scale, scale_low] = TWO_BY_LN2.map(f32::from_bits);
    let log2_m = atanh.times::<A>(Sum(scale, scale_low));
    let log2 = Sum::of::<A>(e, log2_m.0).plus::<A>(log2_m.1);
    if a.to_bits() == 0 {
        Sum(f32::NEG_INFINITY, 0.0)
    } else if a.to_bits() == f32::INFINITY.to_bits() {
        Sum(f32::INFINITY, 0.0)
    } else {
        log2
    }
}

/// `2^(y·log)`.
#[inline(always)]
fn magnitude<A: Arithmetic>(log: Sum, y: f32) -> f32 {
    let high = A::mul(y, log.0);
    let low = A::fma(y, log.1, A::fma(y, log.0, negate(high)));
    let shifted = A::add(high, f32::from_bits(MAGIC));
    let fraction = A::add(A::sub(high, A::sub(shifted, f32::from_bits(MAGIC))), low);
    let power = horner::<A, _>(fraction, &EXP2);
    // Two factors, each a normal number; only the last product is rounded, where the result is subnormal.
    let n = (shifted.to_bits() as i32).wrapping_sub(MAGIC as i32);
    let half = n >> 1;
    let scale = |n: i32| f32::from_bits((n.wrapping_add(127) as u32) << 23);
    let result = A::mul(A::mul(power, scale(half)), scale(n.wrapping_sub(half)));
    if A::greater(high, FAR) {
        f32::INFINITY
    } else if A::greater(negate(FAR), high) {
        0.0
    } else if A::equal(log.0, 0.0) {
        // 1 to any power, also an infinite one.
        1.0
    } else {
        result
    }
}
