//! Parts of operations.

use opml_tensor::{
    Gather, Grid, Map, Merge, Norm, Operation, Plane, Quant, Reduce, Rope, Sample, Softmax, Span,
    Top,
};
use std::ops::Range;

/// An operation of which rows, or columns of a row, can be computed by themselves.
pub(super) trait Cut: Sync {
    fn grid(&self) -> &Grid;

    /// Elements that are read for one row and column of the grid.
    fn elements(&self) -> usize {
        1
    }

    /// The number of rows that are not to be parted, such that their outputs in `columns` columns lie one behind the other; `None`
    /// if these lie between each other.
    fn unit(&self, columns: u64) -> Option<u64>;

    /// These rows and columns alone. Rows are of whole units, or one.
    fn part(&self, rows: Range<u64>, columns: Range<u64>) -> Operation;
}

/// A grid of one tile.
const fn grid(rows: &Range<u64>, columns: &Range<u64>) -> Grid {
    let (rows, columns) = (rows.end - rows.start, columns.end - columns.start);
    Grid { rows, columns, tile_rows: rows, tile_columns: columns }
}

/// Bytes from the first of the elements to the last, over dimensions with strides.
fn hull<const D: usize>(dims: [u64; D], strides: [u64; D], element: u64) -> u64 {
    dims.iter().zip(strides).fold(element, |hull, (dim, stride)| hull + (dim - 1) * stride)
}

/// Rows of `[outer, middle]`, and how they are counted.
#[derive(Clone, Copy, Debug)]
struct Rows {
    first: u64,
    count: u64,
    middle: u64,
}

impl Rows {
    const fn new(rows: &Range<u64>, middle: u64) -> Self {
        Self { first: rows.start, count: rows.end - rows.start, middle }
    }

    /// Whether they have the same outer index.
    const fn is_within(&self) -> bool {
        self.first % self.middle + self.count <= self.middle
    }

    /// The size of the middle dimension of these rows alone.
    const fn new_middle(&self) -> u64 {
        if self.is_within() { self.count } else { self.middle }
    }

    /// These rows of a plane, of them `length` columns from `column` on.
    fn of(&self, plane: &Plane, column: u64, length: u64) -> Plane {
        let [outer, inner, step] = plane.strides;
        let offset =
            self.first / self.middle * outer + self.first % self.middle * inner + column * step;
        let middle = self.new_middle();
        let dims = [self.count / middle, middle, length];
        let length = hull(dims, plane.strides, plane.element.size() as u64);
        Plane { span: Span { start: plane.span.start + offset, length }, ..*plane }
    }
}

/// The unit of rows `[outer, middle]` whose outputs are `columns` columns of a plane.
fn unit(grid: &Grid, middle: u64, target: &Plane, columns: u64) -> Option<u64> {
    let [outer, inner, step] = target.strides;
    let element = target.element.size() as u64;
    let (unit, stride, size) = if grid.rows == middle {
        (1, inner, hull([columns], [step], element))
    } else {
        (middle, outer, hull([middle, columns], [inner, step], element))
    };
    (stride >= size).then_some(unit)
}

/// An operand `offset` bytes on; the end stays.
const fn moved(span: Span, offset: u64) -> Span {
    Span { start: span.start + offset, length: span.length.saturating_sub(offset) }
}

impl Cut for Map {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn unit(&self, columns: u64) -> Option<u64> {
        unit(&self.grid, self.middle, &self.target, columns)
    }

    fn part(&self, rows: Range<u64>, columns: Range<u64>) -> Operation {
        let all = Rows::new(&rows, self.middle);
        let cut = |plane: &Plane| all.of(plane, columns.start, columns.end - columns.start);
        let mut part = self.clone();
        part.middle = all.new_middle();
        part.sources = self.sources.map(|source| source.map(|source| cut(&source)));
        part.target = cut(&self.target);
        part.grid = grid(&rows, &columns);
        Operation::Map(turned(part))
    }
}

/// Fewer columns than this are no loop worth setting up.
const SHORT: u64 = 32;

/// The same elements, rows of few columns taken along their longest dimension instead: elements are by themselves, so their order
/// changes none of them. An image of three channels, laid out pixel by pixel, becomes three long rows.
fn turned(mut part: Map) -> Map {
    let columns = part.grid.columns;
    let mut dims = [part.grid.rows / part.middle, part.middle, columns];
    let longest = if dims[0] > dims[1] { 0 } else { 1 };
    if columns >= SHORT || dims[longest] <= columns {
        return part;
    }
    dims.swap(longest, 2);
    for plane in part.sources.iter_mut().flatten().chain([&mut part.target]) {
        plane.strides.swap(longest, 2);
    }
    let [outer, middle, columns] = dims;
    part.middle = middle;
    part.grid = grid(&(0..outer * middle), &(0..columns));
    part
}

impl Cut for Gather {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn unit(&self, columns: u64) -> Option<u64> {
        unit(&self.grid, self.middle, &self.target, columns)
    }

    fn part(&self, rows: Range<u64>, columns: Range<u64>) -> Operation {
        let all = Rows::new(&rows, self.middle);
        let cut = |plane: &Plane| all.of(plane, columns.start, columns.end - columns.start);
        let [outer, _, step] = self.table_strides;
        let mut part = self.clone();
        part.middle = all.new_middle();
        part.table = moved(self.table, rows.start / self.middle * outer + columns.start * step);
        part.ids = cut(&self.ids);
        part.target = cut(&self.target);
        part.grid = grid(&rows, &columns);
        Operation::Gather(part)
    }
}

