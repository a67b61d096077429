//! Batches of f32 matrices with any strides: the right ones are laid out in panels first, and the left ones in rows unless they
//! are.

use super::{
    Cpu,
    finish::{Finisher, Plane},
    pool::with_waiting,
    shared::Input,
    split::{Area, BLOCK_ROWS, Block},
};
use crate::{
    regions::Regions,
    simd::f32_panels::{F32Panels, Panels, Rows},
};
use opml_kernels::PANEL;
use opml_tensor::Strided;

/// Computes an area; `None`, and nothing done, where there is no fast way.
pub(super) fn execute(
    cpu: &Cpu,
    packed: &mut [u32],
    data: &mut Regions,
    strided: &Strided,
    area: &Area,
) -> Option<()> {
    let plane = |strides| Plane::of_batches(strided.rows, strides);
    let finisher = Finisher::new(
        data,
        strided.grid.columns,
        &strided.finish,
        plane(strided.finish.residual_stride),
        strided.out,
        plane(strided.out_stride),
    )?;
    let (x, w) = (Input::of(data, strided.x)?, Input::of(data, strided.w)?);
    let (rows, terms) = (strided.rows as usize, strided.terms as usize);
    let columns = strided.grid.columns as usize;
    let panels = columns.div_ceil(PANEL);
    // The matrices that have rows in the area.
    let matrices = area.rows.start / rows..area.rows.end.div_ceil(rows);
    let [x_batch, x_row, x_term] = strided.x_stride.map(|stride| stride as usize);
    let [w_batch, w_term, w_column] = strided.w_stride.map(|stride| stride as usize);

    // Words of a matrix in panels, and of one in rows if it has to be laid out.
    let panel_words = terms.checked_mul(PANEL)?;
    let w_words = panel_words.checked_mul(panels)?;
    let is_in_rows = x_term == 4 || terms == 1;
    let x_words = if is_in_rows { 0 } else { rows.checked_mul(terms)? };
    let together = packed.len() / w_words.checked_add(x_words)?;
    if together == 0 {
        return None;
    }
    for first in matrices.clone().step_by(together) {
        let count = together.min(matrices.end - first);
        let (w_packed, rest) = packed.split_at_mut(count * w_words);
        cpu.pieces(w_packed, panel_words, 1, |index, to| {
            let column = index % panels * PANEL;
            let from = w.bytes((first + index / panels) * w_batch + column * w_column, usize::MAX);
            let width = PANEL.min(columns - column);
            for (term, to) in to.as_chunks_mut::<PANEL>().0.iter_mut().enumerate() {
                gather(from.get(term * w_term..).unwrap_or(&[]), w_column, &mut to[..width]);
            }
        });
        let x_packed = &mut rest[..count * x_words];
        cpu.pieces(x_packed, terms, BLOCK_ROWS, |index, to| {
            let offset = (first + index / rows) * x_batch + index % rows * x_row;
            gather(x.bytes(offset, usize::MAX), x_term, to);
        });
        let (w_packed, x_packed) = (&*w_packed, &*x_packed);
        // Many small matrices are shared out whole, a few large ones in blocks.
        let threads = if count >= 4 * cpu.threads() { 1 } else { cpu.threads() };
        let cut = Block { rows: 0..rows, panels: area.panels(1) }.cut([BLOCK_ROWS, 1], threads);
        cpu.each(count * cut.count(), |index| {
            let (batch, block) = (index / cut.count(), cut.block(index % cut.count()));
            // The first and the last matrix may have rows outside.
            let before = (first + batch) * rows;
            let inside = |row: usize| (before + row).clamp(area.rows.start, area.rows.end) - before;
            let block_rows = inside(block.rows.start)..inside(block.rows.end);
            let x = if is_in_rows {
                Rows { start: x.at((first + batch) * x_batch), stride: x_row }
            } else {
                Rows { start: x_packed[batch * x_words..].as_ptr().cast(), stride: 4 * terms }
            };
            with_waiting(|waiting| {
                let kernel = F32Panels {
                    x,
                    weights: Panels {
                        start: w_packed[batch * w_words..].as_ptr().cast(),
                        stride: 4 * panel_words,
                    },
                    terms,
                    rows: block_rows,
                    panels: block.panels,
                    waiting,
                    // SAFETY: these rows and panels are in this block only.
                    sink: unsafe { finisher.rows_from(before) },
                };
                // SAFETY: the level is the processor's; rows and panels are whole, and nothing past a panel's columns gets out.
                unsafe { cpu.level().run(kernel) };
            });
        });
    }
    Some(())
}

/// Reads words `step` bytes apart.
fn gather(from: &[u8], step: usize, to: &mut [u32]) {
    if step == 4 {
        for (to, word) in to.iter_mut().zip(from.as_chunks().0) {
            *to = u32::from_le_bytes(*word);
        }
        return;
    }
    for (index, to) in to.iter_mut().enumerate() {
        let word = from.get(index * step..).and_then(<[u8]>::first_chunk);
        *to = u32::from_le_bytes(word.copied().unwrap_or_default());
    }
}
