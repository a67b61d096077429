//! Depthwise convolutions: sixteen channels of some pixels at a time, each a chain of its own.

use super::{
    Cpu,
    finish::{Finisher, Plane},
    shared::Input,
    split::{Area, Block},
};
use crate::{
    regions::Regions,
    simd::{Isa, Kernel, Sink, vectors},
};
use opml_kernels::PANEL;
use opml_tensor::{Depthwise, Values};
use std::ops::Range;

/// Most taps of a window for which there is a fast way.
const MAX_TAPS: usize = 64;
/// Pixels that a thread computes at a time at least.
const ROWS: usize = 16;

/// Pixels whose sums are in registers together.
const TOGETHER: usize = 4;

/// Sixteen zeroes: what stands in the padding.
static ZEROES: [f32; PANEL] = [0.0; PANEL];

/// Computes an area of f32 values; `None`, and nothing done, where there is no fast way.
pub(super) fn execute(
    cpu: &Cpu,
    data: &mut Regions,
    depthwise: &Depthwise,
    area: &Area,
) -> Option<()> {
    let Values::F32(finish) = &depthwise.values else { return None };
    let image = &depthwise.image;
    let taps = image.taps() as usize;
    if taps > MAX_TAPS {
        return None;
    }
    let place = |strides| Plane::of_pixels(image, strides, 4);
    let finisher = Finisher::new(
        data,
        depthwise.grid.columns,
        finish,
        place(finish.residual_stride),
        depthwise.out,
        place(image.out_stride),
    )?;
    let finisher = finisher.part(area.columns.start, area.columns.len());
    let (x, weights) = (Input::of(data, depthwise.x)?, Input::of(data, depthwise.weights)?);
    // Whole panels of channels at a time would read an image line by line many times: pixels are shared out, all their
    // channels together.
    let whole = Block { rows: area.rows.clone(), panels: 0..1 };
    cpu.blocks(whole, [ROWS, 1], |block| {
        let columns = area.columns.clone();
        let rows = block.rows;
        let kernel = Pixels { depthwise, x, weights, finisher: &finisher, taps, rows, columns };
        // SAFETY: the level is the processor's; these pixels are in this block only.
        unsafe { cpu.level().run(kernel) };
    });
    Some(())
}

/// All channels of some pixels.
struct Pixels<'a> {
    depthwise: &'a Depthwise,
    x: Input,
    weights: Input,
    finisher: &'a Finisher,
    taps: usize,
    rows: Range<usize>,
    columns: Range<usize>,
}

/// An input pixel under a tap of a window, or the padding.
#[derive(Clone, Copy)]
struct Tap {
    start: *const u8,
    /// What is left of an offset in the pixel: all of it, or nothing of one in the padding, where there are sixteen words only.
    mask: usize,
}

impl Tap {
    const PADDING: Self = Self { start: ZEROES.as_ptr().cast(), mask: 0 };

    fn of(pixel: Option<&[u8]>) -> Self {
        pixel.map_or(Self::PADDING, |pixel| Self { start: pixel.as_ptr(), mask: usize::MAX })
    }

    /// The words at byte `offset` of the pixel.
    #[inline(always)]
    const fn at(self, offset: usize) -> *const f32 {
        self.start.wrapping_add(offset & self.mask).cast()
    }
}

/// Safety: no other thread works on these pixels.
impl Kernel for Pixels<'_> {
    #[inline(always)]
    unsafe fn run<S: Isa>(self) {
        let x = self.x.bytes(0, usize::MAX);
        let mut taps = [[Tap::PADDING; TOGETHER]; MAX_TAPS];
        let Range { start, end } = self.rows;
        for row in (start..end).step_by(TOGETHER) {
            let count = TOGETHER.min(end - row);
            for place in 0..count {
                let patch = self.depthwise.image.patch(x, (row + place) as u64, 0);
                for (taps, pixel) in taps.iter_mut().zip(patch.taps()) {
                    taps[place] = Tap::of(pixel);
                }
            }
            let taps = &taps[..self.taps];
            // SAFETY: the caller's promise.
            unsafe {
                if count == TOGETHER {
                    match vectors::<S>() {
                        1 => self.channels::<S, 1, TOGETHER>(taps, row, 0),
                        _ => self.channels::<S, 2, TOGETHER>(taps, row, 0),
                    }
                    continue;
                }
                for place in 0..count {
                    match vectors::<S>() {
                        1 => self.channels::<S, 1, 1>(taps, row, place),
                        _ => self.channels::<S, 2, 1>(taps, row, place),
                    }
                }
            }
        }
    }
}

