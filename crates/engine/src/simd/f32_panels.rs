//! f32 rows by f32 panels: one chain of fused multiply-adds per output, terms rising.

use super::{Isa, Kernel, vectors};
use opml_kernels::PANEL;
use std::ops::Range;

/// Rows of f32, `stride` bytes apart. Neither start nor stride need be aligned.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    pub(crate) start: *const u8,
    pub(crate) stride: usize,
}

/// Panels of sixteen weight rows, `stride` bytes apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Panels {
    pub(crate) start: *const u8,
    pub(crate) stride: usize,
}

/// The sums of a block of outputs.
///
/// `sink` gets row, panel and the sums of each panel of each row once; a panel's rows past N are for it to drop.
#[derive(Debug)]
pub(crate) struct F32Panels<'a, F> {
    pub(crate) x: Rows,
    pub(crate) weights: Panels,
    /// Terms of every sum.
    pub(crate) terms: usize,
    pub(crate) rows: Range<usize>,
    pub(crate) panels: Range<usize>,
    /// Room for the sums of a block of rows and panels while they wait for their next terms.
    pub(crate) waiting: &'a mut Waiting,
    pub(crate) sink: F,
}

/// Sums that wait: [`ROWS`] rows of [`PANELS`] panels.
#[derive(Debug)]
pub(crate) struct Waiting(Vec<f32>);

impl Default for Waiting {
    fn default() -> Self {
        Self(vec![0.0; ROWS * PANELS * PANEL])
    }
}

/// Rows of activations of which a [`TERMS`] long part stays in the second cache.
const ROWS: usize = 192;
/// Panels that see this part while it is there.
const PANELS: usize = 8;
/// Terms of a panel that stay in the first cache while the rows go by.
const TERMS: usize = 256;
/// Fewer rows than this do not pay for letting sums wait.
const FEW: usize = 13;

/// Bytes between two terms of a panel.
const TERM: usize = 4 * PANEL;
/// How far ahead of a single row's weights the memory is asked for them, in bytes.
const AHEAD: usize = 2048;

/// Safety: `x` and `weights` hold the terms of all rows and panels named.
impl<F: FnMut(usize, usize, &[f32; PANEL])> Kernel for F32Panels<'_, F> {
    #[inline(always)]
    unsafe fn run<S: Isa>(mut self) {
        let terms = if self.rows.len() < FEW { self.terms } else { TERMS };
        for rows in pieces(self.rows.clone(), ROWS) {
            for panels in pieces(self.panels.clone(), PANELS) {
                // An empty sum is a sum too.
                for terms in pieces(0..self.terms.max(1), terms.max(1)) {
                    let terms = terms.start..terms.end.min(self.terms);
                    let part = Part { rows: rows.clone(), panels: panels.clone(), terms };
                    // SAFETY: the caller's promise.
                    unsafe { self.part::<S>(&part) };
                }
            }
        }
    }
}

/// Outputs of which some terms are added while all that takes is in the caches.
struct Part {
    rows: Range<usize>,
    panels: Range<usize>,
    terms: Range<usize>,
}

/// A range cut into pieces of at most `size`.
#[inline(always)]
fn pieces(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let Range { start, end } = range;
    (start..end).step_by(size).map(move |start| start..end.min(start + size))
}

