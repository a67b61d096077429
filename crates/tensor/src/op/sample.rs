//! Choice of tokens from rows of logits.

use opml_kernels::{CANDIDATES, SAMPLING, Sampling, sample};

use super::{
    Context, Tiled,
    context::{disjoint, matrix},
};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::{chunks, chunks_mut, part, part_mut},
    cost::ROW,
    element::{F32, NONE, U8, U32},
    form::{Form, SLOT_A, SLOT_B, SLOT_OUT, opcode},
    memory::borrow,
    operand::Lattice,
};

/// `out[m]` = the token that `parameters[m]` choose from `x[m]` at position `position + m`, u32.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sample {
    /// Rows M, one column.
    pub grid: Grid,
    /// Logits per row.
    pub inner: u64,
    /// Position of row 0.
    pub position: u64,
    /// Logits.
    pub x: Span,
    /// Bytes from one row to the next.
    pub x_stride: u64,
    /// Parameters, 24 bytes.
    pub parameters: Span,
    /// Bytes from one row's to the next's.
    pub parameter_stride: u64,
    /// Output.
    pub out: Span,
    /// Bytes from one token to the next.
    pub out_stride: u64,
}

pub(crate) const FORM: Form = Form {
    types: [F32, U8, U32, NONE],
    flags: 0,
    dims: 3,
    tiles: 1,
    imms: 0,
    strides: [1, 1, 0, 0, 1, 0],
};

impl Sample {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let [rows, inner, position] = context.dims()?;
        let [tile_rows] = context.tiles()?;
        let [x_stride, parameter_stride, out_stride] =
            [SLOT_A, SLOT_B, SLOT_OUT].map(|slot| context.stride(slot));
        let parameters =
            Lattice { dims: [rows], strides: [parameter_stride], element: SAMPLING as u64 };
        let sample = Self {
            grid: Grid { rows, columns: 1, tile_rows, tile_columns: 1 },
            inner,
            position,
            x: context.source(SLOT_A, matrix(rows, inner, x_stride, 4))?,
            x_stride,
            parameters: context.source(SLOT_B, parameters)?,
            parameter_stride,
            out: context.target(SLOT_OUT, matrix(rows, 1, out_stride, 4))?,
            out_stride,
        };
        disjoint(SLOT_A, &sample.x, &sample.out)?;
        disjoint(SLOT_B, &sample.parameters, &sample.out)?;
        Ok(sample)
    }
}

impl Tiled for Sample {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.out
    }

    fn work(&self) -> u64 {
        let (rows, _) = self.grid.largest();
        let candidates = self.inner.min(CANDIDATES as u64);
        let row = self.inner.saturating_mul(400).saturating_add(3000 * candidates);
        // The candidates' place on the stack is cleared in every row.
        rows.saturating_mul(row.saturating_add(12 * CANDIDATES as u64).saturating_add(ROW))
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let Some(([x, parameters], out)) = borrow(data, [self.x, self.parameters], self.out) else {
            return;
        };
        for row in tile.rows {
            let logits = part(x, row * self.x_stride, 4 * self.inner);
            let parameters = part(parameters, row * self.parameter_stride, SAMPLING as u64);
            let y = part_mut(out, row * self.out_stride, 4);
            if let ([parameters], [y]) = (chunks(parameters), chunks_mut(y)) {
                let sampling = Sampling::from_bytes(parameters);
                sample(chunks(logits), sampling, self.position.wrapping_add(row), y);
            }
        }
    }
}

/// Operands and sizes of a choice.
#[derive(Clone, Copy, Debug)]
pub struct SampleSpec {
    /// Rows M, logits per row, position of row 0, at least 1.
    pub dims: [u32; 3],
    /// Rows per tile.
    pub tile: u32,
    /// Logits `[M][V]`; stride 0 is the row's.
    pub logits: Operand,
    /// Encoded [`Sampling`] `[M]`; stride 0 is the row's, 0 for the same in all rows.
    pub parameters: Operand,
    /// Output `[M]`; stride 0 is the token's.
    pub out: Operand,
}

impl Record {
    /// A token for each row of logits.
    pub fn sample(spec: SampleSpec) -> Self {
        let mut record = Self::of(opcode::SAMPLE, 0, FORM.types);
        record.put(&spec.dims, &[spec.tile]);
        record.operand[SLOT_A] = spec.logits;
        record.operand[SLOT_B] = spec.parameters;
        record.operand[SLOT_OUT] = spec.out;
        record
    }
}
