//! Convolutions over images with channels innermost.

use opml_kernels::{F32_GROUP, GROUP, Output, PANEL, Panels, S8_GROUP, Table, conv_f32, conv_s8};

use super::{
    Context, Finish, FinishSpec, Image, Requantise, Tiled, WindowSpec, context::disjoint,
    requantise::MAX_DOT,
};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::{chunks_mut, part, part_mut},
    cost::ROW,
    element::{F32, F32_PANELS, I32, NONE, S8, S8_PANELS},
    form::{Form, SLOT_A, SLOT_B, SLOT_OUT, opcode},
    memory::{borrow_some, signed_mut},
    operand::Lattice,
};

/// What the values are, and what follows the sums.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// f32, one chain of fused multiply-adds.
    F32(Finish),
    /// s8, an exact sum; the table has one entry per output channel.
    S8(Requantise),
}

/// `out[b][y][x][g·N + j] = finish(Σ in[b][·][·][g·C + c]·weights[g][j][(ky, kx, c)])` over the window of a pixel.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Conv {
    /// Rows: output pixels. Columns: output channels, those of a group filled up to whole panels, as are those of a tile.
    pub grid: Grid,
    /// Pixels and window.
    pub image: Image,
    /// Groups G.
    pub groups: u64,
    /// Input channels C and output channels N of a group.
    pub channels: [u64; 2],
    /// Input.
    pub x: Span,
    /// Weights, panels of groups of terms.
    pub weights: Span,
    /// Bytes from one panel, and from one group, to the next.
    pub weight_stride: [u64; 2],
    /// What the values are, and what follows the sums.
    pub values: Values,
    /// Output.
    pub out: Span,
}

impl Values {
    /// The operands in slots 2 and 3.
    pub(crate) const fn sources(&self) -> [Option<Span>; 2] {
        match self {
            Self::F32(finish) => [finish.bias, finish.residual],
            Self::S8(requantise) => [Some(requantise.table), None],
        }
    }

    /// Bytes of a value.
    pub(crate) const fn element(&self) -> u64 {
        match self {
            Self::F32(_) => 4,
            Self::S8(_) => 1,
        }
    }
}

pub(crate) const fn form(sub: u8, flags: u16) -> Form {
    let [bias, residual] = Finish::strides(flags, 3);
    let form = Form {
        types: [F32, F32_PANELS, F32, NONE],
        flags: Finish::SUMS,
        dims: 6,
        tiles: 2,
        imms: 3,
        strides: [3, 2, bias, residual, 3, 2],
    };
    match sub {
        opcode::CONV_F32 => form,
        _ => Form {
            types: [S8, S8_PANELS, S8, I32],
            flags: 0,
            imms: 4,
            strides: [3, 2, 1, 0, 3, 2],
            ..form
        },
    }
}

impl Conv {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let [batch, rows, columns, outputs, inputs, groups] = context.dims()?;
        let [tile_rows, tile_columns] = context.panel_tiles()?;
        let image = Image::admit(context, batch, [rows, columns])?;
        let is_f32 = context.record.sub == opcode::CONV_F32;
        let element = if is_f32 { 4 } else { 1 };
        let (all_inputs, all_outputs) =
            (groups.saturating_mul(inputs), groups.saturating_mul(outputs));
        let pixels = |[height, width]: [u64; 2], channels, [image, row, pixel]: [u64; 3]| Lattice {
            dims: [batch, height, width, channels],
            strides: [image, row, pixel, element],
            element,
        };
        let output = |strides| pixels([rows, columns], all_outputs, strides);
        let out = context.target(SLOT_OUT, output(image.out_stride))?;
        let terms = image.taps().saturating_mul(inputs);
        if !is_f32 && terms > MAX_DOT {
            return Err(Refusal::DotLength(terms));
        }
        let values = if is_f32 {
            Values::F32(Finish::admit(context, all_outputs, &out, output)?)
        } else {
            Values::S8(Requantise::admit(context, all_outputs, &out, context.signed_immediate(3)?)?)
        };
        let panels = outputs.div_ceil(PANEL as u64);
        let (group_terms, group_bytes) = if is_f32 { (1, F32_GROUP) } else { (GROUP, S8_GROUP) };
        let [panel_stride, group_stride, _] = context.strides(SLOT_B);
        let weights = Lattice {
            dims: [groups, panels, terms.div_ceil(group_terms as u64)],
            strides: [group_stride, panel_stride, group_bytes as u64],
            element: group_bytes as u64,
        };
        let columns = groups.saturating_mul(panels).saturating_mul(PANEL as u64);
        let conv = Self {
            grid: Grid { rows: image.pixels(), columns, tile_rows, tile_columns },
            groups,
            channels: [inputs, outputs],
            x: context.source(SLOT_A, pixels(image.size(), all_inputs, image.x_stride))?,
            weights: context.source(SLOT_B, weights)?,
            weight_stride: [panel_stride, group_stride],
            image,
            values,
            out,
        };
        disjoint(SLOT_A, &conv.x, &conv.out)?;
        disjoint(SLOT_B, &conv.weights, &conv.out)?;
        Ok(conv)
    }

    /// Terms per output.
    const fn terms(&self) -> u64 {
        let [inputs, _] = self.channels;
        self.image.taps() * inputs
    }

    /// Panels of a group.
    const fn panels(&self) -> u64 {
        let [_, outputs] = self.channels;
        outputs.div_ceil(PANEL as u64)
    }
}

