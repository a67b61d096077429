//! The merge of attention's partial results.

use opml_kernels::{PARTIAL, Positions, merge};

use super::{Context, Tiled, context::disjoint};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::{chunks_mut, part, part_mut},
    cost::ROW,
    element::{F32, NONE},
    form::{Form, SLOT_A, SLOT_OUT, opcode},
    memory::borrow,
    operand::Lattice,
};

/// `out[m][h]` from the chunks `(m, l, o…)` of `x[m][h]`, f32.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Merge {
    /// Rows M, heads H.
    pub grid: Grid,
    /// Elements per head.
    pub inner: u64,
    /// Chunks per head.
    pub chunks: u64,
    /// Partial results.
    pub x: Span,
    /// Bytes from row to row, from head to head, and from chunk to chunk.
    pub x_stride: [u64; 3],
    /// Output.
    pub out: Span,
    /// Bytes from row to row and from head to head.
    pub out_stride: [u64; 2],
}

pub(crate) const FORM: Form = Form {
    types: [F32, NONE, F32, NONE],
    flags: 0,
    dims: 4,
    tiles: 2,
    imms: 0,
    strides: [3, 0, 0, 0, 2, 0],
};

impl Merge {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let [rows, heads, inner, chunks] = context.dims()?;
        let [tile_rows, tile_columns] = context.tiles()?;
        let x_stride @ [x0, x1, x2] = context.strides(SLOT_A);
        let [out0, out1, _] = context.strides(SLOT_OUT);
        let x = Lattice {
            dims: [rows, heads, chunks, inner.saturating_add(PARTIAL as u64)],
            strides: [x0, x1, x2, 4],
            element: 4,
        };
        let out = Lattice { dims: [rows, heads, inner], strides: [out0, out1, 4], element: 4 };
        let merge = Self {
            grid: Grid { rows, columns: heads, tile_rows, tile_columns },
            inner,
            chunks,
            x: context.source(SLOT_A, x)?,
            x_stride,
            out: context.target(SLOT_OUT, out)?,
            out_stride: [out0, out1],
        };
        disjoint(SLOT_A, &merge.x, &merge.out)?;
        Ok(merge)
    }
}

impl Tiled for Merge {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.out
    }

    fn work(&self) -> u64 {
        let (rows, heads) = self.grid.largest();
        let chunk = self.inner.saturating_mul(280).saturating_add(2500);
        let head = self.chunks.saturating_mul(chunk).saturating_add(self.inner.saturating_mul(200));
        rows.saturating_mul(heads.saturating_mul(head.saturating_add(1000)).saturating_add(ROW))
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let Some(([x], out)) = borrow(data, [self.x], self.out) else { return };
        let [x0, x1, x2] = self.x_stride;
        let [out0, out1] = self.out_stride;
        for row in tile.rows {
            for head in tile.columns.clone() {
                let partials = Positions {
                    bytes: part(x, row * x0 + head * x1, u64::MAX),
                    stride: x2 as usize,
                };
                let y = part_mut(out, row * out0 + head * out1, 4 * self.inner);
                merge(partials, self.chunks as usize, chunks_mut(y));
            }
        }
    }
}

impl Record {
    /// The output `[M][H][d]` of the chunks `[M][H][chunks][2 + d]`: rows, heads, elements per head, chunks.
    pub fn merge(dims: [u32; 4], tile: [u32; 2], x: Operand, out: Operand) -> Self {
        Self::of(opcode::MERGE, 0, FORM.types).one_to_one(&dims, &tile, x, out)
    }
}
