//! Rows by weights in panels, with f32 values.

use super::{
    Cpu,
    finish::{Finisher, Plane},
    pool::with_waiting,
    shared::Input,
    split::{Area, BLOCK_ROWS, Block, PACKED_TOGETHER},
};
use crate::{
    regions::Regions,
    simd::{
        Kernel, Level,
        f32_panels::{F32Panels, Panels, Rows},
        q8_panels::{Format, PACKED_BLOCK, Pack, Q8Panels, Q40, Q80},
    },
};
use opml_kernels::{Q8_BLOCK, Q8Block};
use opml_tensor::{Product, ProductKind};
use std::{marker::PhantomData, ops::Range};

/// Computes an area; `None`, and nothing done, where there is no fast way.
pub(super) fn execute(
    cpu: &Cpu,
    packed: &mut [u32],
    data: &mut Regions,
    product: &Product,
    area: &Area,
) -> Option<()> {
    let finisher = Finisher::new(
        data,
        product.grid.columns,
        &product.finish,
        Plane::of_rows(product.finish.residual_stride[0], 4),
        product.out,
        Plane::of_rows(product.out_stride, 4),
    )?;
    let work = Work {
        cpu,
        rows: area.rows.clone(),
        panels: area.panels(finisher.parts()),
        groups: product.groups as usize,
        x: Input::of(data, product.x)?,
        x_stride: product.x_stride as usize,
        weights: Input::of(data, product.weights)?,
        weight_stride: product.weight_stride as usize,
        finisher,
    };
    match product.kind {
        ProductKind::F32 => work.f32_panels(),
        ProductKind::Q8_0 => return work.q8_panels::<Q80>(packed),
        ProductKind::Q4_0 => return work.q8_panels::<Q40>(packed),
    }
    Some(())
}

struct Work<'a> {
    cpu: &'a Cpu,
    rows: Range<usize>,
    panels: Range<usize>,
    groups: usize,
    x: Input,
    x_stride: usize,
    weights: Input,
    weight_stride: usize,
    finisher: Finisher,
}

impl Work<'_> {
    fn weights(&self) -> Panels {
        Panels { start: self.weights.at(0), stride: self.weight_stride }
    }

    fn f32_panels(&self) {
        let unit = [BLOCK_ROWS, self.finisher.parts()];
        let whole = Block { rows: self.rows.clone(), panels: self.panels.clone() };
        self.cpu.blocks(whole, unit, |block| {
            with_waiting(|waiting| {
                let kernel = F32Panels {
                    x: Rows { start: self.x.at(0), stride: self.x_stride },
                    weights: self.weights(),
                    terms: self.groups,
                    rows: block.rows,
                    panels: block.panels,
                    waiting,
                    // SAFETY: these rows and panels are in this block only.
                    sink: unsafe { self.finisher.rows_from(0) },
                };
                // SAFETY: the level is the processor's; admission has made sure of rows and panels.
                unsafe { self.cpu.level().run(kernel) };
            });
        });
    }

    fn q8_panels<W: Format>(&self, packed: &mut [u32]) -> Option<()> {
        let level = self.cpu.level();
        let stride = self.groups.saturating_mul(PACKED_BLOCK);
        let together = packed.len() / stride;
        if together == 0 {
            return None;
        }
        // QUANT leaves no −128, but any bytes may be read as blocks.
        let symmetric =
            level.knows_symmetric() && self.rows.clone().all(|row| is_symmetric(self.q8_row(row)));
        for first in self.rows.clone().step_by(together) {
            let count = together.min(self.rows.end - first);
            let pack = |row: usize, to: &mut [u32]| {
                let kernel = Pack { x: self.q8_row(first + row), to };
                // SAFETY: the level is the processor's; packing asks for nothing else.
                unsafe { run(level, kernel, symmetric) };
            };
            let to = &mut packed[..count * stride];
            self.cpu.pieces(to, stride, PACKED_TOGETHER, pack);
            let packed = &packed[..count * stride];
            let unit = [PACKED_TOGETHER, self.finisher.parts()];
            let whole = Block { rows: 0..count, panels: self.panels.clone() };
            self.cpu.blocks(whole, unit, |block| {
                with_waiting(|waiting| {
                    let kernel = Q8Panels::<W, _> {
                        x: packed.as_ptr(),
                        x_stride: stride,
                        weights: self.weights(),
                        blocks: self.groups,
                        rows: block.rows,
                        panels: block.panels,
                        waiting,
                        format: PhantomData,
                        // SAFETY: these rows and panels are in this block only.
                        sink: unsafe { self.finisher.rows_from(first) },
                    };
                    // SAFETY: the level is the processor's, by which the rows were packed; admission has made sure of the weights.
                    unsafe { run(level, kernel, symmetric) };
                });
            });
        }
        Some(())
    }

    /// The blocks of a row of activations.
    fn q8_row(&self, row: usize) -> &[[u8; Q8_BLOCK]] {
        self.x.bytes(row * self.x_stride, self.groups * Q8_BLOCK).as_chunks().0
    }
}

/// Whether no value of the blocks is −128.
fn is_symmetric(blocks: &[[u8; Q8_BLOCK]]) -> bool {
    let least =
        |block: &[u8; Q8_BLOCK]| Q8Block::from_bytes(block).values.iter().map(|x| *x as i8).min();
    blocks.iter().all(|block| least(block) > Some(i8::MIN))
}

/// Runs a kernel in the way that suits its activations.
///
/// # Safety
/// What the kernel asks for; `symmetric` says the truth.
unsafe fn run<K: Kernel>(level: Level, kernel: K, symmetric: bool) {
    // SAFETY: the caller's promise.
    unsafe {
        if symmetric {
            level.run_symmetric(kernel);
        } else {
            level.run(kernel);
        }
    }
}
