//! s8 rows by s8 panels: exact i32 sums.

use super::{
    Isa, Kernel, Sink,
    f32_panels::{PANELS, Panels, Waiting, pieces},
};
use opml_kernels::PANEL;
use std::{array, ops::Range};

/// Rows of a tile of sums.
pub(crate) const TILE_ROWS: usize = 16;
/// Bytes of four terms of a panel.
const QUAD: usize = 4 * PANEL;

/// Words in which a row of `terms` activations is packed at most: its values, and what its sums start from. Whole lines of a cache, so
/// that pieces of a line of a row lie in one if the first row does.
pub(crate) const fn packed_row(terms: usize) -> usize {
    (2 * terms.div_ceil(4) + 1).next_multiple_of(16)
}

/// Packs one row, in pieces that follow one another; the last four terms are filled up with zeroes.
#[derive(Debug)]
pub(crate) struct Pack<'a> {
    pub(crate) x: &'a [i8],
    /// [`packed_row`] words; the last is the start of the sums.
    pub(crate) to: &'a mut [u32],
}

impl Kernel for Pack<'_> {
    #[inline(always)]
    unsafe fn run<S: Isa>(self) {
        let Some((start, values)) = self.to.split_last_mut() else { return };
        // SAFETY: the processor has the level.
        *start = S::start(unsafe { S::sum(self.x) }) as u32;
        let pack =
            |group: &[i8; 4], to: &mut [u32]| to.copy_from_slice(&S::pack(*group)[..S::PACKED]);
        let (groups, tail) = self.x.as_chunks::<4>();
        let (whole, rest) = values.split_at_mut(groups.len() * S::PACKED);
        for (group, to) in groups.iter().zip(whole.chunks_exact_mut(S::PACKED)) {
            pack(group, to);
        }
        if !tail.is_empty() {
            let mut last = [0; 4];
            last[..tail.len()].copy_from_slice(tail);
            pack(&last, &mut rest[..S::PACKED]);
        }
    }
}

/// Packs one row whose activations lie where they belong, at a level that [packs bytes](super::Level::packs_bytes).
#[derive(Debug)]
pub(crate) struct Start<'a> {
    pub(crate) x: &'a [i8],
    /// The last of the [`packed_row`] words.
    pub(crate) to: &'a mut u32,
}

impl Kernel for Start<'_> {
    #[inline(always)]
    unsafe fn run<S: Isa>(self) {
        // SAFETY: the processor has the level.
        *self.to = S::start(unsafe { S::sum(self.x) }) as u32;
    }
}

/// The sums of a block of outputs over s8 activations.
///
/// `sink` gets the sums of each panel of each row once.
#[derive(Debug)]
pub(crate) struct S8Panels<'a, F> {
    /// Packed rows, `x_stride` words each.
    pub(crate) x: *const u32,
    pub(crate) x_stride: usize,
    pub(crate) weights: Panels,
    /// Terms of every sum, at most 65 536.
    pub(crate) terms: usize,
    pub(crate) rows: Range<usize>,
    pub(crate) panels: Range<usize>,
    /// Room for the sums of some rows.
    pub(crate) waiting: &'a mut Waiting,
    pub(crate) sink: F,
}

/// Safety: `x` and `weights` hold the terms of all rows and panels named; `x` was packed at the same level.
impl<F: Sink<i32>> Kernel for S8Panels<'_, F> {
    #[inline(always)]
    unsafe fn run<S: Isa>(mut self) {
        let Panels { start, stride } = self.weights;
        for panels in pieces(self.panels.clone(), PANELS) {
            for rows in pieces(self.rows.clone(), S::S8_ROWS) {
                for some in pieces(panels.clone(), S::S8_PANELS) {
                    let place = (some.start - panels.start) * PANEL;
                    let part = Part {
                        x: self.x.wrapping_add(rows.start * self.x_stride),
                        x_stride: self.x_stride,
                        weights: Panels { start: start.wrapping_add(some.start * stride), stride },
                        groups: self.terms.div_ceil(4),
                        rows: rows.len(),
                        panels: some.len(),
                        across: panels.len(),
                        sums: self.waiting.start().wrapping_add(place).cast(),
                    };
                    // SAFETY: the caller's promise; no more rows and panels than there is room for.
                    unsafe { S::s8_part(&part) };
                }
                self.waiting.hand_on(&rows, &panels, |row, panel, sums| {
                    self.sink.sums::<S>(row, panel, &sums.map(u32::cast_signed));
                });
            }
        }
    }
}

/// Some rows by some panels, [`Isa::S8_PANELS`] at most.
#[derive(Debug)]
pub(crate) struct Part {
    /// Packed rows, `x_stride` words each.
    pub(super) x: *const u32,
    pub(super) x_stride: usize,
    pub(super) weights: Panels,
    /// Four terms each, the last filled up with zeroes.
    pub(super) groups: usize,
    pub(super) rows: usize,
    pub(super) panels: usize,
    /// Panels between two rows of sums.
    pub(super) across: usize,
    pub(super) sums: *mut i32,
}

/// Safety of all methods: `x` and `weights` hold the terms of the part, `sums` is room for them, the processor has the level.
impl Part {
    /// All rows from `row` on, `R` at a time, by the `P` panels of `V` vectors that there are.
    #[inline(always)]
    pub(super) unsafe fn rows<S: Isa, const R: usize, const P: usize, const V: usize>(
        &self,
        mut row: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            while row + R <= self.rows {
                self.block::<S, R, P, V>(row);
                row += R;
            }
            while row + 2 <= self.rows {
                self.block::<S, 2, P, V>(row);
                row += 2;
            }
            if row < self.rows {
                self.block::<S, 1, P, V>(row);
            }
        }
    }

    #[inline(always)]
    unsafe fn block<S: Isa, const R: usize, const P: usize, const V: usize>(&self, row: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let mut x = [self.x; R];
            let mut sums = [[[S::words(0); V]; P]; R];
            for (r, (x, sums)) in x.iter_mut().zip(&mut sums).enumerate() {
                let packed = x.add((row + r) * self.x_stride);
                *sums = [[S::words(*packed.add(self.x_stride - 1) as i32); V]; P];
                *x = packed;
            }
            for group in 0..self.groups {
                for v in 0..V {
                    let weights: [S::Quads; P] = array::from_fn(|panel| {
                        let panel = self.weights.start.add(panel * self.weights.stride);
                        S::quads(panel.add(group * QUAD + 4 * v * S::LANES))
                    });
                    for (sums, x) in sums.iter_mut().zip(x) {
                        for (sums, weights) in sums.iter_mut().zip(weights) {
                            sums[v] = S::dot(sums[v], weights, x.add(group * S::PACKED));
                        }
                    }
                }
            }
            for (r, sums) in sums.iter().enumerate() {
                for (p, sums) in sums.iter().enumerate() {
                    for (v, sum) in sums.iter().enumerate() {
                        let place = ((row + r) * self.across + p) * PANEL + v * S::LANES;
                        S::store_words(self.sums.add(place), *sum);
                    }
                }
            }
        }
    }
}
