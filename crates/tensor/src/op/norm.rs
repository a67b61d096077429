//! Layer and RMS normalisation of rows, at any stride.

use opml_kernels::{Norm as Kernel, norm};

use super::{Context, Plane, Tiled};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    cost::ROW,
    element::{F32, NONE},
    form::{Form, SLOT_A, SLOT_B, SLOT_OUT, SLOT_TABLE, opcode},
    memory::borrow_some,
};

/// Normalisation of every row.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Norm {
    /// Whether the mean is taken away.
    pub centred: bool,
    /// Bits of ε.
    pub epsilon: u32,
    /// Rows `dim0·dim1`; one column.
    pub grid: Grid,
    /// Size of the middle dimension.
    pub middle: u64,
    /// Elements of a row.
    pub length: u64,
    /// Input, then γ and β where there are such.
    pub sources: [Option<Plane>; 3],
    /// Output.
    pub target: Plane,
}

/// Variant that takes the mean away.
const LAYER: u8 = 0;
/// Variant that does not.
const RMS: u8 = 1;
/// Flag: there are factors γ in slot 1.
const GAMMA: u16 = 1;
/// Flag: there are summands β in slot 2.
const BETA: u16 = 2;

/// The form of a normalisation: γ and β are there or not.
pub(crate) const fn form(record: &Record) -> Result<Form, Refusal> {
    let Record { op, sub, flags, .. } = *record;
    if sub != LAYER && sub != RMS {
        return Err(Refusal::Operator { op, sub });
    }
    let (gamma, beta) = (flags & GAMMA != 0, flags & BETA != 0);
    Ok(Form {
        types: [F32, if gamma { F32 } else { NONE }, F32, if beta { F32 } else { NONE }],
        flags: GAMMA | BETA,
        dims: 3,
        tiles: 1,
        imms: 1,
        strides: [3, if gamma { 3 } else { 0 }, if beta { 3 } else { 0 }, 0, 3, 0],
    })
}

impl Norm {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let Record { sub, flags, .. } = *context.record;
        let dims @ [outer, middle, length] = context.dims()?;
        let [tile_rows] = context.tiles()?;
        let element = context.element_a()?;
        let target = Plane::target(context, SLOT_OUT, dims, element)?;
        let mut sources = [None; 3];
        let slots = [(SLOT_A, true), (SLOT_B, flags & GAMMA != 0), (SLOT_TABLE, flags & BETA != 0)];
        for (source, (slot, is_there)) in sources.iter_mut().zip(slots) {
            if is_there {
                let plane = Plane::source(context, slot, dims, element)?;
                plane.disjoint(slot, &target)?;
                *source = Some(plane);
            }
        }
        let grid = Grid { rows: outer * middle, columns: 1, tile_rows, tile_columns: 1 };
        let epsilon = context.immediate(0);
        Ok(Self { centred: sub == LAYER, epsilon, grid, middle, length, sources, target })
    }
}

impl Tiled for Norm {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.target.span
    }

    fn work(&self) -> u64 {
        let (rows, _) = self.grid.largest();
        rows.saturating_mul(self.length.saturating_mul(1300).saturating_add(20 * ROW))
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let spans = self.sources.map(|source| source.map(|source| source.span));
        let Some((sources, target)) = borrow_some(data, spans, self.target.span) else { return };
        for row in tile.rows {
            let mut operands = [None; 3];
            for ((operand, plane), bytes) in operands.iter_mut().zip(self.sources).zip(sources) {
                if let (Some(plane), Some(bytes)) = (plane, bytes) {
                    *operand = Some(plane.row(bytes, self.middle, row, 0));
                }
            }
            let [Some(x), gamma, beta] = operands else { return };
            let y = self.target.row_mut(target, self.middle, row, 0);
            let epsilon = f32::from_bits(self.epsilon);
            let how = Kernel { centred: self.centred, epsilon, gamma, beta };
            norm(how, x, y, self.length as usize);
        }
    }
}

/// Operands and sizes of a normalisation.
#[derive(Clone, Copy, Debug)]
pub struct NormSpec {
    /// Whether the mean is taken away: layer normalisation, else RMS.
    pub centred: bool,
    /// ε.
    pub epsilon: f32,
    /// Dimensions; the last is normalised.
    pub dims: [u32; 3],
    /// Rows per tile.
    pub tile_rows: u32,
    /// Input.
    pub x: Operand,
    /// Factors, over the same dimensions: strides of 0 repeat.
    pub gamma: Option<Operand>,
    /// Summands, over the same dimensions.
    pub beta: Option<Operand>,
    /// Output.
    pub out: Operand,
}

impl Record {
    /// A normalisation of rows.
    pub fn norm(spec: NormSpec) -> Self {
        let NormSpec { centred, epsilon, dims, tile_rows, x, gamma, beta, out } = spec;
        let sub = if centred { LAYER } else { RMS };
        let code = |operand: Option<Operand>| if operand.is_some() { F32 } else { NONE };
        let types = [F32, code(gamma), F32, code(beta)];
        let mut record = Self::of(opcode::NORM, sub, types).one_to_one(&dims, &[tile_rows], x, out);
        record.imm[0] = epsilon.to_bits();
        for (slot, flag, operand) in [(SLOT_B, GAMMA, gamma), (SLOT_TABLE, BETA, beta)] {
            if let Some(operand) = operand {
                record.operand[slot] = operand;
                record.flags |= flag;
            }
        }
        record
    }
}
