//! Reductions of a row to one number. Sums of floats have sixteen lanes, whatever the machine's vectors.

use crate::{
    Strided, StridedMut,
    dispatch::dispatch,
    float::Arithmetic,
    strided::{STRIP, strips},
};

/// Lanes of a row reduction.
pub const LANES: usize = 16;

/// A reduction of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Index of the greatest element: the first of equals, or the last.
    ArgMax {
        /// The last of equals.
        last: bool,
    },
    /// Index of the least element: the first of equals, or the last.
    ArgMin {
        /// The last of equals.
        last: bool,
    },
    /// Sum.
    Sum,
    /// Sum of floats, divided by their number.
    Mean,
    /// Greatest element.
    Max,
    /// Least element.
    Min,
    /// Product.
    Product,
    /// Sum of squares.
    SumSquares,
    /// Sum of magnitudes.
    SumMagnitudes,
}

dispatch! {
    /// Reduces `length` elements to the one element of `y`, in the fastest arithmetic of this processor.
    pub fn reduce(reduction: Reduction, x: Strided<'_>, y: StridedMut<'_>, length: usize) = reduce_in;
}

/// [`reduce`] in a given arithmetic.
#[inline(always)]
pub fn reduce_in<A: Arithmetic>(
    reduction: Reduction,
    x: Strided<'_>,
    mut y: StridedMut<'_>,
    length: usize,
) {
    let value = match reduction {
        Reduction::ArgMax { last } => Value::Integer(best(x, length, 1, last)),
        Reduction::ArgMin { last } => Value::Integer(best(x, length, -1, last)),
        _ if x.element.is_float() => Value::Float(float::<A>(reduction, x, length)),
        _ => Value::Integer(integer(reduction, x, length)),
    };
    match value {
        Value::Float(value) => y.put_floats(0, &[value]),
        Value::Integer(value) => y.put_integer(0, value),
    }
}

/// What a row is reduced to.
enum Value {
    Float(f32),
    Integer(i64),
}

#[inline(always)]
fn float<A: Arithmetic>(reduction: Reduction, x: Strided<'_>, length: usize) -> f32 {
    let magnitude = |x: f32| f32::from_bits(x.to_bits() & 0x7fff_ffff);
    match reduction {
        Reduction::Max => extreme(x, length, 1, f32::NEG_INFINITY),
        Reduction::Min => extreme(x, length, -1, f32::INFINITY),
        Reduction::Product => {
            let lanes = accumulate(x, length, [1.0; LANES], A::mul);
            fold(lanes, A::mul)
        }
        Reduction::SumSquares => sum_squares::<A>(x, length),
        Reduction::SumMagnitudes => {
            fold(accumulate(x, length, [0.0; LANES], |sum, x| A::add(sum, magnitude(x))), A::add)
        }
        Reduction::Mean => mean::<A>(sum::<A>(x, length), length),
        _ => sum::<A>(x, length),
    }
}

/// The sum of a row.
#[inline(always)]
pub(crate) fn sum<A: Arithmetic>(x: Strided<'_>, length: usize) -> f32 {
    fold(accumulate(x, length, [0.0; LANES], A::add), A::add)
}

/// The sum of the squares of a row; each is added by one fused multiply-add.
#[inline(always)]
pub(crate) fn sum_squares<A: Arithmetic>(x: Strided<'_>, length: usize) -> f32 {
    fold(accumulate(x, length, [0.0; LANES], |sum, x| A::fma(x, x, sum)), A::add)
}

/// A sum divided by the number of its terms.
#[inline(always)]
pub(crate) fn mean<A: Arithmetic>(sum: f32, length: usize) -> f32 {
    // Rows are shorter than 2^31: a dimension is.
    A::div(sum, A::from_i32(length as i32))
}

/// Lane `i mod 16` takes in element i, indices rising.
#[inline(always)]
pub(crate) fn accumulate(
    x: Strided<'_>,
    length: usize,
    mut lanes: [f32; LANES],
    f: impl Fn(f32, f32) -> f32,
) -> [f32; LANES] {
    let mut strip = [0.0; STRIP];
    strips(length, |first, count| {
        let strip = strip.get_mut(..count).unwrap_or(&mut []);
        x.floats(first, strip);
        for values in strip.chunks(LANES) {
            for (lane, value) in lanes.iter_mut().zip(values) {
                *lane = f(*lane, *value);
            }
        }
    });
    lanes
}

/// Folds sixteen lanes pairwise: those 8 apart, then 4, 2, 1.
#[inline(always)]
pub fn fold(mut lanes: [f32; LANES], f: impl Fn(f32, f32) -> f32) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        let (low, high) = lanes.split_at_mut(half);
        for (low, high) in low.iter_mut().zip(high) {
            *low = f(*low, *high);
        }
        half /= 2;
    }
    let [value, ..] = lanes;
    value
}

