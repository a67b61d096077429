//! Rotary position embedding: the heads of some rows are rotated by the angles of their positions.

use opml_kernels::{Pairing, rotate};

use super::{Context, Tiled, context::disjoint};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::{chunks, chunks_mut, part, part_mut},
    cost::ROW,
    element::{F32, NONE},
    form::{Form, SLOT_A, SLOT_B, SLOT_OUT, opcode},
    memory::borrow,
    operand::Lattice,
};

/// `out[m][h] = x[m][h]` rotated by `table[m]`, f32.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rope {
    /// Which elements are rotated together.
    pub pairing: Pairing,
    /// Rows M, heads H.
    pub grid: Grid,
    /// Elements per head, even.
    pub inner: u64,
    /// Input.
    pub x: Span,
    /// Bytes from row to row and from head to head.
    pub x_stride: [u64; 2],
    /// A (cos, sin) pair for each pair of elements, row by row.
    pub table: Span,
    /// Bytes from one row of the table to the next.
    pub table_stride: u64,
    /// Output; equal to the input, stride by stride, or disjoint from it.
    pub out: Span,
    /// Bytes from row to row and from head to head.
    pub out_stride: [u64; 2],
}

pub(crate) const FORM: Form = Form {
    types: [F32, F32, F32, NONE],
    flags: 0,
    dims: 3,
    tiles: 2,
    imms: 0,
    strides: [2, 1, 0, 0, 2, 0],
};

impl Rope {
    pub(crate) fn admit(context: &Context<'_>, pairing: Pairing) -> Result<Self, Refusal> {
        let [rows, heads, inner] = context.dims()?;
        let [tile_rows, tile_columns] = context.tiles()?;
        if !inner.is_multiple_of(2) {
            return Err(Refusal::Dimension { index: 2, value: inner });
        }
        let [x0, x1, _] = context.strides(SLOT_A);
        let [out0, out1, _] = context.strides(SLOT_OUT);
        let table_stride = context.stride(SLOT_B);
        let plane =
            |row, head| Lattice { dims: [rows, heads, inner], strides: [row, head, 4], element: 4 };
        let table = Lattice { dims: [rows, inner], strides: [table_stride, 4], element: 4 };
        let rope = Self {
            pairing,
            grid: Grid { rows, columns: heads, tile_rows, tile_columns },
            inner,
            x: context.source(SLOT_A, plane(x0, x1))?,
            x_stride: [x0, x1],
            table: context.source(SLOT_B, table)?,
            table_stride,
            out: context.target(SLOT_OUT, plane(out0, out1))?,
            out_stride: [out0, out1],
        };
        if rope.x != rope.out || rope.x_stride != rope.out_stride {
            disjoint(SLOT_A, &rope.x, &rope.out)?;
        }
        disjoint(SLOT_B, &rope.table, &rope.out)?;
        Ok(rope)
    }
}

impl Tiled for Rope {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.out
    }

    fn work(&self) -> u64 {
        let (rows, heads) = self.grid.largest();
        rows.saturating_mul(heads)
            .saturating_mul(self.inner.saturating_mul(420).saturating_add(2 * ROW))
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        // Admission lets only equal or disjoint operands through; equal ones are worked on in place.
        let borrowed = if self.x == self.out {
            borrow(data, [self.table], self.out).map(|([table], out)| (None, table, out))
        } else {
            borrow(data, [self.x, self.table], self.out)
                .map(|([x, table], out)| (Some(x), table, out))
        };
        let Some((x, table, out)) = borrowed else { return };
        let length = 4 * self.inner;
        for row in tile.rows {
            let angles = part(table, row * self.table_stride, length);
            for head in tile.columns.clone() {
                let at =
                    |[row_stride, head_stride]: [u64; 2]| row * row_stride + head * head_stride;
                let y = part_mut(out, at(self.out_stride), length);
                if let Some(x) = x {
                    for (y, x) in y.iter_mut().zip(part(x, at(self.x_stride), length)) {
                        *y = *x;
                    }
                }
                rotate(chunks_mut(y), chunks(chunks(angles)), self.pairing);
            }
        }
    }
}

/// Operands and sizes of a rotation.
#[derive(Clone, Copy, Debug)]
pub struct RopeSpec {
    /// Which elements are rotated together.
    pub pairing: Pairing,
    /// Rows M, heads H, elements per head, an even number.
    pub dims: [u32; 3],
    /// Rows and heads per tile.
    pub tile: [u32; 2],
    /// Input `[M][H][d]`; strides of row and head.
    pub x: Operand,
    /// (cos, sin) `[M][d/2][2]`; stride 0 is the row's.
    pub table: Operand,
    /// Output `[M][H][d]`; strides of row and head.
    pub out: Operand,
}

impl Record {
    /// A rotation of heads.
    pub fn rope(spec: RopeSpec) -> Self {
        let sub = match spec.pairing {
            Pairing::Adjacent => opcode::ROPE_ADJACENT,
            Pairing::Halves => opcode::ROPE_HALVES,
        };
        let mut record = Self::of(opcode::ROPE, sub, FORM.types);
        record.put(&spec.dims, &spec.tile);
        record.operand[SLOT_A] = spec.x;
        record.operand[SLOT_B] = spec.table;
        record.operand[SLOT_OUT] = spec.out;
        record
    }
}
