//! Depthwise convolutions: sixteen channels at a time, each a chain of its own.

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

/// Safety: no other thread works on these pixels.
impl Kernel for Pixels<'_> {
    #[inline(always)]
    unsafe fn run<S: Isa>(self) {
        let Range { start, end } = self.columns;
        let stride = self.depthwise.weight_stride as usize;
        let x = self.x.bytes(0, usize::MAX);
        for row in self.rows.clone() {
            let mut pixels: [&[u8]; MAX_TAPS] = [&[]; MAX_TAPS];
            let patch = self.depthwise.image.patch(x, row as u64, 0);
            for (pixel, tap) in pixels.iter_mut().zip(patch.taps()) {
                *pixel = tap.unwrap_or(&[]);
            }
            let pixels = &pixels[..self.taps];
            for (panel, first) in (start..end).step_by(PANEL).enumerate() {
                let (offset, count) = (4 * first, PANEL.min(end - first));
                // SAFETY: the caller's promise.
                unsafe {
                    match vectors::<S>() {
                        1 => self.panel::<S, 1>(pixels, stride, row, panel, offset, count),
                        _ => self.panel::<S, 2>(pixels, stride, row, panel, offset, count),
                    }
                }
            }
        }
    }
}

impl Pixels<'_> {
    /// `V` vectors of channels.
    #[inline(always)]
    unsafe fn panel<S: Isa, const V: usize>(
        &self,
        pixels: &[&[u8]],
        stride: usize,
        row: usize,
        panel: usize,
        offset: usize,
        count: usize,
    ) {
        // SAFETY: every pointer below has sixteen words behind it; the rest is the caller's promise.
        unsafe {
            let mut sums = [S::zero(); V];
            for (tap, pixel) in pixels.iter().enumerate() {
                let mut room = [[0.0; PANEL]; 2];
                let [x_room, w_room] = &mut room;
                let x = if pixel.is_empty() {
                    ZEROES.as_ptr()
                } else {
                    words(pixel.get(offset..).unwrap_or(&[]), count, x_room)
                };
                let w = words(self.weights.bytes(tap * stride + offset, 4 * count), count, w_room);
                for (v, sum) in sums.iter_mut().enumerate() {
                    let (x, w) = (S::load(x.add(v * S::LANES)), S::load(w.add(v * S::LANES)));
                    *sum = S::fma(x, w, *sum);
                }
            }
            let mut out = [0.0; PANEL];
            for (v, sum) in sums.iter().enumerate() {
                S::store(out.as_mut_ptr().add(v * S::LANES), *sum);
            }
            self.finisher.rows_from(0).sums(row, panel, &out);
        }
    }
}

/// A pointer to sixteen words: where they lie, or a copy of the `count` that there are.
#[inline(always)]
fn words(bytes: &[u8], count: usize, room: &mut [f32; PANEL]) -> *const f32 {
    if count == PANEL && bytes.len() >= 4 * PANEL {
        return bytes.as_ptr().cast();
    }
    for (to, word) in room.iter_mut().zip(bytes.as_chunks().0.iter().take(count)) {
        *to = f32::from_le_bytes(*word);
    }
    room.as_ptr()
}
