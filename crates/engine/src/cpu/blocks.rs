//! Q8 activations by quantised panels.

use super::{Cpu, shared::Input, shared::Output};
use crate::{
    regions::Regions,
    simd::{
        f32_panels::Panels,
        q8_panels::{PACKED_BLOCK, Pack, Q8Panels, Q80},
    },
};
use opml_kernels::{PANEL, Q8_BLOCK, float::store};
use opml_tensor::{Product, ProductKind};
use rayon::{
    iter::{IndexedParallelIterator, ParallelIterator},
    slice::ParallelSliceMut,
};
use std::marker::PhantomData;

/// Rows that are packed before they are shared out.
const FEW: usize = 4;

/// Executes all tiles; `false`, and nothing done, where there is no fast way.
pub(super) fn execute(cpu: &Cpu, packed: &mut [u32], data: &mut Regions, blocks: &Product) -> bool {
    if blocks.kind != ProductKind::Q8_0 || !blocks.finish.is_plain() {
        return false;
    }
    let level = cpu.level();
    let Some(x) = Input::of(data, blocks.x) else { return false };
    let Some(weights) = Input::of(data, blocks.weights) else { return false };
    let Some(out) = Output::of(data, blocks.out) else { return false };
    let (rows, columns) = (blocks.grid.rows as usize, blocks.grid.columns as usize);
    let inner = blocks.groups as usize;
    let stride = inner.saturating_mul(PACKED_BLOCK);
    let together = packed.len() / stride;
    if together == 0 {
        return false;
    }
    for first in (0..rows).step_by(together) {
        let count = together.min(rows - first);
        let pack = |(row, to): (usize, &mut [u32])| {
            let offset = (first + row) * blocks.x_stride as usize;
            let x = x.bytes(offset, inner * Q8_BLOCK).as_chunks().0;
            // SAFETY: the level is the processor's; packing asks for nothing else.
            unsafe { level.run(Pack { x, to }) };
        };
        let to = &mut packed[..count * stride];
        if count <= FEW {
            to.chunks_mut(stride).enumerate().for_each(pack);
        } else {
            to.par_chunks_mut(stride).with_min_len(FEW).enumerate().for_each(pack);
        }
        let packed = &packed[..count * stride];
        cpu.blocks(count, columns.div_ceil(PANEL), [4, 1], |block| {
            let kernel = Q8Panels::<Q80, _> {
                x: packed.as_ptr(),
                x_stride: stride,
                weights: Panels { start: weights.at(0), stride: blocks.weight_stride as usize },
                blocks: inner,
                rows: block.rows,
                panels: block.panels,
                format: PhantomData,
                sink: |row: usize, panel: usize, sums: &[f32; PANEL]| {
                    let words = sums.map(store);
                    let count = PANEL.min(columns - panel * PANEL);
                    let offset = (first + row) * blocks.out_stride as usize + 4 * panel * PANEL;
                    // SAFETY: rows do not overlap, and this row's panel is in this block only.
                    unsafe { out.write(offset, &words[..count]) };
                },
            };
            // SAFETY: the level is the processor's, by which the rows were packed; admission has made sure of the weights.
            unsafe { level.run(kernel) };
        });
    }
    true
}
