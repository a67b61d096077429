//! The dense layer of Q8 activations by Q8_0 weights.

use opml_kernels::{PANEL, PANEL_BLOCK, Panels, Q8_BLOCK, q8_0_row};

use super::{
    Context, Tiled,
    context::{disjoint, matrix, whole_blocks},
};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::{chunks, chunks_mut, part, part_mut},
    cost::ROW,
    element::{F32, NONE, Q8, Q8_0},
    form::{Form, SLOT_A, SLOT_B, SLOT_OUT, opcode},
    memory::borrow,
};

/// `out[i][j] = Σ_b x[i].d[b]·weights[j].d[b]·(Σ_k x[i].q[b][k]·weights[j].q[b][k])`, f32.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Blocks {
    /// Rows M and columns N of the output; the columns of a tile are whole panels.
    pub grid: Grid,
    /// Blocks per output, K / 32.
    pub inner: u64,
    /// Activations, rows of Q8 blocks.
    pub x: Span,
    /// Bytes from one row of activations to the next.
    pub x_stride: u64,
    /// Weights, panels of Q8_0 blocks.
    pub weights: Span,
    /// Bytes from one panel to the next.
    pub weight_stride: u64,
    /// Output, rows of f32.
    pub out: Span,
    /// Bytes from one output row to the next.
    pub out_stride: u64,
}

pub(crate) const FORM: Form = Form {
    types: [Q8, Q8_0, F32, NONE],
    flags: 0,
    dims: 3,
    tiles: 2,
    imms: 0,
    strides: [1, 1, 0, 0, 1, 0],
};

impl Blocks {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let [rows, columns, terms] = context.dims()?;
        let [tile_rows, tile_columns] = context.tiles()?;
        if !tile_columns.is_multiple_of(PANEL as u64) {
            return Err(Refusal::TileSize { index: 1, value: context.tile_word(1) });
        }
        let inner = whole_blocks(2, terms)?;
        let panels = columns.div_ceil(PANEL as u64);
        let [x_stride, weight_stride, out_stride] =
            [SLOT_A, SLOT_B, SLOT_OUT].map(|slot| context.stride(slot));
        let weights = matrix(panels, inner, weight_stride, PANEL_BLOCK as u64);
        let blocks = Self {
            grid: Grid { rows, columns, tile_rows, tile_columns },
            inner,
            x: context.source(SLOT_A, matrix(rows, inner, x_stride, Q8_BLOCK as u64))?,
            x_stride,
            weights: context.source(SLOT_B, weights)?,
            weight_stride,
            out: context.target(SLOT_OUT, matrix(rows, columns, out_stride, 4))?,
            out_stride,
        };
        disjoint(SLOT_A, &blocks.x, &blocks.out)?;
        disjoint(SLOT_B, &blocks.weights, &blocks.out)?;
        Ok(blocks)
    }
}

impl Tiled for Blocks {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.out
    }

    fn work(&self) -> u64 {
        let (rows, columns) = self.grid.largest();
        let columns = columns.next_multiple_of(PANEL as u64);
        let output = self.inner.saturating_mul(32 * 32).saturating_add(100);
        rows.saturating_mul(columns.saturating_mul(output).saturating_add(ROW))
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let Some(([x, weights], out)) = borrow(data, [self.x, self.weights], self.out) else {
            return;
        };
        let (first, end) = (tile.columns.start, tile.columns.end);
        // Admission has made the first column that of a panel.
        let panels = Panels {
            bytes: part(weights, first / PANEL as u64 * self.weight_stride, u64::MAX),
            stride: self.weight_stride as usize,
            blocks: self.inner as usize,
        };
        for row in tile.rows {
            let x = part(x, row * self.x_stride, self.inner * Q8_BLOCK as u64);
            let y = part_mut(out, row * self.out_stride + 4 * first, 4 * (end - first));
            q8_0_row(chunks(x), panels, chunks_mut(y));
        }
    }
}

/// Operands and sizes of a dense layer of Q8 by Q8_0.
#[derive(Clone, Copy, Debug)]
pub struct BlockSpec {
    /// Rows M, outputs N, terms K, a multiple of 32.
    pub dims: [u32; 3],
    /// Rows and columns per tile; columns are a multiple of 16.
    pub tile: [u32; 2],
    /// Activations `[M][K/32]` of Q8 blocks; stride 0 is the row's.
    pub x: Operand,
    /// Weights `[N/16][K/32]` of panel blocks; stride 0 is the panel's.
    pub weights: Operand,
    /// Output `[M][N]`, f32; stride 0 is the row's.
    pub out: Operand,
}

impl Record {
    /// A dense layer of Q8 activations by Q8_0 weights.
    pub fn dense_q8_0(spec: BlockSpec) -> Self {
        let mut record = Self::of(opcode::MATMUL, opcode::DENSE_Q8_0, FORM.types);
        record.put(&spec.dims, &spec.tile);
        record.operand[SLOT_A] = spec.x;
        record.operand[SLOT_B] = spec.weights;
        record.operand[SLOT_OUT] = spec.out;
        record
    }
}
