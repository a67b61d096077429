//! Every row by itself: argmax, softmax, quantisation.

use opml_kernels::{BLOCK, Q8_BLOCK, argmax, copy, quantise, softmax};

use super::{
    Context, Tiled,
    context::{disjoint, matrix, whole_blocks},
};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::{chunks, chunks_mut, part, part_mut},
    cost::ROW,
    element::{F32, NONE, Q8, S8, U32},
    form::{Form, SLOT_A, SLOT_OUT, opcode},
    memory::{borrow, signed},
};

/// What a [`Rows`] does to one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowKind {
    /// Index of the first maximum of s8 elements, one u32.
    Argmax,
    /// Softmax of f32 elements.
    Softmax,
    /// Q8 blocks of f32 elements.
    Quantise,
}

/// One row in, one row out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rows {
    /// What is done.
    pub kind: RowKind,
    /// Rows; one column.
    pub grid: Grid,
    /// Elements per row.
    pub inner: u64,
    /// Input rows.
    pub source: Span,
    /// Bytes from one row to the next.
    pub source_stride: u64,
    /// Output rows.
    pub target: Span,
    /// Bytes from one row to the next.
    pub target_stride: u64,
}

const FORM: Form =
    Form { types: [NONE; 4], flags: 0, dims: 2, tiles: 1, imms: 0, strides: [1, 0, 0, 0, 1, 0] };
pub(crate) const ARGMAX: Form = Form { types: [S8, NONE, U32, NONE], ..FORM };
pub(crate) const SOFTMAX: Form = Form { types: [F32, NONE, F32, NONE], ..FORM };
pub(crate) const QUANT: Form = Form { types: [F32, NONE, Q8, NONE], ..FORM };

impl Rows {
    pub(crate) fn admit(context: &Context<'_>, kind: RowKind) -> Result<Self, Refusal> {
        let [rows, inner] = context.dims()?;
        let [tile_rows] = context.tiles()?;
        let (source_stride, target_stride) = (context.stride(SLOT_A), context.stride(SLOT_OUT));
        // Elements per row and their sizes.
        let ((from, from_size), (to, to_size)) = match kind {
            RowKind::Argmax => ((inner, 1), (1, 4)),
            RowKind::Softmax => ((inner, 4), (inner, 4)),
            RowKind::Quantise => ((inner, 4), (whole_blocks(1, inner)?, Q8_BLOCK as u64)),
        };
        let rows = Self {
            kind,
            grid: Grid { rows, columns: 1, tile_rows, tile_columns: 1 },
            inner,
            source: context.source(SLOT_A, matrix(rows, from, source_stride, from_size))?,
            source_stride,
            target: context.target(SLOT_OUT, matrix(rows, to, target_stride, to_size))?,
            target_stride,
        };
        disjoint(SLOT_A, &rows.source, &rows.target)?;
        Ok(rows)
    }

    /// Bytes of an input row.
    const fn source_row(&self) -> u64 {
        match self.kind {
            RowKind::Argmax => self.inner,
            RowKind::Softmax | RowKind::Quantise => 4 * self.inner,
        }
    }

    /// Bytes of an output row.
    const fn target_row(&self) -> u64 {
        match self.kind {
            RowKind::Argmax => 4,
            RowKind::Softmax => 4 * self.inner,
            RowKind::Quantise => self.inner / BLOCK as u64 * Q8_BLOCK as u64,
        }
    }
}

impl Tiled for Rows {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.target
    }

    fn work(&self) -> u64 {
        let (count, _) = self.grid.largest();
        let element = match self.kind {
            RowKind::Argmax => 12,
            RowKind::Softmax => 2000,
            RowKind::Quantise => 500,
        };
        count.saturating_mul(self.inner.saturating_mul(element).saturating_add(ROW))
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let Some(([source], target)) = borrow(data, [self.source], self.target) else { return };
        for row in tile.rows {
            let x = part(source, row * self.source_stride, self.source_row());
            let y = part_mut(target, row * self.target_stride, self.target_row());
            match self.kind {
                RowKind::Argmax => copy(&argmax(signed(x)).to_le_bytes(), y),
                RowKind::Softmax => softmax(chunks(x), chunks_mut(y)),
                RowKind::Quantise => quantise(chunks(chunks(x)), chunks_mut(y)),
            }
        }
    }
}

impl Record {
    /// Index of the first maximum of each of `dims[0]` rows of `dims[1]` elements.
    pub fn argmax(dims: [u32; 2], tile_rows: u32, x: Operand, out: Operand) -> Self {
        Self::of(opcode::REDUCE, 0, ARGMAX.types).one_to_one(&dims, &[tile_rows], x, out)
    }

    /// Softmax of each of `dims[0]` rows of `dims[1]` f32 elements.
    pub fn softmax(dims: [u32; 2], tile_rows: u32, x: Operand, out: Operand) -> Self {
        Self::of(opcode::SOFTMAX, 0, SOFTMAX.types).one_to_one(&dims, &[tile_rows], x, out)
    }

    /// Q8 blocks of each of `dims[0]` rows of `dims[1]` f32 elements, a multiple of 32.
    pub fn quantise(dims: [u32; 2], tile_rows: u32, x: Operand, out: Operand) -> Self {
        Self::of(opcode::QUANT, 0, QUANT.types).one_to_one(&dims, &[tile_rows], x, out)
    }
}
