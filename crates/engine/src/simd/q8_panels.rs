//! Q8 activations by panels of quantised weights: exact integer sums inside a block of 32 terms, one chain of fused multiply-adds
//! over the blocks.

use super::{
    Isa, Kernel, Sink,
    f32_panels::{Panels, ROWS, Waiting, pieces},
};
use opml_kernels::{BLOCK, PANEL, Q8_BLOCK, Q8Block};
use std::{marker::PhantomData, ops::Range};

/// Groups of four terms in a block.
pub(super) const GROUPS: usize = BLOCK / 4;
/// Bytes of the scales of one block of a panel, binary16 each.
pub(super) const SCALES: usize = 2 * PANEL;

/// Panels whose sums are handed on together, row by row: what opens a gate and what comes through it are two, and what is written is
/// twice a line of a cache.
const TOGETHER: usize = 2;
/// How far ahead of a single row's weights the memory is asked for them, in bytes.
const AHEAD: usize = 8192;
/// Bytes that the memory is asked for at a time.
const LINE: usize = 64;

/// Words in which a block of activations is packed at most: its values, its scale, what its sums start from.
pub(crate) const PACKED_BLOCK: usize = 2 * GROUPS + 2;

pub(super) const fn packed_block<S: Isa>() -> usize {
    S::PACKED * GROUPS + 2
}

/// Packs whole Q8 blocks of one row.
#[derive(Debug)]
pub(crate) struct Pack<'a> {
    pub(crate) x: &'a [[u8; Q8_BLOCK]],
    /// At least [`PACKED_BLOCK`] words for every block.
    pub(crate) to: &'a mut [u32],
}

impl Kernel for Pack<'_> {
    #[inline(always)]
    unsafe fn run<S: Isa>(self) {
        for (x, to) in self.x.iter().zip(self.to.chunks_exact_mut(packed_block::<S>())) {
            let block = Q8Block::from_bytes(x);
            let (groups, _) = block.values.as_chunks::<4>();
            let (values, rest) = to.split_at_mut(S::PACKED * GROUPS);
            // By itself, so that both become vectors.
            let sum = block.values.iter().map(|x| i32::from(*x as i8)).sum();
            for (group, to) in groups.iter().zip(values.chunks_exact_mut(S::PACKED)) {
                to.copy_from_slice(&S::pack(group.map(|x| x as i8))[..S::PACKED]);
            }
            rest.copy_from_slice(&[block.scale.to_bits(), S::start(sum) as u32]);
        }
    }
}

/// How the values of a block of weights are stored, behind its sixteen scales.
pub(crate) trait Format {
    /// Bytes of one block of a panel.
    const BYTES: usize;
    /// Whether the values are bytes, four terms of each output side by side, as tiles take them.
    const IS_TILE: bool;

    /// Adds the products of the block's values and those of `R` rows of packed activations to `sums`.
    ///
    /// # Safety
    /// `values` and `x` hold the block; the processor has the level.
    unsafe fn dots<S: Isa, const R: usize, const V: usize>(
        sums: &mut [[S::Words; V]; R],
        values: *const u8,
        x: [*const u32; R],
    );
}

/// `[8][16][4]` signed bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Q80;

impl Format for Q80 {
    const BYTES: usize = SCALES + BLOCK * PANEL;
    const IS_TILE: bool = true;

    #[inline(always)]
    unsafe fn dots<S: Isa, const R: usize, const V: usize>(
        sums: &mut [[S::Words; V]; R],
        values: *const u8,
        x: [*const u32; R],
    ) {
        for group in 0..GROUPS {
            for v in 0..V {
                // SAFETY: the caller's promise.
                unsafe {
                    let weights = S::quads(values.add(4 * (group * PANEL + v * S::LANES)));
                    for (sums, x) in sums.iter_mut().zip(x) {
                        sums[v] = S::dot(sums[v], weights, x.add(group * S::PACKED));
                    }
                }
            }
        }
    }
}

/// `[4][16][4]` bytes, each with a value in its low nibble and the one four terms further in its high one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Q40;

impl Format for Q40 {
    const BYTES: usize = SCALES + BLOCK / 2 * PANEL;
    const IS_TILE: bool = false;

    #[inline(always)]
    unsafe fn dots<S: Isa, const R: usize, const V: usize>(
        sums: &mut [[S::Words; V]; R],
        values: *const u8,
        x: [*const u32; R],
    ) {
        for pair in 0..GROUPS / 2 {
            for v in 0..V {
                // SAFETY: the caller's promise.
                unsafe {
                    let pairs = S::nibbles(values.add(4 * (pair * PANEL + v * S::LANES)));
                    for (weights, group) in pairs.into_iter().zip(2 * pair..) {
                        for (sums, x) in sums.iter_mut().zip(x) {
                            sums[v] = S::dot(sums[v], weights, x.add(group * S::PACKED));
                        }
                    }
                }
            }
        }
    }
}

