//! Softmax of a row.

use crate::{
    dispatch::dispatch,
    float::{Arithmetic, Word, load, store},
    reduce::{LANES, fold},
};

dispatch! {
    /// `y[i] = e^(x[i] − max x) / Σ_j e^(x[j] − max x)` over the common prefix, in the fastest arithmetic of this processor.
    pub fn softmax(x: &[Word], y: &mut [Word]) = softmax_in;
}

/// [`softmax`] in a given arithmetic.
///
/// The maximum starts at −∞ and is replaced by `x[i]` only where that is greater; the sum has sixteen lanes. A NaN anywhere, an
/// infinity of +∞, or nothing but −∞ makes every element NaN.
#[inline(always)]
pub fn softmax_in<A: Arithmetic>(x: &[Word], y: &mut [Word]) {
    let n = x.len().min(y.len());
    let (Some(x), Some(y)) = (x.get(..n), y.get_mut(..n)) else { return };
    let max = x.iter().fold(f32::NEG_INFINITY, |max, x| {
        let x = load(*x);
        if A::greater(x, max) { x } else { max }
    });
    let mut lanes = [0.0; LANES];
    for (x, y) in x.chunks(LANES).zip(y.chunks_mut(LANES)) {
        for ((x, y), lane) in x.iter().zip(y).zip(&mut lanes) {
            let e = A::exp(A::sub(load(*x), max));
            *y = e.to_bits().to_le_bytes();
            *lane = A::add(*lane, e);
        }
    }
    let sum = fold::<A>(lanes);
    for y in y {
        *y = store(A::div(load(*y), sum));
    }
}
