//! Convolutions: the patches of some pixels are laid out as rows, which then meet the panels.

use super::{
    Cpu,
    finish::{Finisher, Plane},
    pool::{with_terms, with_waiting},
    requantise::Requantiser,
    shared::{Input, Output},
    split::{Area, BLOCK_ROWS, Block, S8_TOGETHER, s8_rows},
};
use crate::{
    regions::Regions,
    simd::{
        f32_panels::{F32Panels, Panels, Rows},
        s8_panels::{self, S8Panels},
    },
};
use opml_kernels::{PANEL, Patch, Stencil};
use opml_tensor::{Conv, Finish, Requantise, Values};
use std::{ops::Range, slice};

/// Pixels that a thread lays out at a time.
const FEW: usize = 8;
/// Words of patches that are laid out before the panels see them: what stays in the caches of the cores.
const TOGETHER: usize = 1 << 18;
/// Words of patches that a thread lays out and multiplies while they are in its second cache.
const NEAR: usize = 1 << 15;
/// Words between rows beyond their length, so that rows do not fall on the same lines of a cache.
const APART: usize = 16;

/// Computes an area; `None`, and nothing done, where there is no fast way.
pub(super) fn execute(
    cpu: &Cpu,
    packed: &mut [u32],
    data: &mut Regions,
    conv: &Conv,
    area: &Area,
) -> Option<()> {
    let [inputs, outputs] = conv.channels.map(|channels| channels as usize);
    let work = Work {
        cpu,
        conv,
        area,
        x: Input::of(data, conv.x)?,
        weights: Input::of(data, conv.weights)?,
        inputs,
        outputs,
        terms: inputs.checked_mul(conv.image.taps() as usize)?,
    };
    match &conv.values {
        Values::F32(finish) => work.f32(packed, data, finish),
        Values::S8(requantise) => work.s8(packed, data, requantise),
    }
}

struct Work<'a> {
    cpu: &'a Cpu,
    conv: &'a Conv,
    area: &'a Area,
    x: Input,
    weights: Input,
    inputs: usize,
    outputs: usize,
    terms: usize,
}

