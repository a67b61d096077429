//! The s8 dense layer.

use opml_kernels::{Channel, GROUP, Output, PANEL, PART, Panels, S8_GROUP, Table, dense_row};

use super::{
    Context, Tiled,
    context::{disjoint, matrix},
    requantise::{self, MAX_DOT},
};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::{part, part_mut},
    cost::ROW,
    element::{I32, S8, S8_PANELS},
    form::{Form, SLOT_A, SLOT_B, SLOT_OUT, SLOT_TABLE, opcode},
    memory::{borrow, signed_mut},
};

/// `out[i][j] = requantise(Σ_k x[i][k]·weights[j][k], table[j], output)`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Dense {
    /// Rows M and columns N of the output; the columns of a tile are whole quarters of panels.
    pub grid: Grid,
    /// Terms per output, K.
    pub inner: u64,
    /// Activations.
    pub x: Span,
    /// Bytes from one row of activations to the next.
    pub x_stride: u64,
    /// Weights, panels of groups of four terms.
    pub weights: Span,
    /// Bytes from one panel to the next.
    pub weight_stride: u64,
    /// Requantisation parameters, one per output column.
    pub table: Span,
    /// Bytes from one parameter set to the next.
    pub table_stride: u64,
    /// Zero point and clamp.
    pub output: Output,
    /// Output.
    pub out: Span,
    /// Bytes from one output row to the next.
    pub out_stride: u64,
}

pub(crate) const FORM: Form = Form {
    types: [S8, S8_PANELS, S8, I32],
    flags: 0,
    dims: 3,
    tiles: 2,
    imms: 3,
    strides: [1, 1, 1, 0, 1, 0],
};

impl Dense {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let [rows, columns, inner] = context.dims()?;
        let [tile_rows, tile_columns] = context.tiles_of(PART as u64)?;
        if inner > MAX_DOT {
            return Err(Refusal::DotLength(inner));
        }
        let output = requantise::clamp(context)?;
        let [x_stride, weight_stride, table_stride, out_stride] =
            [SLOT_A, SLOT_B, SLOT_TABLE, SLOT_OUT].map(|slot| context.stride(slot));
        let panels = columns.div_ceil(PANEL as u64);
        let groups = inner.div_ceil(GROUP as u64);
        let weights = matrix(panels, groups, weight_stride, S8_GROUP as u64);
        let dense = Self {
            grid: Grid { rows, columns, tile_rows, tile_columns },
            inner,
            x: context.source(SLOT_A, matrix(rows, inner, x_stride, 1))?,
            x_stride,
            weights: context.source(SLOT_B, weights)?,
            weight_stride,
            table: context.source(SLOT_TABLE, requantise::table(columns, table_stride))?,
            table_stride,
            output,
            out: context.target(SLOT_OUT, matrix(rows, columns, out_stride, 1))?,
            out_stride,
        };
        disjoint(SLOT_A, &dense.x, &dense.out)?;
        disjoint(SLOT_B, &dense.weights, &dense.out)?;
        disjoint(SLOT_TABLE, &dense.table, &dense.out)?;
        Ok(dense)
    }
}

impl Tiled for Dense {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.out
    }

    fn work(&self) -> u64 {
        let (rows, columns) = self.grid.largest();
        // Sums are computed for four columns together.
        let columns = columns.next_multiple_of(PART as u64);
        let output = self.inner.saturating_mul(5).saturating_add(10 * Channel::BYTES as u64);
        rows.saturating_mul(columns.saturating_mul(output).saturating_add(ROW))
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let Some(([x, weights, table], out)) =
            borrow(data, [self.x, self.weights, self.table], self.out)
        else {
            return;
        };
        let first = tile.columns.start;
        // Admission has made the first column that of a part of a panel.
        let panels = Panels {
            bytes: part(weights, first / PANEL as u64 * self.weight_stride, u64::MAX),
            stride: self.weight_stride as usize,
            groups: self.inner.div_ceil(GROUP as u64) as usize,
        };
        let table = Table {
            bytes: part(table, first * self.table_stride, u64::MAX),
            stride: self.table_stride as usize,
        };
        for row in tile.rows {
            let x = part(x, row * self.x_stride, self.inner);
            let y = part_mut(out, row * self.out_stride + first, tile.columns.end - first);
            dense_row(x, panels, first as usize % PANEL, table, self.output, signed_mut(y));
        }
    }
}

/// Operands and sizes of an s8 dense layer.
#[derive(Clone, Copy, Debug)]
pub struct DenseSpec {
    /// Rows M, outputs N, terms K.
    pub dims: [u32; 3],
    /// Rows and columns per tile; columns are a multiple of 4.
    pub tile: [u32; 2],
    /// Zero point and clamp.
    pub output: Output,
    /// Activations `[M][K]`; stride 0 is the row's.
    pub x: Operand,
    /// Weights `[⌈N/16⌉][⌈K/4⌉][16][4]`; stride 0 is the panel's.
    pub weights: Operand,
    /// Requantisation parameters `[N]`.
    pub table: Operand,
    /// Output `[M][N]`; stride 0 is the row's.
    pub out: Operand,
}

impl Record {
    /// A dense layer.
    pub fn dense(spec: DenseSpec) -> Self {
        let Output { zero_point, low, high } = spec.output;
        let word = |value: i8| i32::from(value) as u32;
        let imm = [word(zero_point), word(low), word(high), 0];
        let mut record = Self { imm, ..Self::of(opcode::MATMUL, opcode::DENSE_S8, FORM.types) };
        record.put(&spec.dims, &spec.tile);
        record.operand[SLOT_A] = spec.x;
        record.operand[SLOT_B] = spec.weights;
        record.operand[SLOT_TABLE] = spec.table;
        record.operand[SLOT_OUT] = spec.out;
        record
    }
}
