//! What attention has besides products of rows and panels: keys laid out as panels, weights of scores, mixtures of values.

use super::{
    Isa, Kernel,
    f32_panels::{Panels, Rows},
};
use opml_kernels::{
    LANES, PANEL,
    float::{Arithmetic, Hardware},
    fold,
};

/// Vectors of values that are summed together.
const WIDE: usize = 4;

/// Lays sixteen rows out as a panel; those that are not there keep what was in their place.
#[derive(Debug)]
pub(crate) struct PackPanel<'a> {
    pub(crate) rows: Rows,
    /// How many rows there are, at most sixteen.
    pub(crate) count: usize,
    /// A group of sixteen for each term.
    pub(crate) to: &'a mut [[f32; PANEL]],
}

/// Safety: the rows have a word for each group of `to`.
impl Kernel for PackPanel<'_> {
    #[inline(always)]
    unsafe fn run<S: Isa>(self) {
        let Self { rows, count, to } = self;
        if count < PANEL {
            for row in 0..count {
                let from = rows.start.wrapping_add(row * rows.stride).cast::<f32>();
                for (term, to) in to.iter_mut().enumerate() {
                    // SAFETY: the caller's promise.
                    to[row] = unsafe { from.add(term).read_unaligned() };
                }
            }
            return;
        }
        let mut term = 0;
        // SAFETY: the caller's promise; four terms of sixteen rows at a time.
        unsafe {
            while term + 4 <= to.len() {
                let mut block = [[0.0f32; 4]; PANEL];
                for (row, block) in block.iter_mut().enumerate() {
                    let from = rows.start.wrapping_add(row * rows.stride).cast::<f32>();
                    *block = from.add(term).cast::<[f32; 4]>().read_unaligned();
                }
                for (i, to) in to[term..term + 4].iter_mut().enumerate() {
                    *to = block.map(|block| block[i]);
                }
                term += 4;
            }
            for (term, to) in to.iter_mut().enumerate().skip(term) {
                for (row, to) in to.iter_mut().enumerate() {
                    let from = rows.start.wrapping_add(row * rows.stride).cast::<f32>();
                    *to = from.add(term).read_unaligned();
                }
            }
        }
    }
}

/// Turns scores into `e^(s − m)`; gives the maximum m and the sum.
///
/// To the bits of `opml_kernels::attend`: there the maximum is sought from the first score to the last, so of several zeroes
/// the first is it, which is all that the order decides.
#[derive(Debug)]
pub(crate) struct Weigh<'a> {
    pub(crate) scores: &'a mut [f32],
    /// Maximum and sum.
    pub(crate) result: &'a mut [f32; 2],
}

impl Kernel for Weigh<'_> {
    #[inline(always)]
    unsafe fn run<S: Isa>(self) {
        let mut lanes = [f32::NEG_INFINITY; LANES];
        for scores in self.scores.chunks(LANES) {
            for (score, lane) in scores.iter().zip(&mut lanes) {
                *lane = if Hardware::greater(*score, *lane) { *score } else { *lane };
            }
        }
        let greatest = |a: f32, b: f32| if Hardware::greater(b, a) { b } else { a };
        let mut max = fold(lanes, greatest);
        if max == 0.0 {
            max = self.scores.iter().copied().find(|score| *score == 0.0).unwrap_or(max);
        }
        let mut sums = [0.0; LANES];
        for scores in self.scores.chunks_mut(LANES) {
            for (score, sum) in scores.iter_mut().zip(&mut sums) {
                *score = Hardware::exp(Hardware::sub(*score, max));
                *sum = Hardware::add(*sum, *score);
            }
        }
        *self.result = [max, fold(sums, Hardware::add)];
    }
}

/// `y[r][d] = Σ_p weight[r][p]·value[p][d]`, one chain for each from +0, positions rising, of two rows.
#[derive(Debug)]
pub(crate) struct Mix<'a> {
    /// Weights of each row; those of the second are at least as many.
    pub(crate) weights: [&'a [f32]; 2],
    /// A row for each position.
    pub(crate) values: Rows,
    pub(crate) y: [&'a mut [f32]; 2],
}

/// Safety: there is a row of values as long as `y` for each weight.
impl Kernel for Mix<'_> {
    #[inline(always)]
    unsafe fn run<S: Isa>(self) {
        let Self { weights, values, y: [first, second] } = self;
        let width = first.len();
        let mut start = 0;
        // SAFETY: the caller's promise; every strip lies within the rows.
        unsafe {
            while start + WIDE * S::LANES <= width {
                let y = [first[start..].as_mut_ptr(), second[start..].as_mut_ptr()];
                strip::<S, WIDE>(weights, values, start, y);
                start += WIDE * S::LANES;
            }
            while start + S::LANES <= width {
                let y = [first[start..].as_mut_ptr(), second[start..].as_mut_ptr()];
                strip::<S, 1>(weights, values, start, y);
                start += S::LANES;
            }
            for (weights, y) in weights.into_iter().zip([first, second]) {
                for (d, y) in y.iter_mut().enumerate().skip(start) {
                    *y = weights.iter().enumerate().fold(0.0, |sum, (position, weight)| {
                        let value = values.start.wrapping_add(position * values.stride);
                        let value = value.cast::<f32>().add(d).read_unaligned();
                        Hardware::fma(*weight, value, sum)
                    });
                }
            }
        }
    }
}

/// `V` vectors of both rows, from element `start` on.
#[inline(always)]
unsafe fn strip<S: Isa, const V: usize>(
    weights: [&[f32]; 2],
    values: Rows,
    start: usize,
    y: [*mut f32; 2],
) {
    let [few, many] = weights;
    let both = few.len().min(many.len());
    // SAFETY: the caller's promise.
    unsafe {
        let load = |position: usize| {
            let row = values.start.wrapping_add(position * values.stride).cast::<f32>();
            let mut vectors = [S::zero(); V];
            for (v, vector) in vectors.iter_mut().enumerate() {
                *vector = S::load(row.add(start + v * S::LANES));
            }
            vectors
        };
        let mut sums = [[S::zero(); V]; 2];
        for position in 0..both {
            let value = load(position);
            for (sums, weights) in sums.iter_mut().zip(weights) {
                let weight = S::splat(*weights.get_unchecked(position));
                for (sum, value) in sums.iter_mut().zip(value) {
                    *sum = S::fma(weight, value, *sum);
                }
            }
        }
        for (position, weight) in many.iter().enumerate().skip(both) {
            let (weight, value) = (S::splat(*weight), load(position));
            for (sum, value) in sums[1].iter_mut().zip(value) {
                *sum = S::fma(weight, value, *sum);
            }
        }
        for (sums, y) in sums.iter().zip(y) {
            for (v, sum) in sums.iter().enumerate() {
                S::store(y.add(v * S::LANES), *sum);
            }
        }
    }
}

/// The panels that [`PackPanel`] has made, side by side.
pub(crate) const fn panels_of(packed: &[[f32; PANEL]], terms: usize) -> Panels {
    Panels { start: packed.as_ptr().cast(), stride: 4 * PANEL * terms }
}
