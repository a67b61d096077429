//! Reductions of an f32 row: sixteen lanes, whatever the machine's vectors.

use crate::float::Arithmetic;

/// Lanes of a row reduction.
pub(crate) const LANES: usize = 16;

/// Adds sixteen lanes pairwise: those 8 apart, then 4, 2, 1.
#[inline(always)]
pub(crate) fn fold<A: Arithmetic>(mut lanes: [f32; LANES]) -> f32 {
    let mut half = LANES / 2;
    while half > 0 {
        let (low, high) = lanes.split_at_mut(half);
        for (low, high) in low.iter_mut().zip(high) {
            *low = A::add(*low, *high);
        }
        half /= 2;
    }
    let [sum, ..] = lanes;
    sum
}
