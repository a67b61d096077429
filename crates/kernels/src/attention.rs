//! Attention of one query head over a chunk of positions, and the merge of chunks.
//!
//! A chunk's scores never leave the kernel. A chunk gives `m`, the greatest score, `l`, the sum of `e^(s − m)`, and the values weighted
//! by `e^(s − m)`; [`merge`] brings chunks to a common maximum. One chunk that is the whole row gives the same bits as its merge.

use crate::{
    dispatch::dispatch,
    float::{Arithmetic, Word, load, store},
    reduce::{LANES, fold},
};

/// Greatest number of positions of a chunk: its scores lie on the stack.
pub const POSITIONS: usize = 2048;
/// Words before the weighted values of a partial result: `m` and `l`.
pub const PARTIAL: usize = 2;
/// Elements of the values summed together.
const STRIP: usize = 16;

/// Rows of one head in a cache, one per position.
#[derive(Clone, Copy, Debug)]
pub struct Positions<'a> {
    /// The bytes from the head's first element at the chunk's first position on.
    pub bytes: &'a [u8],
    /// Bytes from one position to the next.
    pub stride: usize,
}

impl<'a> Positions<'a> {
    /// `length` elements at `position` from element `first` on, or none where the bytes do not hold them.
    #[inline(always)]
    fn row(&self, position: usize, first: usize, length: usize) -> &'a [Word] {
        let start = position.wrapping_mul(self.stride).wrapping_add(first.wrapping_mul(4));
        let end = start.wrapping_add(length.wrapping_mul(4));
        self.bytes.get(start..end).unwrap_or(&[]).as_chunks().0
    }
}

/// One query head and what it looks at.
#[derive(Clone, Copy, Debug)]
pub struct Query<'a> {
    /// The head, d elements.
    pub head: &'a [Word],
    /// Factor of every product of query and key.
    pub scale: Word,
    /// Added to the scores, one element per position; empty for none.
    pub bias: &'a [Word],
    /// Keys of the chunk.
    pub keys: Positions<'a>,
    /// Values of the chunk.
    pub values: Positions<'a>,
}

dispatch! {
    /// The whole row at once: `y = (Σ_p e_p·v_p) · (1/Σ_p e_p)`, one position per element of `scores`, which is scratch.
    pub fn attend(query: Query<'_>, scores: &mut [f32], y: &mut [Word]) = attend_in;
}

dispatch! {
    /// One chunk: `y = (m, l, Σ_p e_p·v_p)`, one position per element of `scores`, which is scratch.
    pub fn attend_chunk(query: Query<'_>, scores: &mut [f32], y: &mut [Word]) = attend_chunk_in;
}

dispatch! {
    /// Chunks of one head, each `(m, l, o…)`, to the output of the head.
    pub fn merge(partials: Positions<'_>, chunks: usize, y: &mut [Word]) = merge_in;
}

/// [`attend`] in a given arithmetic.
#[inline(always)]
pub fn attend_in<A: Arithmetic>(query: Query<'_>, scores: &mut [f32], y: &mut [Word]) {
    let (_, sum) = weights::<A>(&query, scores);
    mix::<A>(query.values, scores, y);
    scale::<A>(sum, y);
}

/// [`attend_chunk`] in a given arithmetic.
#[inline(always)]
pub fn attend_chunk_in<A: Arithmetic>(query: Query<'_>, scores: &mut [f32], y: &mut [Word]) {
    let Some(([m, l], y)) = y.split_first_chunk_mut::<PARTIAL>() else { return };
    let (max, sum) = weights::<A>(&query, scores);
    (*m, *l) = (store(max), store(sum));
    mix::<A>(query.values, scores, y);
}

/// [`merge`] in a given arithmetic.
///
/// `M = max m_c`, `w_c = e^(m_c − M)`, `L = fma(l_c, w_c, L)` and `O = fma(o_c, w_c, O)` from +0, chunks rising; `y = O·(1/L)`. A chunk
/// without positions, whose l is +0, is left out: how many of those there are depends on other rows.
#[inline(always)]
pub fn merge_in<A: Arithmetic>(partials: Positions<'_>, chunks: usize, y: &mut [Word]) {
    let state = |chunk| match partials.row(chunk, 0, PARTIAL) {
        [m, l] => (load(*m), load(*l)),
        _ => (f32::NEG_INFINITY, 0.0),
    };
    let max = (0..chunks).fold(f32::NEG_INFINITY, |max, chunk| {
        let (m, _) = state(chunk);
        if A::greater(m, max) { m } else { max }
    });
    let length = y.len();
    y.fill([0; 4]);
    let mut sum = 0.0;
    for chunk in 0..chunks {
        let (m, l) = state(chunk);
        if l.to_bits() == 0 {
            continue;
        }
        let weight = A::exp(A::sub(m, max));
        sum = A::fma(l, weight, sum);
        for (y, o) in y.iter_mut().zip(partials.row(chunk, PARTIAL, length)) {
            *y = store(A::fma(load(*o), weight, load(*y)));
        }
    }
    scale::<A>(sum, y);
}

/// Turns scores into `e^(s − m)`; returns the maximum m and the sum, which has sixteen lanes.
#[inline(always)]
fn weights<A: Arithmetic>(query: &Query<'_>, scores: &mut [f32]) -> (f32, f32) {
    let factor = load(query.scale);
    let mut max = f32::NEG_INFINITY;
    for (position, score) in scores.iter_mut().enumerate() {
        let key = query.keys.row(position, 0, query.head.len());
        let dot =
            query.head.iter().zip(key).fold(0.0, |dot, (q, k)| A::fma(load(*q), load(*k), dot));
        *score = A::mul(dot, factor);
        if let Some(bias) = query.bias.get(position) {
            *score = A::add(*score, load(*bias));
        }
        if A::greater(*score, max) {
            max = *score;
        }
    }
    let mut lanes = [0.0; LANES];
    for scores in scores.chunks_mut(LANES) {
        for (score, lane) in scores.iter_mut().zip(&mut lanes) {
            *score = A::exp(A::sub(*score, max));
            *lane = A::add(*lane, *score);
        }
    }
    (max, fold(lanes, A::add))
}

/// `y[d] = Σ_p weight_p·v_p[d]`, one chain per element from +0, positions rising.
#[inline(always)]
fn mix<A: Arithmetic>(values: Positions<'_>, weights: &[f32], y: &mut [Word]) {
    for (strip, y) in y.chunks_mut(STRIP).enumerate() {
        let first = strip.wrapping_mul(STRIP);
        let mut sums = [0.0; STRIP];
        for (position, weight) in weights.iter().enumerate() {
            for (sum, v) in sums.iter_mut().zip(values.row(position, first, y.len())) {
                *sum = A::fma(*weight, load(*v), *sum);
            }
        }
        for (y, sum) in y.iter_mut().zip(sums) {
            *y = store(sum);
        }
    }
}

/// `y[d]·(1/sum)`.
#[inline(always)]
fn scale<A: Arithmetic>(sum: f32, y: &mut [Word]) {
    let inverse = A::div(1.0, sum);
    for y in y {
        *y = store(A::mul(load(*y), inverse));
    }
}
