//! Quantisation of rows to Q8 blocks.

use opml_kernels::{Q8_BLOCK, quantise};

use super::{
    Context, Tiled,
    context::{disjoint, matrix, whole_blocks},
};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::{chunks, chunks_mut, part, part_mut},
    cost::ROW,
    element::{F32, NONE, Q8},
    form::{Form, SLOT_A, SLOT_OUT, opcode},
    memory::borrow,
};

/// Q8 blocks of rows of f32 elements.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Quant {
    /// Rows; one column.
    pub grid: Grid,
    /// Blocks per row, K / 32.
    pub blocks: u64,
    /// Input rows of f32.
    pub source: Span,
    /// Bytes from one row to the next.
    pub source_stride: u64,
    /// Output rows of blocks.
    pub target: Span,
    /// Bytes from one row to the next.
    pub target_stride: u64,
}

pub(crate) const FORM: Form = Form {
    types: [F32, NONE, Q8, NONE],
    flags: 0,
    dims: 2,
    tiles: 1,
    imms: 0,
    strides: [1, 0, 0, 0, 1, 0],
};

impl Quant {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let [rows, inner] = context.dims()?;
        let [tile_rows] = context.tiles()?;
        let (source_stride, target_stride) = (context.stride(SLOT_A), context.stride(SLOT_OUT));
        let blocks = whole_blocks(1, inner)?;
        let out = matrix(rows, blocks, target_stride, Q8_BLOCK as u64);
        let quant = Self {
            grid: Grid { rows, columns: 1, tile_rows, tile_columns: 1 },
            blocks,
            source: context.source(SLOT_A, matrix(rows, inner, source_stride, 4))?,
            source_stride,
            target: context.target(SLOT_OUT, out)?,
            target_stride,
        };
        disjoint(SLOT_A, &quant.source, &quant.target)?;
        Ok(quant)
    }
}

impl Tiled for Quant {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.target
    }

    fn work(&self) -> u64 {
        let (rows, _) = self.grid.largest();
        rows.saturating_mul(self.blocks.saturating_mul(32 * 500).saturating_add(ROW))
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let Some(([source], target)) = borrow(data, [self.source], self.target) else { return };
        for row in tile.rows {
            let x = part(source, row * self.source_stride, 128 * self.blocks);
            let length = Q8_BLOCK as u64 * self.blocks;
            let y = part_mut(target, row * self.target_stride, length);
            quantise(chunks(chunks(x)), chunks_mut(y));
        }
    }
}

impl Record {
    /// Q8 blocks of each of `dims[0]` rows of `dims[1]` f32 elements, a multiple of 32.
    pub fn quantise(dims: [u32; 2], tile_rows: u32, x: Operand, out: Operand) -> Self {
        Self::of(opcode::QUANT, 0, FORM.types).one_to_one(&dims, &[tile_rows], x, out)
    }
}
