//! One byte in, one byte out: ReLU of s8, and copy.

use opml_kernels::{copy, relu, relu_in_place, relu_value};

use super::{Context, Tiled, context::disjoint};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::{part, part_mut},
    cost::ROW,
    element::{NONE, S8, U8},
    form::{Form, SLOT_A, SLOT_OUT, opcode},
    memory::{borrow, signed, signed_mut},
    operand::Lattice,
};

/// What a [`Map`] does to one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapKind {
    /// s8 rectification at a zero point.
    Relu(i8),
    /// The byte itself.
    Copy,
}

/// One byte in, one byte out, over up to three dimensions.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Map {
    /// What is done.
    pub kind: MapKind,
    /// Rows `dim0·dim1`, columns `dim2`.
    pub grid: Grid,
    /// Size of the middle dimension; row `r` has the indices `r / middle` and `r % middle`.
    pub middle: u64,
    /// Input.
    pub source: Span,
    /// Byte strides of the input.
    pub source_stride: [u64; 3],
    /// Output; equal to `source`, stride by stride, or disjoint from it.
    pub target: Span,
    /// Byte strides of the output.
    pub target_stride: [u64; 3],
}

const FORM: Form =
    Form { types: [NONE; 4], flags: 0, dims: 3, tiles: 2, imms: 0, strides: [3, 0, 0, 0, 3, 0] };
pub(crate) const RELU: Form = Form { types: [S8, NONE, S8, NONE], imms: 1, ..FORM };
pub(crate) const COPY: Form = Form { types: [U8, NONE, U8, NONE], ..FORM };

impl Map {
    pub(crate) fn relu(context: &Context<'_>) -> Result<Self, Refusal> {
        Self::admit(context, MapKind::Relu(context.signed_immediate(0)?))
    }

    pub(crate) fn copy(context: &Context<'_>) -> Result<Self, Refusal> {
        Self::admit(context, MapKind::Copy)
    }

    fn admit(context: &Context<'_>, kind: MapKind) -> Result<Self, Refusal> {
        let [outer, middle, columns] = context.dims()?;
        let [tile_rows, tile_columns] = context.tiles()?;
        let (source_stride, target_stride) = (context.strides(SLOT_A), context.strides(SLOT_OUT));
        let lattice = |strides| Lattice { dims: [outer, middle, columns], strides, element: 1 };
        let source = context.source(SLOT_A, lattice(source_stride))?;
        let target = context.target(SLOT_OUT, lattice(target_stride))?;
        // Elementwise operators may work in place: the same elements, one by one. A copy onto itself is a mistake.
        let in_place = source == target && source_stride == target_stride;
        if !in_place || kind == MapKind::Copy {
            disjoint(SLOT_A, &source, &target)?;
        }
        // Two dimensions below 2^31 each: the product fits.
        let rows = outer.saturating_mul(middle);
        let grid = Grid { rows, columns, tile_rows, tile_columns };
        Ok(Self { kind, grid, middle, source, source_stride, target, target_stride })
    }

    /// Whether the columns of a row lie side by side in input and output.
    const fn is_contiguous(&self) -> bool {
        let ([.., from], [.., to]) = (self.source_stride, self.target_stride);
        from == 1 && to == 1
    }
}

impl Tiled for Map {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.target
    }

    fn work(&self) -> u64 {
        let (rows, columns) = self.grid.largest();
        let element = if self.is_contiguous() { 12 } else { 32 };
        rows.saturating_mul(columns.saturating_mul(element).saturating_add(ROW))
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        // Admission lets only equal or disjoint operands through; equal ones are worked on in place.
        let borrowed = if self.source == self.target {
            borrow(data, [], self.target).map(|([], target)| (None, target))
        } else {
            borrow(data, [self.source], self.target)
                .map(|([source], target)| (Some(source), target))
        };
        let Some((source, target)) = borrowed else { return };
        let columns = tile.columns.end - tile.columns.start;
        let [.., from_step] = self.source_stride;
        let [.., to_step] = self.target_stride;
        for row in tile.rows {
            let from = offset(self.source_stride, self.middle, row, tile.columns.start);
            let to = offset(self.target_stride, self.middle, row, tile.columns.start);
            if self.is_contiguous() {
                let y = part_mut(target, to, columns);
                map_row(self.kind, source.map(|source| part(source, from, columns)), y);
                continue;
            }
            let walk = Walk { from, from_step, to, to_step, columns };
            match self.kind {
                MapKind::Relu(zero) => {
                    walk.apply(source, target, |x| relu_value(x as i8, zero) as u8);
                }
                MapKind::Copy => walk.apply(source, target, |x| x),
            }
        }
    }
}

fn map_row(kind: MapKind, source: Option<&[u8]>, target: &mut [u8]) {
    match (kind, source) {
        (MapKind::Relu(zero), Some(x)) => relu(signed(x), zero, signed_mut(target)),
        (MapKind::Relu(zero), None) => relu_in_place(signed_mut(target), zero),
        (MapKind::Copy, Some(x)) => copy(x, target),
        (MapKind::Copy, None) => {}
    }
}

/// Columns that are not side by side.
struct Walk {
    from: u64,
    from_step: u64,
    to: u64,
    to_step: u64,
    columns: u64,
}

impl Walk {
    /// Writes `f` of every source element, or of the target's own where there is no source.
    fn apply(self, source: Option<&[u8]>, target: &mut [u8], f: impl Fn(u8) -> u8) {
        let (mut from, mut to) = (self.from as usize, self.to as usize);
        for _ in 0..self.columns {
            let x =
                source.map_or_else(|| target.get(to).copied(), |source| source.get(from).copied());
            if let (Some(x), Some(y)) = (x, target.get_mut(to)) {
                *y = f(x);
            }
            from = from.wrapping_add(self.from_step as usize);
            to = to.wrapping_add(self.to_step as usize);
        }
    }
}

/// Offset of an element of a three-dimensional operand whose two outer dimensions are counted as one.
const fn offset(stride: [u64; 3], middle: u64, row: u64, column: u64) -> u64 {
    let [outer, inner, step] = stride;
    row / middle * outer + row % middle * inner + column * step
}

impl Record {
    /// Rectification at `zero_point` over three dimensions, outermost first; in place if `x` and `out` are the same.
    pub fn relu(dims: [u32; 3], tile: [u32; 2], zero_point: i8, x: Operand, out: Operand) -> Self {
        let imm = [i32::from(zero_point) as u32, 0, 0, 0];
        Self { imm, ..Self::of(opcode::EW, 0, RELU.types).one_to_one(&dims, &tile, x, out) }
    }

    /// Copy of bytes over three dimensions, outermost first.
    pub fn copy(dims: [u32; 3], tile: [u32; 2], x: Operand, out: Operand) -> Self {
        Self::of(opcode::COPY, 0, COPY.types).one_to_one(&dims, &tile, x, out)
    }
}