impl Work<'_> {
    /// The groups that have panels in the area, and these.
    fn groups(&self) -> impl Iterator<Item = (usize, Range<usize>)> + use<> {
        let all = self.area.panels(1);
        let of_group = self.outputs.div_ceil(PANEL);
        (all.start / of_group..all.end.div_ceil(of_group)).map(move |group| {
            let inside = |panel: usize| {
                (group * of_group + panel).clamp(all.start, all.end) - group * of_group
            };
            (group, inside(0)..inside(of_group))
        })
    }

    fn weights(&self, group: usize) -> Panels {
        let [panel, of_group] = self.conv.weight_stride.map(|stride| stride as usize);
        Panels { start: self.weights.at(group * of_group), stride: panel }
    }

    /// How many rows of `stride` words are laid out together, at least one if there is room for it.
    fn together(&self, room: usize, stride: usize) -> Option<usize> {
        let count = (TOGETHER.min(room) / stride).max(BLOCK_ROWS * self.cpu.threads());
        let count = count.min(room / stride).min(self.area.rows.len());
        (count > 0).then_some(count)
    }

    /// How many rows of `stride` words a thread lays out for itself, in whole `unit`s: as many as stay near it, and so that all threads have
    /// some of `rows`.
    fn near(&self, rows: usize, stride: usize, unit: usize) -> usize {
        let fit = NEAR / stride / unit * unit;
        fit.min(rows.div_ceil(4 * self.cpu.threads()).next_multiple_of(unit)).max(unit)
    }

    fn f32(&self, packed: &mut [u32], data: &mut Regions, finish: &Finish) -> Option<()> {
        let image = &self.conv.image;
        let place = |strides| Plane::of_pixels(image, strides, 4);
        let columns = self.conv.groups * self.outputs as u64;
        let residual = place(finish.residual_stride);
        let out = place(image.out_stride);
        let finisher = Finisher::new(data, columns, finish, residual, self.conv.out, out)?;
        let stride = self.terms + APART;
        let rows = self.rows();
        let together = if rows.is_some() {
            self.area.rows.len()
        } else {
            self.together(packed.len(), stride)?
        };
        for (group, panels) in self.groups() {
            let finisher = finisher.part(group * self.outputs, self.outputs);
            for first in self.area.rows.clone().step_by(together) {
                let count = together.min(self.area.rows.end - first);
                let x = match rows {
                    Some(Rows { start, stride }) => {
                        let offset = first * stride + 4 * group * self.inputs;
                        Rows { start: start.wrapping_add(offset), stride }
                    }
                    None => {
                        let to = &mut packed[..count * stride];
                        self.cpu.pieces(to, stride, FEW, |pixel, to| {
                            self.lay_out(first + pixel, group, &mut to[..self.terms]);
                        });
                        Rows { start: to.as_ptr().cast(), stride: 4 * stride }
                    }
                };
                let x = Shared(x);
                let whole = Block { rows: 0..count, panels: panels.clone() };
                self.cpu.blocks(whole, [BLOCK_ROWS, 1], |block| {
                    with_waiting(|waiting| {
                        let kernel = F32Panels {
                            x: x.get(),
                            weights: self.weights(group),
                            terms: self.terms,
                            rows: block.rows,
                            panels: block.panels,
                            waiting,
                            // SAFETY: these rows and panels are in this block only.
                            sink: unsafe { finisher.rows_from(first) },
                        };
                        // SAFETY: the level is the processor's; the rows are whole, admission has made sure of the panels.
                        unsafe { self.cpu.level().run(kernel) };
                    });
                });
            }
        }
        Some(())
    }

    /// The input itself as rows, where a patch is a pixel and pixels follow one another.
    fn rows(&self) -> Option<Rows> {
        let image = &self.conv.image;
        let Stencil { kernel, stride, padding, size, .. } = image.window;
        let [of_image, line, pixel] = image.x_stride;
        let [lines, pixels] = image.output;
        let is_plain = kernel == [1, 1]
            && stride == [1, 1]
            && padding == [0, 0]
            && size.map(|size| size as u64) == image.output
            && (lines == 1 || line == pixels * pixel)
            && (image.batch == 1 || of_image == lines * pixels * pixel);
        is_plain.then(|| Rows { start: self.x.at(0), stride: pixel as usize })
    }

    /// The terms of a pixel, +0 in the padding.
    fn lay_out(&self, pixel: usize, group: usize, mut to: &mut [u32]) {
        self.patch(pixel, group, 4).runs(4 * self.inputs, |from, count| {
            let Some(run) = to.split_off_mut(..count * self.inputs) else { return };
            match from {
                Some(from) => {
                    for (to, from) in run.iter_mut().zip(from.as_chunks().0) {
                        *to = u32::from_le_bytes(*from);
                    }
                }
                None => run.fill(0),
            }
        });
    }

    /// The patch of a pixel in values of `size` bytes.
    fn patch(&self, pixel: usize, group: usize, size: usize) -> Patch<'_> {
        let x = self.x.bytes(0, usize::MAX);
        self.conv.image.patch(x, pixel as u64, (size * group * self.inputs) as u64)
    }

    fn s8(&self, packed: &mut [u32], data: &mut Regions, requantise: &Requantise) -> Option<()> {
        let level = self.cpu.level();
        let image = &self.conv.image;
        let requantiser = Requantiser {
            table: Input::of(data, requantise.table)?,
            table_stride: requantise.table_stride as usize,
            output: requantise.output,
            out: Output::of(data, self.conv.out)?,
            place: Plane::of_pixels(image, image.out_stride, 1),
            origin: 0,
            columns: self.outputs,
        };
        let stride = s8_panels::packed_row(self.terms);
        let few = s8_rows(level);
        for (group, panels) in self.groups() {
            let requantiser = Requantiser { origin: group * self.outputs, ..requantiser };
            let multiply = |packed: &[u32], first: usize, block: Block| {
                with_waiting(|waiting| {
                    let kernel = S8Panels {
                        x: packed.as_ptr(),
                        x_stride: stride,
                        weights: self.weights(group),
                        terms: self.terms,
                        rows: block.rows,
                        panels: block.panels,
                        waiting,
                        // SAFETY: these rows and panels are in this block only.
                        sink: unsafe { requantiser.rows_from(first) },
                    };
                    // SAFETY: the level is the processor's, by which the rows were packed; admission has made sure of the panels.
                    unsafe { level.run(kernel) };
                });
            };
            let pack = |pixel: usize, to: &mut [u32]| {
                self.pack(pixel, group, requantise.padding, to);
            };
            let rows = self.area.rows.clone();
            let near = self.near(rows.len(), stride, few);
            if rows.len() > PANEL * panels.len() && near * stride <= packed.len() {
                // Weights stay in the caches: the pixels that a thread has laid out meet them all before others take their place.
                self.cpu.each_in(
                    packed,
                    near * stride,
                    rows.len().div_ceil(near),
                    |room, block| {
                        let first = rows.start + block * near;
                        let count = near.min(rows.end - first);
                        for (pixel, to) in (first..).zip(room.chunks_mut(stride).take(count)) {
                            pack(pixel, to);
                        }
                        multiply(room, first, Block { rows: 0..count, panels: panels.clone() });
                    },
                );
                continue;
            }
            let together = self.together(packed.len(), stride)?;
            for first in rows.clone().step_by(together) {
                let count = together.min(rows.end - first);
                let to = &mut packed[..count * stride];
                self.cpu.pieces(to, stride, FEW, |pixel, to| pack(first + pixel, to));
                let whole = Block { rows: 0..count, panels: panels.clone() };
                let packed = &packed[..count * stride];
                self.cpu.blocks(whole, [few, S8_TOGETHER], |block| multiply(packed, first, block));
            }
        }
        Some(())
    }

    /// Lays a pixel out as a packed row.
    fn pack(&self, pixel: usize, group: usize, padding: i8, to: &mut [u32]) {
        let level = self.cpu.level();
        if level.packs_bytes() {
            let Some((start, words)) = to.split_last_mut() else { return };
            let words = &mut words[..self.terms.div_ceil(4)];
            // The last word is filled up with zeroes.
            words.last_mut().into_iter().for_each(|word| *word = 0);
            let x = &mut bytes_of(words)[..self.terms];
            self.lay_out_s8(pixel, group, padding, x);
            // SAFETY: the level is the processor's; this asks for nothing else.
            unsafe { level.run(s8_panels::Start { x, to: start }) };
        } else {
            with_terms(|terms| {
                let x = &mut terms[..self.terms];
                self.lay_out_s8(pixel, group, padding, x);
                // SAFETY: as above.
                unsafe { level.run(s8_panels::Pack { x, to }) };
            });
        }
    }

    /// The terms of a pixel, the input's zero point in the padding.
    fn lay_out_s8(&self, pixel: usize, group: usize, padding: i8, mut to: &mut [i8]) {
        self.patch(pixel, group, 1).runs(self.inputs, |from, count| {
            let Some(run) = to.split_off_mut(..count * self.inputs) else { return };
            match from {
                Some(from) => {
                    for (to, from) in run.iter_mut().zip(from) {
                        *to = from.cast_signed();
                    }
                }
                None => run.fill(padding),
            }
        });
    }
}

/// The bytes of words.
const fn bytes_of(words: &mut [u32]) -> &mut [i8] {
    let length = size_of_val(words);
    // SAFETY: the words' memory, for as long as they are borrowed; any byte is an i8, and any four are a word.
    unsafe { slice::from_raw_parts_mut(words.as_mut_ptr().cast(), length) }
}

/// Rows that all threads read.
#[derive(Clone, Copy, Debug)]
struct Shared(Rows);

// SAFETY: the rows lie in an input or in packed words, which nothing writes while they are read.
unsafe impl Sync for Shared {}
// SAFETY: as above.
unsafe impl Send for Shared {}

impl Shared {
    const fn get(&self) -> Rows {
        self.0
    }
}
