//! Products of f32 matrices that lie anywhere: batches of them, transposed, interleaved.

use opml_kernels::{PANEL, Plane, strided_panel};

use super::{Context, Finish, FinishSpec, Tiled, context::disjoint};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::{part, part_mut},
    cost::ROW,
    element::{F32, NONE},
    form::{Form, SLOT_A, SLOT_B, SLOT_OUT, opcode},
    memory::borrow_some,
    operand::Lattice,
};

/// `out[b][i][j] = finish(Σ_k x[b][i][k]·w[b][k][j])`, f32.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Strided {
    /// Rows batch·M and columns N of the output; the columns of a tile are whole panels of 16.
    pub grid: Grid,
    /// Rows of a matrix, M.
    pub rows: u64,
    /// Terms K.
    pub terms: u64,
    /// Left matrices.
    pub x: Span,
    /// Byte strides of the left matrices: batch, row, term.
    pub x_stride: [u64; 3],
    /// Right matrices.
    pub w: Span,
    /// Byte strides of the right matrices: batch, term, column.
    pub w_stride: [u64; 3],
    /// What follows the sums.
    pub finish: Finish,
    /// Output.
    pub out: Span,
    /// Byte strides of the output: batch, row, column.
    pub out_stride: [u64; 3],
}

pub(crate) const fn form(flags: u16) -> Form {
    let [bias, residual] = Finish::strides(flags, 3);
    let strides = [3, 3, bias, residual, 3, 0];
    Form { types: [F32, F32, F32, NONE], flags: Finish::SUMS, dims: 4, tiles: 2, imms: 3, strides }
}

impl Strided {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let [batch, rows, columns, terms] = context.dims()?;
        let [tile_rows, tile_columns] = context.panel_tiles()?;
        let [x_stride, w_stride, out_stride] =
            [SLOT_A, SLOT_B, SLOT_OUT].map(|slot| context.strides(slot));
        let words = |dims, strides| Lattice { dims, strides, element: 4 };
        let output = |strides| words([batch, rows, columns], strides);
        let out = context.target(SLOT_OUT, output(out_stride))?;
        let finish = Finish::admit(context, columns, &out, output)?;
        let strided = Self {
            // Two dimensions below 2^31 each: the product fits.
            grid: Grid { rows: batch.saturating_mul(rows), columns, tile_rows, tile_columns },
            rows,
            terms,
            x: context.source(SLOT_A, words([batch, rows, terms], x_stride))?,
            x_stride,
            w: context.source(SLOT_B, words([batch, terms, columns], w_stride))?,
            w_stride,
            finish,
            out,
            out_stride,
        };
        disjoint(SLOT_A, &strided.x, &strided.out)?;
        disjoint(SLOT_B, &strided.w, &strided.out)?;
        Ok(strided)
    }

    /// Offsets of row `index` of the output's plane: in the left matrices, of the right matrix, in an operand like the output.
    const fn offset(&self, index: u64, [batch, row, _]: [u64; 3]) -> u64 {
        index / self.rows * batch + index % self.rows * row
    }
}

impl Tiled for Strided {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.out
    }

    fn work(&self) -> u64 {
        let (rows, columns) = self.grid.largest();
        let panels = columns.div_ceil(PANEL as u64);
        // As with panels; collecting 64 terms at a time costs as much whether there are so many or not.
        let terms = self.terms.next_multiple_of(64);
        let panel = self.terms.saturating_mul(90).saturating_add(terms.saturating_mul(30));
        let column = self.terms.saturating_mul(190).saturating_add(100 + self.finish.work());
        let panels = panels.saturating_mul(panel.saturating_add(2800));
        let columns = columns.saturating_mul(column);
        rows.saturating_mul(panels.saturating_add(columns).saturating_add(ROW))
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let sources = [Some(self.x), Some(self.w), self.finish.bias, self.finish.residual];
        let Some(([Some(x), Some(w), bias, residual], out)) = borrow_some(data, sources, self.out)
        else {
            return;
        };
        let ([_, _, term], [w_batch, w_term, w_column]) = (self.x_stride, self.w_stride);
        let [.., step] = self.out_stride;
        let [.., residual_step] = self.finish.residual_stride;
        for row in tile.rows {
            let x = Plane {
                bytes: part(x, self.offset(row, self.x_stride), u64::MAX),
                strides: [0, term as usize],
            };
            let w = Plane {
                bytes: part(w, row / self.rows * w_batch, u64::MAX),
                strides: [w_term as usize, w_column as usize],
            };
            let offset = self.offset(row, self.finish.residual_stride);
            let epilogue = self.finish.epilogue([bias, residual], 0, offset, residual_step);
            for first in tile.columns.clone().step_by(PANEL) {
                let count = PANEL.min((tile.columns.end - first) as usize);
                let mut y = [[0; 4]; PANEL];
                let y = y.get_mut(..count).unwrap_or(&mut []);
                let panel = (first / PANEL as u64) as usize;
                strided_panel(self.terms as usize, x, w, panel, epilogue, y);
                for (column, word) in (first..).zip(y) {
                    let offset = self.offset(row, self.out_stride) + column * step;
                    if let Some(to) = part_mut(out, offset, 4).first_chunk_mut() {
                        *to = *word;
                    }
                }
            }
        }
    }
}

/// Operands and sizes of a product of f32 matrices with any strides.
#[derive(Clone, Copy, Debug)]
pub struct StridedSpec {
    /// Batch, rows M, columns N, terms K.
    pub dims: [u32; 4],
    /// Rows and columns per tile; columns are a multiple of 16.
    pub tile: [u32; 2],
    /// Left matrices; strides of batch, row, term.
    pub x: Operand,
    /// Right matrices; strides of batch, term, column.
    pub w: Operand,
    /// What follows the sums, without a gate; strides of a residual as of the output.
    pub finish: FinishSpec,
    /// Output; strides of batch, row, column.
    pub out: Operand,
}

impl Record {
    /// A product of f32 matrices with any strides.
    pub fn strided(spec: StridedSpec) -> Self {
        let mut record = Self::of(opcode::MATMUL, opcode::STRIDED_F32, form(0).types);
        record.put(&spec.dims, &spec.tile);
        spec.finish.put(&mut record);
        record.operand[SLOT_A] = spec.x;
        record.operand[SLOT_B] = spec.w;
        record.operand[SLOT_OUT] = spec.out;
        record
    }
}