/// The greatest (`sign` 1) or least (−1) float by [`better`]; `none` where there is none but NaNs.
#[inline(always)]
fn extreme(x: Strided<'_>, length: usize, sign: i64, none: f32) -> f32 {
    let mut best = none;
    let mut strip = [0.0; STRIP];
    strips(length, |first, count| {
        let strip = strip.get_mut(..count).unwrap_or(&mut []);
        x.floats(first, strip);
        best = strip.iter().fold(best, |best, x| better(best, *x, sign));
    });
    best
}

/// `x` if it is greater (`sign` 1) or less (−1) than `best` and no NaN, else `best`.
///
/// −0 is less than +0: one order of all numbers, so that lanes and vectors may take them in any order.
#[inline(always)]
pub(crate) const fn better(best: f32, x: f32, sign: i64) -> f32 {
    let (order_best, order_x) = (order(best.to_bits()), order(x.to_bits()));
    let is_better = order_x.wrapping_mul(sign) > order_best.wrapping_mul(sign);
    if is_better && x.to_bits() & 0x7fff_ffff <= 0x7f80_0000 { x } else { best }
}

/// The bits of a float as an integer of the same order, −0 below +0.
#[inline(always)]
const fn order(bits: u32) -> i64 {
    (bits ^ ((bits as i32 >> 31) as u32 >> 1)) as i32 as i64
}

/// Reads the keys by which elements compare, those of `first`, `first + 1`, …: the greater, the better.
///
/// The key of an integer is its value, turned round its complement; that of a float an integer of the same order, both zeroes 0 and a NaN below everything. With
/// `sign` −1 the order is turned round, but for NaNs.
#[inline(always)]
pub(crate) fn keys(x: Strided<'_>, first: usize, sign: i64, keys: &mut [i64]) {
    if x.element.is_float() {
        let mut strip = [0.0; STRIP];
        let values = strip.get_mut(..keys.len()).unwrap_or(&mut []);
        x.floats(first, values);
        for (key, value) in keys.iter_mut().zip(values) {
            *key = float_key(value.to_bits(), sign);
        }
    } else {
        x.integers(first, keys);
        if sign < 0 {
            for key in keys {
                // −x − 1: the order is turned round, and nothing wraps.
                *key = !*key;
            }
        }
    }
}

#[inline(always)]
const fn float_key(bits: u32, sign: i64) -> i64 {
    let magnitude = (bits & 0x7fff_ffff) as i64;
    if magnitude > -INFINITE {
        NAN_KEY
    } else if bits >> 31 == 0 {
        magnitude.wrapping_mul(sign)
    } else {
        magnitude.wrapping_neg().wrapping_mul(sign)
    }
}

/// The key of the worst of the numbers.
const INFINITE: i64 = -0x7f80_0000;
/// The key of a NaN.
const NAN_KEY: i64 = -0x7fff_ffff;

/// Index of the element with the greatest key. The best starts at index 0, of floats as an infinity, so that NaNs are never taken;
/// it is replaced by a greater key, and with `last` by an equal one, indices rising.
#[inline(always)]
fn best(x: Strided<'_>, length: usize, sign: i64, last: bool) -> i64 {
    let mut bound = if x.element.is_float() { INFINITE } else { i64::MIN };
    let (mut index, mut at) = (0, 0i64);
    let mut strip = [0; STRIP];
    strips(length, |first, count| {
        let strip = strip.get_mut(..count).unwrap_or(&mut []);
        keys(x, first, sign, strip);
        for key in strip.iter() {
            if *key > bound || (last && *key == bound) {
                bound = *key;
                index = at;
            }
            at = at.wrapping_add(1);
        }
    });
    index
}

#[inline(always)]
fn integer(reduction: Reduction, x: Strided<'_>, length: usize) -> i64 {
    let first = match reduction {
        Reduction::Max | Reduction::Min => x.integer(0),
        Reduction::Product => 1,
        _ => 0,
    };
    let mut strip = [0; STRIP];
    let mut result = first;
    strips(length, |first, count| {
        let strip = strip.get_mut(..count).unwrap_or(&mut []);
        x.integers(first, strip);
        let values = strip.iter().copied();
        result = match reduction {
            Reduction::Max => values.fold(result, i64::max),
            Reduction::Min => values.fold(result, i64::min),
            Reduction::Product => values.fold(result, i64::wrapping_mul),
            Reduction::SumSquares => {
                values.fold(result, |sum, x| sum.wrapping_add(x.wrapping_mul(x)))
            }
            Reduction::SumMagnitudes => {
                values.fold(result, |sum, x| sum.wrapping_add(x.wrapping_abs()))
            }
            _ => values.fold(result, i64::wrapping_add),
        };
    });
    result
}
