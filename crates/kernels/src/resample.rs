//! Resampling along one axis: every output element is a weighted sum of a few input elements.

use crate::{
    Rows, Strided, StridedMut,
    dispatch::dispatch,
    float::Arithmetic,
    strided::{STRIP, strips},
};

/// The taps of one output place: which places of the axis, and their weights.
#[derive(Clone, Copy, Debug)]
pub struct Taps<'a> {
    /// Places; a place outside the axis counts as zeroes.
    pub places: Strided<'a>,
    /// Weights, one for each place.
    pub weights: Strided<'a>,
    /// How many.
    pub count: usize,
}

dispatch! {
    /// `y[c] = Σ_t weight[t]·x[place[t]][c]` for `length` elements, in the fastest arithmetic of this processor.
    pub fn resample(taps: Taps<'_>, x: Rows<'_>, y: StridedMut<'_>, length: usize) = resample_in;
}

/// [`resample`] in a given arithmetic: one chain of fused multiply-adds from +0, taps rising.
#[inline(always)]
pub fn resample_in<A: Arithmetic>(
    taps: Taps<'_>,
    x: Rows<'_>,
    mut y: StridedMut<'_>,
    length: usize,
) {
    let mut strip = [0.0; STRIP];
    strips(length, |first, count| {
        let strip = strip.get_mut(..count).unwrap_or(&mut []);
        let mut sums = [0.0; STRIP];
        for tap in 0..taps.count {
            let mut weight = [0.0];
            taps.weights.floats(tap, &mut weight);
            let [weight] = weight;
            match x.row(taps.places.integer(tap)) {
                Some(row) => row.floats(first, strip),
                None => strip.fill(0.0),
            }
            for (sum, x) in sums.iter_mut().zip(strip.iter()) {
                *sum = A::fma(weight, *x, *sum);
            }
        }
        y.put_floats(first, sums.get(..count).unwrap_or(&[]));
    });
}
