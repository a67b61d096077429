//! s8 rows by s8 panels: exact i32 sums.

use super::{Isa, Kernel, f32_panels::Panels, vectors};
use opml_kernels::PANEL;
use std::ops::Range;

/// Bytes of four terms of a panel.
const QUAD: usize = 4 * PANEL;

/// Words in which a row of `terms` activations is packed at most: its values, and what its sums start from.
pub(crate) const fn packed_row(terms: usize) -> usize {
    2 * terms.div_ceil(4) + 1
}

/// Packs one row, in pieces that follow one another; the last four terms are filled up with zeroes.
#[derive(Debug)]
pub(crate) struct Pack<'a> {
    pub(crate) x: &'a [i8],
    /// [`packed_row`] words; the first is the start of the sums.
    pub(crate) to: &'a mut [u32],
}

impl Kernel for Pack<'_> {
    #[inline(always)]
    unsafe fn run<S: Isa>(self) {
        let Some((start, values)) = self.to.split_first_mut() else { return };
        let mut sum = 0i32;
        let (groups, tail) = self.x.as_chunks::<4>();
        let mut last = [0; 4];
        last[..tail.len()].copy_from_slice(tail);
        let tail = (!tail.is_empty()).then_some(&last);
        for (group, to) in groups.iter().chain(tail).zip(values.chunks_exact_mut(S::PACKED)) {
            sum = group.iter().fold(sum, |sum, x| sum.wrapping_add(i32::from(*x)));
            to.copy_from_slice(&S::pack(*group)[..S::PACKED]);
        }
        *start = S::start(sum) as u32;
    }
}

/// The sums of a block of outputs over s8 activations.
///
/// `sink` gets row, panel and the sums of each panel of each row once; a panel's rows past N are for it to drop.
#[derive(Debug)]
pub(crate) struct S8Panels<F> {
    /// Packed rows, `x_stride` words each.
    pub(crate) x: *const u32,
    pub(crate) x_stride: usize,
    pub(crate) weights: Panels,
    /// Terms of every sum, at most 65 536.
    pub(crate) terms: usize,
    pub(crate) rows: Range<usize>,
    pub(crate) panels: Range<usize>,
    pub(crate) sink: F,
}

/// Safety: `x` and `weights` hold the terms of all rows and panels named; `x` was packed at the same level.
impl<F: FnMut(usize, usize, &[i32; PANEL])> Kernel for S8Panels<F> {
    #[inline(always)]
    unsafe fn run<S: Isa>(mut self) {
        for panel in self.panels.clone() {
            // SAFETY: the caller's promise.
            unsafe {
                match vectors::<S>() {
                    1 => self.panel::<S, 1>(panel),
                    _ => self.panel::<S, 2>(panel),
                }
            }
        }
    }
}

impl<F: FnMut(usize, usize, &[i32; PANEL])> S8Panels<F> {
    /// All rows of one panel, which is `V` vectors.
    #[inline(always)]
    unsafe fn panel<S: Isa, const V: usize>(&mut self, panel: usize) {
        let Range { start: mut row, end } = self.rows;
        // SAFETY: the caller's promise.
        unsafe {
            if S::LANES == 16 {
                while end - row >= 12 {
                    self.block::<S, 12, V>(row, panel);
                    row += 12;
                }
            }
            while end - row >= 4 {
                self.block::<S, 4, V>(row, panel);
                row += 4;
            }
            match end - row {
                1 => self.block::<S, 1, V>(row, panel),
                2 => self.block::<S, 2, V>(row, panel),
                3 => self.block::<S, 3, V>(row, panel),
                _ => {}
            }
        }
    }

    #[inline(always)]
    unsafe fn block<S: Isa, const R: usize, const V: usize>(&mut self, row: usize, panel: usize) {
        // SAFETY: the caller's promise: all terms of these rows and this panel can be read.
        unsafe {
            let weights = self.weights.start.add(panel * self.weights.stride);
            let mut x = [self.x; R];
            let mut sums = [[S::words(0); V]; R];
            for (r, (x, sums)) in x.iter_mut().zip(&mut sums).enumerate() {
                let row = x.add((row + r) * self.x_stride);
                *sums = [S::words(*row as i32); V];
                *x = row.add(1);
            }
            for group in 0..self.terms.div_ceil(4) {
                for v in 0..V {
                    let weights = S::quads(weights.add(group * QUAD + 4 * v * S::LANES));
                    for (sums, x) in sums.iter_mut().zip(x) {
                        sums[v] = S::dot(sums[v], weights, x.add(group * S::PACKED));
                    }
                }
            }
            for (r, sums) in sums.iter().enumerate() {
                let mut out = [0; PANEL];
                for (v, sum) in sums.iter().enumerate() {
                    S::store_words(out.as_mut_ptr().add(v * S::LANES), *sum);
                }
                (self.sink)(row + r, panel, &out);
            }
        }
    }
}
