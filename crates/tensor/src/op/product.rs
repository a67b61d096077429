//! Products of rows and weights in panels, with f32 values.

use opml_kernels::{
    F32_GROUP, PANEL, PANEL_BLOCK, Panels, Q4_PANEL_BLOCK, Q8_BLOCK, f32_row, q4_0_row, q8_0_row,
};

use super::{
    Context, Finish, FinishSpec, Tiled,
    context::{disjoint, matrix, whole_blocks},
};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::{chunks, chunks_mut, part, part_mut},
    cost::ROW,
    element::{F32, F32_PANELS, NONE, Q4_0, Q8, Q8_0},
    form::{Form, SLOT_A, SLOT_B, SLOT_OUT, opcode},
    memory::borrow_some,
};

/// What rows and panels are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductKind {
    /// f32 by f32: one chain of fused multiply-adds.
    F32,
    /// Q8 by Q8_0 blocks of 32 terms.
    Q8_0,
    /// Q8 by Q4_0 blocks of 32 terms.
    Q4_0,
}

impl ProductKind {
    /// Bytes of a group of terms in a row, and in a panel.
    pub const fn group_bytes(self) -> [u64; 2] {
        match self {
            Self::F32 => [4, F32_GROUP as u64],
            Self::Q8_0 => [Q8_BLOCK as u64, PANEL_BLOCK as u64],
            Self::Q4_0 => [Q8_BLOCK as u64, Q4_PANEL_BLOCK as u64],
        }
    }

    const fn groups(self, terms: u64) -> Result<u64, Refusal> {
        match self {
            Self::F32 => Ok(terms),
            Self::Q8_0 | Self::Q4_0 => whole_blocks(2, terms),
        }
    }

    const fn sub(self) -> u8 {
        match self {
            Self::F32 => opcode::DENSE_F32,
            Self::Q8_0 => opcode::DENSE_Q8_0,
            Self::Q4_0 => opcode::DENSE_Q4_0,
        }
    }

    pub(crate) const fn form(self, flags: u16) -> Form {
        let types = match self {
            Self::F32 => [F32, F32_PANELS, F32, NONE],
            Self::Q8_0 => [Q8, Q8_0, F32, NONE],
            Self::Q4_0 => [Q8, Q4_0, F32, NONE],
        };
        let [bias, residual] = Finish::strides(flags, 1);
        let strides = [1, 1, bias, residual, 1, 0];
        Form { types, flags: Finish::FLAGS, dims: 3, tiles: 2, imms: 3, strides }
    }
}

/// `out[i][j] = finish(Σ_k x[i][k]·weights[j][k])`, f32.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Product {
    /// What rows and panels are made of.
    pub kind: ProductKind,
    /// Rows M and columns N of the output; the columns of a tile are whole panels.
    pub grid: Grid,
    /// Groups per row and panel: terms, or blocks of 32.
    pub groups: u64,
    /// Activations, rows of groups.
    pub x: Span,
    /// Bytes from one row of activations to the next.
    pub x_stride: u64,
    /// Weights, panels of groups; twice as many with a gate.
    pub weights: Span,
    /// Bytes from one panel to the next.
    pub weight_stride: u64,
    /// What follows the sums.
    pub finish: Finish,
    /// Output, rows of f32.
    pub out: Span,
    /// Bytes from one output row to the next.
    pub out_stride: u64,
}

impl Product {
    pub(crate) fn admit(context: &Context<'_>, kind: ProductKind) -> Result<Self, Refusal> {
        let [rows, columns, terms] = context.dims()?;
        let [tile_rows, tile_columns] = context.panel_tiles()?;
        let groups = kind.groups(terms)?;
        let [x_bytes, panel_bytes] = kind.group_bytes();
        let [x_stride, weight_stride, out_stride] =
            [SLOT_A, SLOT_B, SLOT_OUT].map(|slot| context.stride(slot));
        let out = context.target(SLOT_OUT, matrix(rows, columns, out_stride, 4))?;
        let residual = |[stride, ..]: [u64; 3]| matrix(rows, columns, stride, 4);
        let finish = Finish::admit(context, columns, &out, residual)?;
        let panels = columns.div_ceil(PANEL as u64) * finish.parts();
        let product = Self {
            kind,
            grid: Grid { rows, columns, tile_rows, tile_columns },
            groups,
            x: context.source(SLOT_A, matrix(rows, groups, x_stride, x_bytes))?,
            x_stride,
            weights: context.source(SLOT_B, matrix(panels, groups, weight_stride, panel_bytes))?,
            weight_stride,
            finish,
            out,
            out_stride,
        };
        disjoint(SLOT_A, &product.x, &product.out)?;
        disjoint(SLOT_B, &product.weights, &product.out)?;
        Ok(product)
    }