impl Tiled for Conv {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.out
    }

    fn work(&self) -> u64 {
        let (rows, columns) = self.grid.largest();
        let panels = columns.div_ceil(PANEL as u64);
        let [_, outputs] = self.channels;
        // A panel has at most as many columns as its group has outputs; s8 sums come four at a time.
        let columns = columns.min(panels.saturating_mul(outputs.next_multiple_of(4)));
        let (terms, taps) = (self.terms(), self.image.taps());
        // To find a tap, to begin with the chains of 64 terms.
        let collected = taps.saturating_mul(150).saturating_add(1200);
        let (panel, column) = match &self.values {
            Values::F32(finish) => (
                terms.saturating_mul(70),
                terms.saturating_mul(172).saturating_add(200 + finish.work()),
            ),
            Values::S8(_) => (terms.saturating_mul(8), terms.saturating_mul(5).saturating_add(250)),
        };
        let panels = panels.saturating_mul(panel.saturating_add(collected));
        rows.saturating_mul(
            panels.saturating_add(columns.saturating_mul(column)).saturating_add(ROW),
        )
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let [extra, residual] = self.values.sources();
        let sources = [Some(self.x), Some(self.weights), extra, residual];
        let Some(([Some(x), Some(weights), extra, residual], out)) =
            borrow_some(data, sources, self.out)
        else {
            return;
        };
        let [inputs, outputs] = self.channels;
        let [panel_stride, group_stride] = self.weight_stride;
        let panels = self.panels();
        let element = self.values.element();
        for pixel in tile.rows {
            for panel in (tile.columns.start / PANEL as u64)..tile.columns.end / PANEL as u64 {
                let (group, index) = (panel / panels, panel % panels);
                let first = group * outputs;
                let count = (outputs - index * PANEL as u64).min(PANEL as u64);
                let place = (first + index * PANEL as u64) * element;
                let patch = self.image.patch(x, pixel, group * inputs * element);
                let start = self.image.offset(pixel, self.image.out_stride) + place;
                let y = part_mut(out, start, count * element);
                let bytes = part(weights, group * group_stride + index * panel_stride, u64::MAX);
                let all = |groups| Panels { bytes, stride: 0, groups };
                match &self.values {
                    Values::F32(finish) => {
                        let offset = self.image.offset(pixel, finish.residual_stride) + 4 * first;
                        let epilogue = finish.epilogue([extra, residual], first, offset, 4);
                        let panel = all(self.terms() as usize).panel(0);
                        let (inputs, index) = (inputs as usize, index as usize);
                        conv_f32(patch, inputs, panel, index, epilogue, chunks_mut(y));
                    }
                    Values::S8(requantise) => {
                        let Requantise { output, padding, table_stride, .. } = *requantise;
                        let table = Table {
                            bytes: part(extra.unwrap_or(&[]), place * table_stride, u64::MAX),
                            stride: table_stride as usize,
                        };
                        let panel = all(self.terms().div_ceil(GROUP as u64) as usize).panel(0);
                        let y = signed_mut(y);
                        conv_s8(patch, inputs as usize, padding, panel, table, output, y);
                    }
                }
            }
        }
    }
}

/// What the values of a convolution are, and what follows the sums, as importers write it.
#[derive(Clone, Copy, Debug)]
pub enum ValuesSpec {
    /// f32; strides of a residual are those of image, row and pixel.
    F32(FinishSpec),
    /// s8.
    S8 {
        /// Zero point and clamp of the output.
        output: Output,
        /// Zero point of the input, which stands in the padding.
        padding: i8,
        /// Requantisation parameters, one per output channel; stride 0 is theirs.
        table: Operand,
    },
}

impl ValuesSpec {
    /// Writes flags, immediates and operands 2 and 3.
    pub(crate) fn put(&self, record: &mut Record) {
        match self {
            Self::F32(finish) => finish.put(record),
            Self::S8 { output, padding, table } => {
                Requantise::put(record, *output, *padding, *table)
            }
        }
    }

    /// The variant of an operator with f32 as variant 0 and s8 as variant 1.
    pub(crate) const fn sub(&self) -> u8 {
        match self {
            Self::F32(_) => opcode::CONV_F32,
            Self::S8 { .. } => opcode::CONV_S8,
        }
    }
}

/// Operands and sizes of a convolution.
#[derive(Clone, Copy, Debug)]
pub struct ConvSpec {
    /// Images, rows and columns of the output.
    pub output: [u32; 3],
    /// Input and output channels of a group.
    pub channels: [u32; 2],
    /// Groups.
    pub groups: u32,
    /// The window.
    pub window: WindowSpec,
    /// Pixels and channels per tile; channels are a multiple of 16 and count those of a group up to whole panels.
    pub tile: [u32; 2],
    /// Input, channels innermost; strides of image, row, pixel.
    pub x: Operand,
    /// Weights per group in panels, terms in the order (row, column, channel); strides of panel and group.
    pub weights: Operand,
    /// What the values are, and what follows the sums.
    pub values: ValuesSpec,
    /// Output, channels innermost; strides of image, row, pixel.
    pub out: Operand,
}

impl Record {
    /// A convolution.
    pub fn conv(spec: ConvSpec) -> Self {
        let sub = spec.values.sub();
        let mut record = Self::of(opcode::CONV, sub, form(sub, 0).types);
        let ([batch, rows, columns], [inputs, outputs]) = (spec.output, spec.channels);
        record.put(&[batch, rows, columns, outputs, inputs, spec.groups], &spec.tile);
        spec.values.put(&mut record);
        spec.window.put(&mut record);
        record.operand[SLOT_A] = spec.x;
        record.operand[SLOT_B] = spec.weights;
        record.operand[SLOT_OUT] = spec.out;
        record
    }
}
