//! Rows of a table by ids, and single elements of its rows.

use opml_kernels::{Element, PANEL, Rows, gather};

use super::{Context, Plane, Tiled, context::disjoint};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::part,
    cost::ROW,
    element::{self, F32, F32_PANELS, I32, I64, NONE, U32},
    form::{Form, SLOT_A, SLOT_B, SLOT_OUT, opcode},
    memory::borrow,
    operand::Lattice,
};

/// `out[o][i][c] = table[o][ids[o][i][c]][c]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gather {
    /// Rows `dim0·dim1`, columns `dim2`.
    pub grid: Grid,
    /// Size of the middle dimension: ids.
    pub middle: u64,
    /// Rows of the table.
    pub size: u64,
    /// Rows of a panel; 1 where rows are not interleaved.
    pub panel: u64,
    /// Table over dimensions `[outer, size, columns]`; of panels over `[outer, panels, columns]`.
    pub table: Span,
    /// Byte strides of the table.
    pub table_strides: [u64; 3],
    /// Ids.
    pub ids: Plane,
    /// Output.
    pub target: Plane,
}

/// The form of a gather: elements of any type, or rows of f32 panels.
pub(crate) const fn form(record: &Record) -> Result<Form, Refusal> {
    let types = record.types;
    let [table, id, ..] = types;
    let (out, strides) = match table {
        F32_PANELS => (F32, 2),
        _ => (table, 3),
    };
    if element::scalar(out).is_none() || !matches!(id, I32 | U32 | I64) {
        return Err(Refusal::Types(types));
    }
    Ok(Form {
        types: [table, id, out, NONE],
        flags: 0,
        dims: 4,
        tiles: 2,
        imms: 0,
        strides: [strides, 3, 0, 0, 3, 0],
    })
}

impl Gather {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let [outer, middle, columns, size] = context.dims()?;
        let [tile_rows, tile_columns] = context.tiles()?;
        let [code, id, ..] = context.record.types;
        let target =
            Plane::target(context, SLOT_OUT, [outer, middle, columns], context.element_out()?)?;
        let element = target.element.size() as u64;
        let [s0, s1, s2] = context.strides(SLOT_A);
        let panel = if code == F32_PANELS { PANEL as u64 } else { 1 };
        let table_strides = if panel == 1 { [s0, s1, s2] } else { [s0, s1, panel * element] };
        let lattice = Lattice {
            dims: [outer, size.div_ceil(panel), columns],
            strides: table_strides,
            element: panel * element,
        };
        let table = context.source(SLOT_A, lattice)?;
        let id = element::scalar(id).unwrap_or(Element::S32);
        let ids = Plane::source(context, SLOT_B, [outer, middle, columns], id)?;
        disjoint(SLOT_A, &table, &target.span)?;
        ids.disjoint(SLOT_B, &target)?;
        let grid = Grid { rows: outer * middle, columns, tile_rows, tile_columns };
        Ok(Self { grid, middle, size, panel, table, table_strides, ids, target })
    }
}

impl Tiled for Gather {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.target.span
    }

    fn work(&self) -> u64 {
        let (rows, columns) = self.grid.largest();
        let [.., step] = self.ids.strides;
        let element = if step == 0 { 32 } else { 300 };
        rows.saturating_mul(columns.saturating_mul(element).saturating_add(3 * ROW))
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let Some(([table, ids], target)) =
            borrow(data, [self.table, self.ids.span], self.target.span)
        else {
            return;
        };
        let [outer, stride, step] = self.table_strides;
        let (first, end) = (tile.columns.start, tile.columns.end);
        for row in tile.rows {
            let bytes = part(table, row / self.middle * outer + first * step, u64::MAX);
            let element = self.target.element;
            let first_row = opml_kernels::Strided { bytes, stride: step as usize, element };
            let table = Rows { first: first_row, count: self.size, panel: self.panel, stride };
            let ids = self.ids.row(ids, self.middle, row, first);
            let y = self.target.row_mut(target, self.middle, row, first);
            gather(ids, table, y, (end - first) as usize);
        }
    }
}

/// Operands and sizes of a gather.
#[derive(Clone, Copy, Debug)]
pub struct GatherSpec {
    /// Types of table and ids, constants of [`element`].
    pub types: [u8; 2],
    /// Outer dimension, ids, elements of a row, rows of the table.
    pub dims: [u32; 4],
    /// Rows and columns per tile.
    pub tile: [u32; 2],
    /// Table `[outer][rows][columns]`, or of panels `[outer][panels]`.
    pub table: Operand,
    /// Ids `[outer][ids][columns]`: a column stride of 0 takes whole rows.
    pub ids: Operand,
    /// Output `[outer][ids][columns]`.
    pub out: Operand,
}

impl Record {
    /// Rows, or elements, of a table by their ids.
    pub fn gather(spec: GatherSpec) -> Self {
        let [table, id] = spec.types;
        let out = if table == F32_PANELS { F32 } else { table };
        let record = Self::of(opcode::GATHER, 0, [table, id, out, NONE]);
        let mut record = record.one_to_one(&spec.dims, &spec.tile, spec.table, spec.out);
        record.operand[SLOT_B] = spec.ids;
        record
    }
}
