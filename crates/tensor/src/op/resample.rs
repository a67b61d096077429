//! Resampling along one axis by tables of places and weights.

use opml_kernels::{Element, Rows, Strided, Taps, resample};

use super::{Context, Plane, Tiled, context::disjoint};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::part,
    cost::ROW,
    element::{F32, I32},
    form::{Form, SLOT_A, SLOT_B, SLOT_OUT, SLOT_TABLE, opcode},
    memory::borrow,
    operand::Lattice,
};

/// `out[o][j][c] = Σ_t weights[j][t]·x[o][places[j][t]][c]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resample {
    /// Rows `outer·places`, columns.
    pub grid: Grid,
    /// Places of the output's axis.
    pub middle: u64,
    /// Taps of a place.
    pub taps: u64,
    /// Places of the input's axis.
    pub size: u64,
    /// Input `[outer][size][columns]`.
    pub source: Plane,
    /// Places `[middle][taps]`, i32.
    pub places: Span,
    /// Weights `[middle][taps]`, f32.
    pub weights: Span,
    /// Byte strides of places and of weights.
    pub table_strides: [[u64; 2]; 2],
    /// Output `[outer][middle][columns]`.
    pub target: Plane,
}

pub(crate) const FORM: Form = Form {
    types: [F32, I32, F32, F32],
    flags: 0,
    dims: 5,
    tiles: 2,
    imms: 0,
    strides: [3, 2, 2, 0, 3, 0],
};

impl Resample {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let [outer, middle, columns, taps, size] = context.dims()?;
        let [tile_rows, tile_columns] = context.tiles()?;
        let element = Element::F32;
        let source = Plane::source(context, SLOT_A, [outer, size, columns], element)?;
        let target = Plane::target(context, SLOT_OUT, [outer, middle, columns], element)?;
        source.disjoint(SLOT_A, &target)?;
        let table_strides = [SLOT_B, SLOT_TABLE].map(|slot| {
            let [place, tap, _] = context.strides(slot);
            [place, tap]
        });
        let [of_places, of_weights] = table_strides;
        let table = |strides| Lattice { dims: [middle, taps], strides, element: 4 };
        let places = context.source(SLOT_B, table(of_places))?;
        let weights = context.source(SLOT_TABLE, table(of_weights))?;
        disjoint(SLOT_B, &places, &target.span)?;
        disjoint(SLOT_TABLE, &weights, &target.span)?;
        let grid = Grid { rows: outer * middle, columns, tile_rows, tile_columns };
        Ok(Self { grid, middle, taps, size, source, places, weights, table_strides, target })
    }
}

impl Tiled for Resample {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.target.span
    }

    fn work(&self) -> u64 {
        let (rows, columns) = self.grid.largest();
        let element = self.taps.saturating_mul(260).saturating_add(20);
        let strips = columns.div_ceil(64);
        let row = columns
            .saturating_mul(element)
            .saturating_add(strips.saturating_mul(self.taps).saturating_mul(300))
            .saturating_add(10 * ROW);
        rows.saturating_mul(row)
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let spans = [self.source.span, self.places, self.weights];
        let Some(([source, places, weights], target)) = borrow(data, spans, self.target.span)
        else {
            return;
        };
        let ([outer, stride, step], [of_places, of_weights]) =
            (self.source.strides, self.table_strides);
        let (first, end) = (tile.columns.start, tile.columns.end);
        for row in tile.rows {
            let (image, place) = (row / self.middle, row % self.middle);
            let taps_of = |bytes, [places, taps]: [u64; 2], element| Strided {
                bytes: part(bytes, place * places, u64::MAX),
                stride: taps as usize,
                element,
            };
            let taps = Taps {
                places: taps_of(places, of_places, Element::S32),
                weights: taps_of(weights, of_weights, Element::F32),
                count: self.taps as usize,
            };
            let bytes = part(source, image * outer + first * step, u64::MAX);
            let first_row = Strided { bytes, stride: step as usize, element: Element::F32 };
            let x = Rows { first: first_row, count: self.size, panel: 1, stride };
            let y = self.target.row_mut(target, self.middle, row, first);
            resample(taps, x, y, (end - first) as usize);
        }
    }
}

/// Operands and sizes of a resampling.
#[derive(Clone, Copy, Debug)]
pub struct ResampleSpec {
    /// Outer dimension, places of the output's axis, columns, taps, places of the input's axis.
    pub dims: [u32; 5],
    /// Rows and columns per tile.
    pub tile: [u32; 2],
    /// Input `[outer][size][columns]`.
    pub x: Operand,
    /// Places `[places][taps]`, i32; one outside the axis counts as zeroes.
    pub places: Operand,
    /// Weights `[places][taps]`.
    pub weights: Operand,
    /// Output `[outer][places][columns]`.
    pub out: Operand,
}

impl Record {
    /// A resampling along the middle dimension.
    pub fn resample(spec: ResampleSpec) -> Self {
        let record = Self::of(opcode::RESAMPLE, 0, FORM.types);
        let mut record = record.one_to_one(&spec.dims, &spec.tile, spec.x, spec.out);
        record.operand[SLOT_B] = spec.places;
        record.operand[SLOT_TABLE] = spec.weights;
        record
    }
}
