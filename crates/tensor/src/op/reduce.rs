//! Reductions of rows, at any stride, to one element each.

use opml_kernels::{Reduction, reduce};

use super::{Context, Plane, Tiled};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    cost::ROW,
    element::{self, I32, I64, NONE, S8, U32},
    form::{Form, SLOT_A, SLOT_OUT, opcode},
    memory::borrow,
};

/// A reduction of every row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Reduce {
    /// What a row becomes.
    pub reduction: Reduction,
    /// Rows `dim0·dim1`; one column.
    pub grid: Grid,
    /// Size of the middle dimension.
    pub middle: u64,
    /// Elements of a row.
    pub length: u64,
    /// Input rows.
    pub source: Plane,
    /// Output: one column.
    pub target: Plane,
}

/// Flag of argmax and argmin: of equal elements the last.
pub(crate) const LAST: u16 = 1;

/// The reduction that a record names.
const fn reduction(record: &Record) -> Option<Reduction> {
    let last = record.flags & LAST != 0;
    Some(match record.sub {
        0 => Reduction::ArgMax { last },
        1 => Reduction::ArgMin { last },
        2 => Reduction::Sum,
        3 => Reduction::Mean,
        4 => Reduction::Max,
        5 => Reduction::Min,
        6 => Reduction::Product,
        7 => Reduction::SumSquares,
        8 => Reduction::SumMagnitudes,
        _ => return None,
    })
}

const fn code(reduction: Reduction) -> (u8, u16) {
    match reduction {
        Reduction::ArgMax { last } => (0, if last { LAST } else { 0 }),
        Reduction::ArgMin { last } => (1, if last { LAST } else { 0 }),
        Reduction::Sum => (2, 0),
        Reduction::Mean => (3, 0),
        Reduction::Max => (4, 0),
        Reduction::Min => (5, 0),
        Reduction::Product => (6, 0),
        Reduction::SumSquares => (7, 0),
        Reduction::SumMagnitudes => (8, 0),
    }
}

/// The form of a reduction.
pub(crate) const fn form(record: &Record) -> Result<Form, Refusal> {
    let Record { op, sub, types, .. } = *record;
    let Some(reduction) = reduction(record) else { return Err(Refusal::Operator { op, sub }) };
    let [from, _, to, _] = types;
    let Some(element) = element::scalar(from) else { return Err(Refusal::Types(types)) };
    let (fits, flags) = match reduction {
        Reduction::ArgMax { .. } | Reduction::ArgMin { .. } => {
            (matches!(to, U32 | I32 | I64), LAST)
        }
        Reduction::Mean => (to == from && element.is_float(), 0),
        _ => (to == from, 0),
    };
    if !fits {
        return Err(Refusal::Types(types));
    }
    Ok(Form {
        types: [from, NONE, to, NONE],
        flags,
        dims: 3,
        tiles: 1,
        imms: 0,
        strides: [3, 0, 0, 0, 2, 0],
    })
}

impl Reduce {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let Record { op, sub, .. } = *context.record;
        let dims @ [outer, middle, length] = context.dims()?;
        let [tile_rows] = context.tiles()?;
        let source = Plane::source(context, SLOT_A, dims, context.element_a()?)?;
        let target = Plane::target(context, SLOT_OUT, [outer, middle, 1], context.element_out()?)?;
        source.disjoint(SLOT_A, &target)?;
        Ok(Self {
            reduction: reduction(context.record).ok_or(Refusal::Operator { op, sub })?,
            grid: Grid { rows: outer * middle, columns: 1, tile_rows, tile_columns: 1 },
            middle,
            length,
            source,
            target,
        })
    }
}

impl Tiled for Reduce {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.target.span
    }

    fn work(&self) -> u64 {
        let (rows, _) = self.grid.largest();
        let element = match self.reduction {
            _ if !self.source.element.is_float() => 26,
            Reduction::SumSquares => 300,
            _ => 200,
        };
        let element = element + self.source.access();
        rows.saturating_mul(self.length.saturating_mul(element).saturating_add(10 * ROW))
    }

    // Apart from the other operators: the last store of a tile, the ends of the functions around it and their stack then lie closer
    // together, and a dispute about them needs a smaller proof.
    #[inline(never)]
    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let Some(([source], target)) = borrow(data, [self.source.span], self.target.span) else {
            return;
        };
        for row in tile.rows {
            let x = self.source.row(source, self.middle, row, 0);
            let y = self.target.row_mut(target, self.middle, row, 0);
            reduce(self.reduction, x, y, self.length as usize);
        }
    }
}

impl Record {
    /// A reduction of rows of `dims[2]` elements of type `from` to one of type `to`; the output has two strides.
    pub fn reduce(
        reduction: Reduction,
        [from, to]: [u8; 2],
        dims: [u32; 3],
        tile_rows: u32,
        x: Operand,
        out: Operand,
    ) -> Self {
        let (sub, flags) = code(reduction);
        let record = Self::of(opcode::REDUCE, sub, [from, NONE, to, NONE]);
        Self { flags, ..record.one_to_one(&dims, &[tile_rows], x, out) }
    }

    /// Index of the first maximum of each of `dims[0]` rows of `dims[1]` s8 elements; stride 0 of an operand is that of its rows.
    pub fn argmax([rows, length]: [u32; 2], tile_rows: u32, x: Operand, out: Operand) -> Self {
        let first = Reduction::ArgMax { last: false };
        let (x, out) = (x.of_rows(1), out.of_rows(0));
        Self::reduce(first, [S8, U32], [1, rows, length], tile_rows, x, out)
    }
}