    /// Upper bound of the small steps of a panel and of a column in use, for one row and one part of its outputs.
    const fn steps(&self) -> [u64; 2] {
        match self.kind {
            // Activations are unpacked once for a panel. A chain starts and ends in every 64 terms.
            ProductKind::F32 => [
                self.groups.saturating_mul(60).saturating_add(1000),
                self.groups.saturating_mul(170).saturating_add(100),
            ],
            ProductKind::Q8_0 => [
                self.groups.saturating_mul(100).saturating_add(600),
                self.groups.saturating_mul(32 * 16),
            ],
            ProductKind::Q4_0 => [
                self.groups.saturating_mul(300).saturating_add(600),
                self.groups.saturating_mul(32 * 17),
            ],
        }
    }
}

impl Tiled for Product {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.out
    }

    fn work(&self) -> u64 {
        let (rows, columns) = self.grid.largest();
        let panels = columns.div_ceil(PANEL as u64);
        // Sums of blocks are computed for four columns together.
        let sums = columns.next_multiple_of(4);
        let [panel, column] = self.steps();
        let sums = panels.saturating_mul(panel).saturating_add(sums.saturating_mul(column));
        let outputs = columns.saturating_mul(self.finish.work());
        rows.saturating_mul(
            sums.saturating_mul(self.finish.parts()).saturating_add(outputs).saturating_add(ROW),
        )
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let sources = [Some(self.x), Some(self.weights), self.finish.bias, self.finish.residual];
        let Some(([Some(x), Some(weights), bias, residual], out)) =
            borrow_some(data, sources, self.out)
        else {
            return;
        };
        let (first, end) = (tile.columns.start, tile.columns.end);
        // Admission has made the first column that of a panel.
        let panel = first / PANEL as u64 * self.finish.parts();
        let panels = Panels {
            bytes: part(weights, panel * self.weight_stride, u64::MAX),
            stride: self.weight_stride as usize,
            groups: self.groups as usize,
        };
        let [x_bytes, _] = self.kind.group_bytes();
        for row in tile.rows {
            let x = part(x, row * self.x_stride, self.groups * x_bytes);
            let y = part_mut(out, row * self.out_stride + 4 * first, 4 * (end - first));
            let [stride, ..] = self.finish.residual_stride;
            let offset = row * stride + 4 * first;
            let epilogue = self.finish.epilogue([bias, residual], first, offset, 4);
            match self.kind {
                ProductKind::F32 => f32_row(chunks(x), panels, epilogue, chunks_mut(y)),
                ProductKind::Q8_0 => q8_0_row(chunks(x), panels, epilogue, chunks_mut(y)),
                ProductKind::Q4_0 => q4_0_row(chunks(x), panels, epilogue, chunks_mut(y)),
            }
        }
    }
}

/// Operands and sizes of a product of rows and panels.
#[derive(Clone, Copy, Debug)]
pub struct ProductSpec {
    /// What rows and panels are made of.
    pub kind: ProductKind,
    /// Rows M, outputs N, terms K, of blocks a multiple of 32.
    pub dims: [u32; 3],
    /// Rows and columns per tile; columns are a multiple of 16.
    pub tile: [u32; 2],
    /// Activations `[M][K]` of f32 or `[M][K/32]` of Q8 blocks; stride 0 is the row's.
    pub x: Operand,
    /// Weights `[⌈N/16⌉]` of panels, with a gate `[⌈N/16⌉][2]`; stride 0 is the panel's.
    pub weights: Operand,
    /// What follows the sums; stride 0 of a residual is the row's.
    pub finish: FinishSpec,
    /// Output `[M][N]`, f32; stride 0 is the row's.
    pub out: Operand,
}

impl Record {
    /// A product of rows and weights in panels, with f32 values.
    pub fn product(spec: ProductSpec) -> Self {
        let types = spec.kind.form(0).types;
        let mut record = Self::of(opcode::MATMUL, spec.kind.sub(), types);
        record.put(&spec.dims, &spec.tile);
        spec.finish.put(&mut record);
        record.operand[SLOT_A] = spec.x;
        record.operand[SLOT_B] = spec.weights;
        record.operand[SLOT_OUT] = spec.out;
        record
    }
}
