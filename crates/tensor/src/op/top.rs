//! The greatest or least elements of rows.

use opml_kernels::{MAX_TOP, top};

use super::{Context, Plane, Tiled};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    cost::ROW,
    element::{self, I32, I64, NONE, U32},
    form::{Form, SLOT_A, SLOT_OUT, opcode},
    memory::borrow,
};

/// Indices of the best elements of every row, best first.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Top {
    /// Whether the greatest are the best, else the least.
    pub largest: bool,
    /// Rows `dim0·dim1`; one column.
    pub grid: Grid,
    /// Size of the middle dimension.
    pub middle: u64,
    /// Elements of a row.
    pub length: u64,
    /// Indices of a row.
    pub count: u64,
    /// Input.
    pub source: Plane,
    /// Output: `count` columns.
    pub target: Plane,
}

/// Variants: the greatest, the least.
const LARGEST: u8 = 0;
const SMALLEST: u8 = 1;

/// The form of a selection: elements of at most 32 bits, indices of at least that.
pub(crate) const fn form(record: &Record) -> Result<Form, Refusal> {
    let Record { op, sub, types, .. } = *record;
    if sub != LARGEST && sub != SMALLEST {
        return Err(Refusal::Operator { op, sub });
    }
    let [from, _, to, _] = types;
    let fits = match element::scalar(from) {
        Some(element) => element.size() <= 4 && matches!(to, U32 | I32 | I64),
        None => false,
    };
    if !fits {
        return Err(Refusal::Types(types));
    }
    Ok(Form {
        types: [from, NONE, to, NONE],
        flags: 0,
        dims: 4,
        tiles: 1,
        imms: 0,
        strides: [3, 0, 0, 0, 3, 0],
    })
}

impl Top {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let [outer, middle, length, count] = context.dims()?;
        let [tile_rows] = context.tiles()?;
        if count > length || count > MAX_TOP as u64 {
            return Err(Refusal::Dimension { index: 3, value: count });
        }
        let source = Plane::source(context, SLOT_A, [outer, middle, length], context.element_a()?)?;
        let target =
            Plane::target(context, SLOT_OUT, [outer, middle, count], context.element_out()?)?;
        source.disjoint(SLOT_A, &target)?;
        let grid = Grid { rows: outer * middle, columns: 1, tile_rows, tile_columns: 1 };
        let largest = context.record.sub == LARGEST;
        Ok(Self { largest, grid, middle, length, count, source, target })
    }
}

impl Tiled for Top {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.target.span
    }

    fn work(&self) -> u64 {
        let (rows, _) = self.grid.largest();
        // An element sinks through the levels of a heap.
        let levels = u64::from(self.count.next_power_of_two().trailing_zeros());
        let sink = 30 * levels + 40;
        let row = self
            .length
            .saturating_mul(sink + 20 + self.source.access())
            .saturating_add(self.count.saturating_mul(2 * sink + 60))
            .saturating_add(40 * ROW);
        rows.saturating_mul(row)
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let Some(([source], target)) = borrow(data, [self.source.span], self.target.span) else {
            return;
        };
        for row in tile.rows {
            let x = self.source.row(source, self.middle, row, 0);
            let y = self.target.row_mut(target, self.middle, row, 0);
            top(x, self.length as usize, self.largest, y, self.count as usize);
        }
    }
}

impl Record {
    /// Indices, of type `to`, of the `dims[3]` best of each row of `dims[2]` elements of type `from`.
    pub fn top(
        largest: bool,
        [from, to]: [u8; 2],
        dims: [u32; 4],
        tile_rows: u32,
        x: Operand,
        out: Operand,
    ) -> Self {
        let sub = if largest { LARGEST } else { SMALLEST };
        let record = Self::of(opcode::TOPK, sub, [from, NONE, to, NONE]);
        record.one_to_one(&dims, &[tile_rows], x, out)
    }
}