/// Implements [`Cut`] for operators of whole rows.
macro_rules! of_rows {
    ($name:ident, $target:expr, |$whole:ident, $part:ident, $cut:ident| $change:expr) => {
        impl Cut for $name {
            fn grid(&self) -> &Grid {
                &self.grid
            }

            fn elements(&self) -> usize {
                self.length as usize
            }

            fn unit(&self, _: u64) -> Option<u64> {
                let columns: fn(&Self) -> u64 = $target;
                unit(&self.grid, self.middle, &self.target, columns(self))
            }

            fn part(&self, rows: Range<u64>, columns: Range<u64>) -> Operation {
                let all = Rows::new(&rows, self.middle);
                let $cut = |plane: &Plane, length: u64| all.of(plane, 0, length);
                let $whole = self;
                let mut $part = self.clone();
                $part.middle = all.new_middle();
                $part.grid = grid(&rows, &columns);
                $change;
                Operation::$name($part)
            }
        }
    };
}

of_rows!(Reduce, |_| 1, |whole, part, cut| {
    part.source = cut(&whole.source, whole.length);
    part.target = cut(&whole.target, 1);
});

of_rows!(Softmax, |softmax| softmax.length, |whole, part, cut| {
    part.source = cut(&whole.source, whole.length);
    part.target = cut(&whole.target, whole.length);
});

of_rows!(Norm, |norm| norm.length, |whole, part, cut| {
    part.sources = whole.sources.map(|source| source.map(|source| cut(&source, whole.length)));
    part.target = cut(&whole.target, whole.length);
});

of_rows!(Top, |top| top.count, |whole, part, cut| {
    part.source = cut(&whole.source, whole.length);
    part.target = cut(&whole.target, whole.count);
});

impl Cut for Quant {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn elements(&self) -> usize {
        32 * self.blocks as usize
    }

    fn unit(&self, _: u64) -> Option<u64> {
        (self.target_stride >= opml_kernels::Q8_BLOCK as u64 * self.blocks).then_some(1)
    }

    fn part(&self, rows: Range<u64>, columns: Range<u64>) -> Operation {
        let mut part = self.clone();
        part.grid = grid(&rows, &columns);
        part.source = moved(self.source, rows.start * self.source_stride);
        let row = opml_kernels::Q8_BLOCK as u64 * self.blocks;
        part.target = Span {
            start: self.target.start + rows.start * self.target_stride,
            length: hull([part.grid.rows], [self.target_stride], row),
        };
        Operation::Quant(part)
    }
}

impl Cut for Sample {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn elements(&self) -> usize {
        self.inner as usize
    }

    fn unit(&self, _: u64) -> Option<u64> {
        (self.out_stride >= 4).then_some(1)
    }

    fn part(&self, rows: Range<u64>, columns: Range<u64>) -> Operation {
        let mut part = self.clone();
        part.grid = grid(&rows, &columns);
        part.position = self.position + rows.start;
        part.x = moved(self.x, rows.start * self.x_stride);
        part.parameters = moved(self.parameters, rows.start * self.parameter_stride);
        part.out = Span {
            start: self.out.start + rows.start * self.out_stride,
            length: hull([part.grid.rows], [self.out_stride], 4),
        };
        Operation::Sample(part)
    }
}

/// Heads of some rows, of `inner` words each.
struct Heads {
    rows: Range<u64>,
    heads: Range<u64>,
    inner: u64,
}

impl Heads {
    /// These heads, whose operand lies in `span`.
    fn of(&self, span: Span, strides @ [row, head]: [u64; 2]) -> Span {
        let dims = [self.rows.end - self.rows.start, self.heads.end - self.heads.start];
        Span {
            start: span.start + self.rows.start * row + self.heads.start * head,
            length: hull(dims, strides, 4 * self.inner),
        }
    }
}

/// The unit of rows of heads: one, if rows lie one behind the other.
fn unit_of_heads([row, head]: [u64; 2], heads: u64, inner: u64) -> Option<u64> {
    (row >= hull([heads], [head], 4 * inner)).then_some(1)
}

impl Cut for Rope {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn elements(&self) -> usize {
        self.inner as usize
    }

    fn unit(&self, columns: u64) -> Option<u64> {
        unit_of_heads(self.out_stride, columns, self.inner)
    }

    fn part(&self, rows: Range<u64>, columns: Range<u64>) -> Operation {
        let mut part = self.clone();
        part.grid = grid(&rows, &columns);
        part.table = moved(self.table, rows.start * self.table_stride);
        let heads = Heads { rows, heads: columns, inner: self.inner };
        part.x = heads.of(self.x, self.x_stride);
        part.out = heads.of(self.out, self.out_stride);
        Operation::Rope(part)
    }
}

impl Cut for Merge {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn elements(&self) -> usize {
        self.chunks.saturating_mul(self.inner) as usize
    }

    fn unit(&self, columns: u64) -> Option<u64> {
        unit_of_heads(self.out_stride, columns, self.inner)
    }

    fn part(&self, rows: Range<u64>, columns: Range<u64>) -> Operation {
        let mut part = self.clone();
        part.grid = grid(&rows, &columns);
        let [row, head, _] = self.x_stride;
        part.x = moved(self.x, rows.start * row + columns.start * head);
        let heads = Heads { rows, heads: columns, inner: self.inner };
        part.out = heads.of(self.out, self.out_stride);
        Operation::Merge(part)
    }
}
