//! s8 rows by s8 panels.

use super::{
    Cpu,
    finish::Plane,
    pool::with_waiting,
    requantise::Requantiser,
    shared::{Input, Output},
    split::{Area, Block, PACKED_TOGETHER, S8_TOGETHER, s8_rows},
};
use crate::{
    regions::Regions,
    simd::{
        f32_panels::Panels,
        s8_panels::{Pack, S8Panels, packed_row},
    },
};
use opml_tensor::{Dense, signed};

/// Computes an area; `None`, and nothing done, where there is no fast way.
pub(super) fn execute(
    cpu: &Cpu,
    packed: &mut [u32],
    data: &mut Regions,
    dense: &Dense,
    area: &Area,
) -> Option<()> {
    if !area.is_whole_panels(dense.grid.columns as usize) {
        // Tiles may begin within a panel, of which other outputs must then stay as they are.
        return None;
    }
    let level = cpu.level();
    let x = Input::of(data, dense.x)?;
    let weights = Input::of(data, dense.weights)?;
    let table = Input::of(data, dense.table)?;
    let out = Output::of(data, dense.out)?;
    let terms = dense.inner as usize;
    let stride = packed_row(terms);
    let together = packed.len() / stride;
    if together == 0 {
        return None;
    }
    for first in area.rows.clone().step_by(together) {
        let count = together.min(area.rows.end - first);
        let pack = |row: usize, to: &mut [u32]| {
            let x = signed(x.bytes((first + row) * dense.x_stride as usize, terms));
            // SAFETY: the level is the processor's; packing asks for nothing else.
            unsafe { level.run(Pack { x, to }) };
        };
        let to = &mut packed[..count * stride];
        cpu.pieces(to, stride, PACKED_TOGETHER, pack);
        let packed = &packed[..count * stride];
        let requantiser = Requantiser {
            table,
            table_stride: dense.table_stride as usize,
            output: dense.output,
            out,
            place: Plane::of_rows(dense.out_stride, 1),
            origin: 0,
            columns: dense.grid.columns as usize,
        };
        let whole = Block { rows: 0..count, panels: area.panels(1) };
        cpu.blocks(whole, [s8_rows(level), S8_TOGETHER], |block| {
            with_waiting(|waiting| {
                let kernel = S8Panels {
                    x: packed.as_ptr(),
                    x_stride: stride,
                    weights: Panels { start: weights.at(0), stride: dense.weight_stride as usize },
                    terms,
                    rows: block.rows,
                    panels: block.panels,
                    waiting,
                    // SAFETY: these rows and panels are in this block only.
                    sink: unsafe { requantiser.rows_from(first) },
                };
                // SAFETY: the level is the processor's, by which the rows were packed; admission has made sure of the weights.
                unsafe { level.run(kernel) };
            });
        });
    }
    Some(())
}