/// The sums of a block of outputs over Q8 activations.
///
/// `sink` gets the sums of each panel of each row once.
#[derive(Debug)]
pub(crate) struct Q8Panels<'a, W, F> {
    /// Packed rows: `x_stride` words each, of which `blocks` packed blocks count.
    pub(crate) x: *const u32,
    pub(crate) x_stride: usize,
    pub(crate) weights: Panels,
    /// Blocks of every sum.
    pub(crate) blocks: usize,
    pub(crate) rows: Range<usize>,
    pub(crate) panels: Range<usize>,
    /// Room for the sums of some rows.
    pub(crate) waiting: &'a mut Waiting,
    pub(crate) sink: F,
    pub(crate) format: PhantomData<W>,
}

/// Safety: `x` and `weights` hold the blocks of all rows and panels named; `x` was packed at the same level.
impl<W: Format, F: Sink<f32>> Kernel for Q8Panels<'_, W, F> {
    #[inline(always)]
    unsafe fn run<S: Isa>(mut self) {
        for panels in pieces(self.panels.clone(), TOGETHER) {
            for rows in pieces(self.rows.clone(), ROWS) {
                for (place, panel) in panels.clone().enumerate() {
                    let at = |panel| self.weights.start.wrapping_add(panel * self.weights.stride);
                    let part = Part {
                        x: self.x.wrapping_add(rows.start * self.x_stride),
                        x_stride: self.x_stride,
                        weights: at(panel),
                        next: at(panel + 1),
                        blocks: self.blocks,
                        rows: rows.len(),
                        sums: self.waiting.start().wrapping_add(place * ROWS * PANEL).cast(),
                    };
                    // SAFETY: the caller's promise; no more rows and panels than there is room for.
                    unsafe { S::q8_part::<W>(&part) };
                }
                for (index, row) in rows.enumerate() {
                    for (place, panel) in panels.clone().enumerate() {
                        let sums = self.waiting.sums(place * ROWS + index).map(f32::from_bits);
                        self.sink.sums::<S>(row, panel, &sums);
                    }
                }
            }
        }
    }
}

/// Some rows by one panel.
#[derive(Debug)]
pub(crate) struct Part {
    /// Packed rows, `x_stride` words each.
    pub(super) x: *const u32,
    pub(super) x_stride: usize,
    pub(super) weights: *const u8,
    /// The panel after it, or what lies there.
    pub(super) next: *const u8,
    pub(super) blocks: usize,
    pub(super) rows: usize,
    pub(super) sums: *mut f32,
}

/// Safety of all methods: `x` and `weights` hold the blocks of the part, `sums` is room for them, the processor has the level.
impl Part {
    /// All rows from `row` on, `R` at a time, by a panel of `V` vectors.
    #[inline(always)]
    pub(super) unsafe fn rows<S: Isa, W: Format, const R: usize, const V: usize>(
        &self,
        mut row: usize,
    ) {
        // SAFETY: the caller's promise.
        unsafe {
            while row + R <= self.rows {
                self.block::<S, W, R, V>(row);
                row += R;
            }
            while row + 2 <= self.rows {
                self.block::<S, W, 2, V>(row);
                row += 2;
            }
            if row < self.rows {
                self.block::<S, W, 1, V>(row);
            }
        }
    }

    #[inline(always)]
    unsafe fn block<S: Isa, W: Format, const R: usize, const V: usize>(&self, row: usize) {
        // SAFETY: the caller's promise.
        unsafe {
            let mut x = [self.x; R];
            for (r, x) in x.iter_mut().enumerate() {
                *x = x.add((row + r) * self.x_stride);
            }
            // While some rows go by a panel, the next one is brought, each time a part of it.
            let share = W::BYTES.div_ceil(LINE).div_ceil(self.rows.div_ceil(R)) * LINE;
            let (from, to) = (row / R * share, (row / R + 1) * share);
            let mut acc = [[S::zero(); V]; R];
            for block in 0..self.blocks {
                let offset = block * W::BYTES;
                let weights = self.weights.add(offset);
                if R == 1 {
                    // A line in each block shows the processor where it goes on; all of them would take the places of what is
                    // waited for now.
                    S::prefetch(weights.wrapping_add(AHEAD));
                } else {
                    for line in (from..to.min(W::BYTES)).step_by(LINE) {
                        S::prefetch(self.next.wrapping_add(offset + line));
                    }
                }
                let x = x.map(|x| x.add(block * packed_block::<S>()));
                let mut sums = [[S::words(0); V]; R];
                for (sums, x) in sums.iter_mut().zip(x) {
                    *sums = [S::words(*x.add(S::PACKED * GROUPS + 1) as i32); V];
                }
                W::dots::<S, R, V>(&mut sums, weights.add(SCALES), x);
                for v in 0..V {
                    let scale = S::halves(weights.add(2 * v * S::LANES));
                    for r in 0..R {
                        let x = f32::from_bits(*x[r].add(S::PACKED * GROUPS));
                        let scale = S::mul(scale, S::splat(x));
                        acc[r][v] = S::fma(scale, S::floats(sums[r][v]), acc[r][v]);
                    }
                }
            }
            for (r, acc) in acc.iter().enumerate() {
                for (v, acc) in acc.iter().enumerate() {
                    let place = (row + r) * PANEL + v * S::LANES;
                    S::store(self.sums.add(place), *acc);
                }
            }
        }
    }
}
