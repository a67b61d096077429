//! Softmax of a row, and its logarithm.

use crate::{
    Strided, StridedMut,
    dispatch::dispatch,
    float::Arithmetic,
    reduce::{LANES, fold},
    strided::{STRIP, strips},
};

dispatch! {
    /// `y[i] = e^(x[i] − max x) / Σ_j e^(x[j] − max x)` for `length` elements, or its logarithm, in the fastest arithmetic of this
    /// processor.
    pub fn softmax(logarithm: bool, x: Strided<'_>, y: StridedMut<'_>, length: usize) = softmax_in;
}

/// [`softmax`] in a given arithmetic.
///
/// The maximum starts at −∞ and is replaced by `x[i]` only where that is greater; the sum has sixteen lanes. A NaN anywhere, an
/// infinity of +∞, or nothing but −∞ makes every element NaN.
#[inline(always)]
pub fn softmax_in<A: Arithmetic>(
    logarithm: bool,
    x: Strided<'_>,
    mut y: StridedMut<'_>,
    length: usize,
) {
    let max = max::<A>(x, length);
    let mut strip = [0.0; STRIP];
    let mut lanes = [0.0; LANES];
    strips(length, |first, count| {
        let strip = strip.get_mut(..count).unwrap_or(&mut []);
        x.floats(first, strip);
        for values in strip.chunks_mut(LANES) {
            for (value, lane) in values.iter_mut().zip(&mut lanes) {
                *value = A::exp(A::sub(*value, max));
                *lane = A::add(*lane, *value);
            }
        }
        if !logarithm {
            y.put_floats(first, strip);
        }
    });
    let sum = fold(lanes, A::add);
    let log_sum = if logarithm { A::log(sum) } else { 0.0 };
    strips(length, |first, count| {
        let strip = strip.get_mut(..count).unwrap_or(&mut []);
        if logarithm {
            x.floats(first, strip);
            for value in strip.iter_mut() {
                *value = A::sub(A::sub(*value, max), log_sum);
            }
        } else {
            y.as_ref().floats(first, strip);
            for value in strip.iter_mut() {
                *value = A::div(*value, sum);
            }
        }
        y.put_floats(first, strip);
    });
}

/// The greatest element of a row; −∞ where nothing is greater.
#[inline(always)]
fn max<A: Arithmetic>(x: Strided<'_>, length: usize) -> f32 {
    let mut max = f32::NEG_INFINITY;
    let mut strip = [0.0; STRIP];
    strips(length, |first, count| {
        let strip = strip.get_mut(..count).unwrap_or(&mut []);
        x.floats(first, strip);
        for value in strip {
            if A::greater(*value, max) {
                max = *value;
            }
        }
    });
    max
}
