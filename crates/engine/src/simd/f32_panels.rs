//! f32 rows by f32 panels: one chain of fused multiply-adds per output, terms rising.

use super::{Isa, Kernel, Sink, vectors};
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
/// `sink` gets the sums of each panel of each row once.
#[derive(Debug)]
pub(crate) struct F32Panels<'a, F> {
    pub(crate) x: Rows,
    pub(crate) weights: Panels,
    /// Terms of every sum.
    pub(crate) terms: usize,
    pub(crate) rows: Range<usize>,
    pub(crate) panels: Range<usize>,
    /// Room for the sums of some rows and panels until all their terms are added.
    pub(crate) waiting: &'a mut Waiting,
    pub(crate) sink: F,
}

/// Room for sums, f32 or i32: [`ROWS`] rows of [`PANELS`] panels.
#[derive(Debug)]
pub(crate) struct Waiting(Vec<[u32; PANEL]>);

impl Default for Waiting {
    fn default() -> Self {
        Self(vec![[0; PANEL]; ROWS * PANELS])
    }
}

impl Waiting {
    /// Where the sums of row `r` and panel `p` of `P` lie `P·r + p` panels behind the first: side by side, so that they stay in the
    /// first cache where they are few.
    pub(super) const fn start(&mut self) -> *mut u32 {
        self.0.as_mut_ptr().cast()
    }

    /// The sums of a panel of a row, as many panels behind the first.
    #[inline(always)]
    pub(super) fn sums(&self, place: usize) -> &[u32; PANEL] {
        &self.0[place]
    }

    /// Hands on the sums of some rows and panels, which begin with the first that there is room for.
    #[inline(always)]
    pub(super) fn hand_on(
        &self,
        rows: &Range<usize>,
        panels: &Range<usize>,
        mut sink: impl FnMut(usize, usize, &[u32; PANEL]),
    ) {
        for (row, sums) in rows.clone().zip(self.0.chunks(panels.len().max(1))) {
            for (panel, sums) in panels.clone().zip(sums) {
                sink(row, panel, sums);
            }
        }
    }
}

/// Rows of activations of which a [`TERMS`] long part stays in the second cache.
pub(super) const ROWS: usize = 192;
/// Panels that see this part while it is there.
pub(crate) const PANELS: usize = 8;
/// Terms of a panel that stay in the first cache while the rows go by.
const TERMS: usize = 256;
/// Fewer rows than this do not pay for letting sums wait.
const FEW: usize = 13;

/// Bytes between two terms of a panel.
const TERM: usize = 4 * PANEL;
/// How far ahead of a single row's weights the memory is asked for them, in bytes.
const AHEAD: usize = 2048;

/// Safety: `x` and `weights` hold the terms of all rows and panels named.
impl<F: Sink<f32>> Kernel for F32Panels<'_, F> {
    #[inline(always)]
    unsafe fn run<S: Isa>(mut self) {
        let size = if self.rows.len() < FEW { self.terms } else { TERMS };
        for rows in pieces(self.rows.clone(), ROWS) {
            for panels in pieces(self.panels.clone(), PANELS) {
                // An empty sum is a sum too.
                for terms in pieces(0..self.terms.max(1), size.max(1)) {
                    let part = Part {
                        x: self.x,
                        weights: self.weights,
                        waiting: self.waiting.start().cast(),
                        rows: rows.clone(),
                        panels: panels.clone(),
                        terms: terms.start..terms.end.min(self.terms),
                    };
                    // SAFETY: the caller's promise; no more rows and panels than can wait.
                    unsafe { S::f32_part(&part) };
                }
                self.waiting.hand_on(&rows, &panels, |row, panel, sums| {
                    self.sink.sums::<S>(row, panel, &sums.map(f32::from_bits));
                });
            }
        }
    }
}

/// A range cut into pieces of at most `size`.
#[inline(always)]
pub(super) fn pieces(range: Range<usize>, size: usize) -> impl Iterator<Item = Range<usize>> {
    let Range { start, end } = range;
    (start..end).step_by(size).map(move |start| start..end.min(start + size))
}

/// Outputs of which some terms are added while all that takes is in the caches.
#[derive(Debug)]
pub(crate) struct Part {
    x: Rows,
    weights: Panels,
    /// The sums so far.
    waiting: *mut f32,
    rows: Range<usize>,
    panels: Range<usize>,
    terms: Range<usize>,
}

/// Safety of all methods: `x` and `weights` hold the terms of the part, `waiting` its sums, and the processor has the level.
impl Part {
    /// The panels of the part.
    pub(super) const fn panels(&self) -> &Range<usize> {
        &self.panels
    }

    /// Whether there is one row only.
    pub(super) const fn is_one_row(&self) -> bool {
        self.rows.end - self.rows.start == 1
    }

    /// The first row by `V` vectors in `width` panels at once, as long as there are so many from `panel` on; the panel after.
    #[inline(always)]
    pub(super) unsafe fn one_row<S: Isa, const V: usize>(
        &self,
        mut panel: usize,
        width: usize,
    ) -> usize {
        while panel + width <= self.panels.end {
            // SAFETY: the caller's promise.
            unsafe { self.block::<S, 1, V>(self.rows.start, panel) };
            panel += width;
        }
        panel
    }

    /// All rows by `V` vectors in `width` panels at once, as long as there are so many from `panel` on; the panel after.
    #[inline(always)]
    pub(super) unsafe fn strips<S: Isa, const R: usize, const V: usize>(
        &self,
        mut panel: usize,
        width: usize,
    ) -> usize {
        while panel + width <= self.panels.end {
            let Range { start: mut row, end } = self.rows;
            // SAFETY: the caller's promise.
            unsafe {
                while row + R <= end {
                    self.block::<S, R, V>(row, panel);
                    row += R;
                }
                while row + 4 <= end {
                    self.block::<S, 4, V>(row, panel);
                    row += 4;
                }
                if row + 2 <= end {
                    self.block::<S, 2, V>(row, panel);
                    row += 2;
                }
                if row < end {
                    self.block::<S, 1, V>(row, panel);
                }
            }
            panel += width;
        }
        panel
    }

    /// `R` rows by `V` vectors: the sums stay in registers from the first term of the part to the last.
    #[inline(always)]
    unsafe fn block<S: Isa, const R: usize, const V: usize>(&self, row: usize, panel: usize) {
        let lanes = S::LANES;
        let vectors = vectors::<S>();
        // SAFETY: the caller's promise.
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
            let mut waiting = [self.waiting; R];
            for (r, waiting) in waiting.iter_mut().enumerate() {
                let place =
                    (row - self.rows.start + r) * self.panels.len() + (panel - self.panels.start);
                *waiting = waiting.add(place * PANEL);
            }
            let mut sums = [[S::zero(); V]; R];
            if self.terms.start > 0 {
                for (sums, waiting) in sums.iter_mut().zip(waiting) {
                    for (v, sum) in sums.iter_mut().enumerate() {
                        *sum = S::load(waiting.add(v * lanes));
                    }
                }
            }
            for term in self.terms.clone() {
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
            for (sums, waiting) in sums.iter().zip(waiting) {
                for (v, sum) in sums.iter().enumerate() {
                    S::store(waiting.add(v * lanes), *sum);
                }
            }
        }
    }
}
