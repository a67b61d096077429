//! Softmax of rows, at any stride.

use opml_kernels::softmax;

use super::{Context, Plane, Tiled};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    cost::ROW,
    element::{F32, NONE},
    form::{Form, SLOT_A, SLOT_OUT, opcode},
    memory::borrow,
};

/// Softmax of every row, or its logarithm.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Softmax {
    /// Whether the logarithm is taken.
    pub logarithm: bool,
    /// Rows `dim0·dim1`; one column.
    pub grid: Grid,
    /// Size of the middle dimension.
    pub middle: u64,
    /// Elements of a row.
    pub length: u64,
    /// Input.
    pub source: Plane,
    /// Output.
    pub target: Plane,
}

/// Variant that takes the logarithm.
pub(crate) const LOGARITHM: u8 = 1;

pub(crate) const FORM: Form = Form {
    types: [F32, NONE, F32, NONE],
    flags: 0,
    dims: 3,
    tiles: 1,
    imms: 0,
    strides: [3, 0, 0, 0, 3, 0],
};

impl Softmax {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let dims @ [outer, middle, length] = context.dims()?;
        let [tile_rows] = context.tiles()?;
        let source = Plane::source(context, SLOT_A, dims, context.element_a()?)?;
        let target = Plane::target(context, SLOT_OUT, dims, context.element_out()?)?;
        source.disjoint(SLOT_A, &target)?;
        let grid = Grid { rows: outer * middle, columns: 1, tile_rows, tile_columns: 1 };
        let logarithm = context.record.sub == LOGARITHM;
        Ok(Self { logarithm, grid, middle, length, source, target })
    }
}

impl Tiled for Softmax {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.target.span
    }

    fn work(&self) -> u64 {
        let (rows, _) = self.grid.largest();
        rows.saturating_mul(self.length.saturating_mul(800).saturating_add(15 * ROW))
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let Some(([source], target)) = borrow(data, [self.source.span], self.target.span) else {
            return;
        };
        for row in tile.rows {
            let x = self.source.row(source, self.middle, row, 0);
            let y = self.target.row_mut(target, self.middle, row, 0);
            softmax(self.logarithm, x, y, self.length as usize);
        }
    }
}

impl Record {
    /// Softmax of each of `dims[0]` rows of `dims[1]` f32 elements; stride 0 of an operand is that of its rows.
    pub fn softmax([rows, length]: [u32; 2], tile_rows: u32, x: Operand, out: Operand) -> Self {
        Self::softmax_along([1, rows, length], tile_rows, x.of_rows(4), out.of_rows(4))
    }

    /// Softmax of each row of `dims[2]` f32 elements, at any stride.
    pub fn softmax_along(dims: [u32; 3], tile_rows: u32, x: Operand, out: Operand) -> Self {
        Self::of(opcode::SOFTMAX, 0, FORM.types).one_to_one(&dims, &[tile_rows], x, out)
    }

    /// The logarithm of the softmax of each row of `dims[2]` f32 elements, at any stride.
    pub fn log_softmax_along(dims: [u32; 3], tile_rows: u32, x: Operand, out: Operand) -> Self {
        Self { sub: LOGARITHM, ..Self::softmax_along(dims, tile_rows, x, out) }
    }
}