/// Safety of all methods: of the caller of the kernel, and the processor has the level, of whose vectors `V` are a panel.
impl Pixels<'_> {
    /// All channels of `R` pixels, of which the first is number `place` of those that `taps` has and of output row `row + place`.
    #[inline(always)]
    unsafe fn channels<S: Isa, const V: usize, const R: usize>(
        &self,
        taps: &[[Tap; TOGETHER]],
        row: usize,
        place: usize,
    ) {
        let Range { start, end } = self.columns;
        for (panel, first) in (start..end).step_by(PANEL).enumerate() {
            let count = PANEL.min(end - first);
            // SAFETY: as of these methods; the channels are those of the operation.
            unsafe {
                let sums = if count == PANEL {
                    self.whole::<S, V, R>(taps, place, 4 * first)
                } else {
                    self.part::<S, V, R>(taps, place, 4 * first, count)
                };
                for (r, sums) in sums.iter().enumerate() {
                    self.finisher.rows_from(row + place).sums::<S>(r, panel, sums);
                }
            }
        }
    }

    /// The sums of sixteen channels from byte `offset` of the pixels on: weights are read once for all pixels.
    #[inline(always)]
    unsafe fn whole<S: Isa, const V: usize, const R: usize>(
        &self,
        taps: &[[Tap; TOGETHER]],
        place: usize,
        offset: usize,
    ) -> [[f32; PANEL]; R] {
        let stride = self.depthwise.weight_stride as usize;
        let mut sums = [[0.0; PANEL]; R];
        // SAFETY: admission has made sure that all pixels and weights have these channels; the padding has sixteen zeroes.
        unsafe {
            let mut acc = [[S::zero(); V]; R];
            for (tap, pixels) in taps.iter().enumerate() {
                let weights = self.weights.at(tap * stride + offset).cast::<f32>();
                let mut w = [S::zero(); V];
                for (v, w) in w.iter_mut().enumerate() {
                    *w = S::load(weights.add(v * S::LANES));
                }
                for (r, acc) in acc.iter_mut().enumerate() {
                    let x = pixels[place + r].at(offset);
                    for (v, acc) in acc.iter_mut().enumerate() {
                        *acc = S::fma(S::load(x.add(v * S::LANES)), w[v], *acc);
                    }
                }
            }
            for (sums, acc) in sums.iter_mut().zip(acc) {
                for (v, acc) in acc.into_iter().enumerate() {
                    S::store(sums.as_mut_ptr().add(v * S::LANES), acc);
                }
            }
        }
        sums
    }

    /// The sums of the last `count` channels, fewer than sixteen.
    #[inline(always)]
    unsafe fn part<S: Isa, const V: usize, const R: usize>(
        &self,
        taps: &[[Tap; TOGETHER]],
        place: usize,
        offset: usize,
        count: usize,
    ) -> [[f32; PANEL]; R] {
        let stride = self.depthwise.weight_stride as usize;
        let mut sums = [[0.0; PANEL]; R];
        // SAFETY: admission has made sure that all pixels and weights have these channels.
        unsafe {
            for (r, sums) in sums.iter_mut().enumerate() {
                let mut acc = [S::zero(); V];
                for (tap, pixels) in taps.iter().enumerate() {
                    let (mut x, mut w) = ([0.0f32; PANEL], [0.0f32; PANEL]);
                    let weights = self.weights.at(tap * stride + offset);
                    let pixel = pixels[place + r].at(offset).cast();
                    x.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(pixel, 4 * count);
                    w.as_mut_ptr().cast::<u8>().copy_from_nonoverlapping(weights, 4 * count);
                    for (v, acc) in acc.iter_mut().enumerate() {
                        let (x, w) = (&x[v * S::LANES..], &w[v * S::LANES..]);
                        *acc = S::fma(S::load(x.as_ptr()), S::load(w.as_ptr()), *acc);
                    }
                }
                for (v, acc) in acc.into_iter().enumerate() {
                    S::store(sums.as_mut_ptr().add(v * S::LANES), acc);
                }
            }
        }
        sums
    }
}
