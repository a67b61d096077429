//! Q8 activations by panels of quantised weights: exact integer sums inside a block of 32 terms, one chain of fused multiply-adds
//! over the blocks.

use super::{Isa, Kernel, f32_panels::Panels, vectors};
use opml_kernels::{BLOCK, PANEL, Q8_BLOCK, Q8Block};
use std::{marker::PhantomData, ops::Range};

/// Groups of four terms in a block.
const GROUPS: usize = BLOCK / 4;
/// Bytes of the scales of one block of a panel, binary16 each.
const SCALES: usize = 2 * PANEL;

/// How far ahead of a single row's weights the memory is asked for them, in bytes.
const AHEAD: usize = 2048;

/// Words in which a block of activations is packed at most: its values, its scale, what its sums start from.
pub(crate) const PACKED_BLOCK: usize = 2 * GROUPS + 2;

const fn packed_block<S: Isa>() -> usize {
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
            let mut sum = 0;
            for (group, to) in groups.iter().zip(values.chunks_exact_mut(S::PACKED)) {
                let group = group.map(|x| x as i8);
                sum = group.into_iter().fold(sum, |sum, x| sum + i32::from(x));
                to.copy_from_slice(&S::pack(group)[..S::PACKED]);
            }
            rest.copy_from_slice(&[block.scale.to_bits(), S::start(sum) as u32]);
        }
    }
}

/// How the values of a block of weights are stored, behind its sixteen scales.
pub(crate) trait Format {
    /// Bytes of one block of a panel.
    const BYTES: usize;

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

/// The sums of a block of outputs over Q8 activations.
///
/// `sink` gets row, panel and the sums of each panel of each row once; a panel's rows past N are for it to drop.
#[derive(Debug)]
pub(crate) struct Q8Panels<W, F> {
    /// Packed rows: `x_stride` words each, of which `blocks` packed blocks count.
    pub(crate) x: *const u32,
    pub(crate) x_stride: usize,
    pub(crate) weights: Panels,
    /// Blocks of every sum.
    pub(crate) blocks: usize,
    pub(crate) rows: Range<usize>,
    pub(crate) panels: Range<usize>,
    pub(crate) sink: F,
    pub(crate) format: PhantomData<W>,
}

/// Safety: `x` and `weights` hold the blocks of all rows and panels named; `x` was packed at the same level.
impl<W: Format, F: FnMut(usize, usize, &[f32; PANEL])> Kernel for Q8Panels<W, F> {
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

impl<W: Format, F: FnMut(usize, usize, &[f32; PANEL])> Q8Panels<W, F> {
    /// All rows of one panel, which is `V` vectors.
    #[inline(always)]
    unsafe fn panel<S: Isa, const V: usize>(&mut self, panel: usize) {
        let Range { start: mut row, end } = self.rows;
        // SAFETY: the caller's promise.
        unsafe {
            if S::LANES == 16 {
                while end - row >= 8 {
                    self.block::<S, 8, V>(row, panel);
                    row += 8;
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
        // SAFETY: the caller's promise: all blocks of these rows and this panel can be read.
        unsafe {
            let weights = self.weights.start.add(panel * self.weights.stride);
            let mut x = [self.x; R];
            for (r, x) in x.iter_mut().enumerate() {
                *x = x.add((row + r) * self.x_stride);
            }
            let mut acc = [[S::zero(); V]; R];
            for block in 0..self.blocks {
                let weights = weights.add(block * W::BYTES);
                if R == 1 {
                    for line in (0..W::BYTES).step_by(64) {
                        S::prefetch(weights.wrapping_add(AHEAD + line));
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
                let mut out = [0.0; PANEL];
                for (v, acc) in acc.iter().enumerate() {
                    S::store(out.as_mut_ptr().add(v * S::LANES), *acc);
                }
                (self.sink)(row + r, panel, &out);
            }
        }
    }
}