impl<F: FnMut(usize, usize, &[f32; PANEL])> F32Panels<'_, F> {
    /// Sums in flight must hide the latency of the multiply-add, and fit the registers with the weights.
    #[inline(always)]
    unsafe fn part<S: Isa>(&mut self, part: &Part) {
        // SAFETY: the caller's promise.
        unsafe {
            match (S::LANES, part.rows.len()) {
                (16, 1) => self.strips::<S, 4>(part, 4),
                (16, _) => self.strips::<S, 3>(part, 3),
                (_, 1) => self.strips::<S, 8>(part, 4),
                _ => self.single::<S>(part, part.panels.start),
            }
        }
    }

    /// All panels, `V` vectors in `width` panels at once; those left over one by one.
    #[inline(always)]
    unsafe fn strips<S: Isa, const V: usize>(&mut self, part: &Part, width: usize) {
        let Range { start, end } = part.panels;
        let whole = start + (end - start) / width * width;
        for panel in (start..whole).step_by(width) {
            // SAFETY: the caller's promise.
            unsafe { self.strip::<S, V>(part, panel) };
        }
        // SAFETY: the caller's promise.
        unsafe { self.single::<S>(part, whole) };
    }

    /// Panels one by one, from `first` on.
    #[inline(always)]
    unsafe fn single<S: Isa>(&mut self, part: &Part, first: usize) {
        for panel in first..part.panels.end {
            // SAFETY: the caller's promise.
            unsafe {
                match vectors::<S>() {
                    1 => self.strip::<S, 1>(part, panel),
                    _ => self.strip::<S, 2>(part, panel),
                }
            }
        }
    }

    /// All rows of `V` vectors of outputs from `panel` on.
    #[inline(always)]
    unsafe fn strip<S: Isa, const V: usize>(&mut self, part: &Part, panel: usize) {
        let Range { start: mut row, end } = part.rows;
        // SAFETY: the caller's promise.
        unsafe {
            if S::LANES == 16 {
                while end - row >= 8 {
                    self.block::<S, 8, V>(part, row, panel);
                    row += 8;
                }
            } else {
                while end - row >= 6 {
                    self.block::<S, 6, V>(part, row, panel);
                    row += 6;
                }
            }
            match end - row {
                1 => self.block::<S, 1, V>(part, row, panel),
                2 => self.block::<S, 2, V>(part, row, panel),
                3 => self.block::<S, 3, V>(part, row, panel),
                4 => self.block::<S, 4, V>(part, row, panel),
                5 => self.block::<S, 5, V>(part, row, panel),
                6 => self.block::<S, 6, V>(part, row, panel),
                7 => self.block::<S, 7, V>(part, row, panel),
                _ => {}
            }
        }
    }

    /// `R` rows by `V` vectors: the sums stay in registers from the first term of the part to the last.
    #[inline(always)]
    unsafe fn block<S: Isa, const R: usize, const V: usize>(
        &mut self,
        part: &Part,
        row: usize,
        panel: usize,
    ) {
        let lanes = S::LANES;
        let vectors = vectors::<S>();
        // SAFETY: the caller's promise: all terms of these rows and panels can be read.
        unsafe {
            let mut x = [self.x.start; R];
            for (r, x) in x.iter_mut().enumerate() {
                *x = x.add((row + r) * self.x.stride);
            }
            let mut weights = [self.weights.start; V];
            for (v, weights) in weights.iter_mut().enumerate() {
                let offset = (panel + v / vectors) * self.weights.stride;
                *weights = weights.add(offset + v % vectors * lanes * 4);
            }
            let mut waiting = [self.waiting.0.as_mut_ptr(); R];
            for (r, waiting) in waiting.iter_mut().enumerate() {
                let place = (row - part.rows.start + r) * PANELS + (panel - part.panels.start);
                *waiting = waiting.add(place * PANEL);
            }
            let mut sums = [[S::zero(); V]; R];
            if part.terms.start > 0 {
                for (sums, waiting) in sums.iter_mut().zip(waiting) {
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = S::load(waiting.add(v * lanes));
                    }
                }
            }
            for term in part.terms.clone() {
                let mut w = [S::zero(); V];
                for (w, weights) in w.iter_mut().zip(weights) {
                    if R == 1 {
                        S::prefetch(weights.wrapping_add(term * TERM + AHEAD));
                    }
                    *w = S::load(weights.add(term * TERM).cast());
                }
                for (sums, x) in sums.iter_mut().zip(x) {
                    let x = S::splat(x.cast::<f32>().add(term).read_unaligned());
                    for (sum, w) in sums.iter_mut().zip(w) {
                        *sum = S::fma(x, w, *sum);
                    }
                }
            }
            if part.terms.end < self.terms {
                for (sums, waiting) in sums.iter().zip(waiting) {
                    for (v, sum) in sums.iter().enumerate() {
                        S::store(waiting.add(v * lanes), *sum);
                    }
                }
                return;
            }
            for (r, sums) in sums.iter().enumerate() {
                for (p, sums) in sums.chunks(vectors).enumerate() {
                    let mut out = [0.0; PANEL];
                    for (v, sum) in sums.iter().enumerate() {
                        S::store(out.as_mut_ptr().add(v * lanes), *sum);
                    }
                    (self.sink)(row + r, panel + p, &out);
                }
            }
        }
    }
}
