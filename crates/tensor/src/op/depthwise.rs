//! Depthwise convolutions: every channel by itself.

use opml_kernels::{PANEL, Table, depthwise_f32, depthwise_s8};

use super::{
    Context, Finish, Image, Requantise, Tiled, Values, ValuesSpec, WindowSpec, context::disjoint,
};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::{chunks_mut, part, part_mut},
    cost::ROW,
    element::{F32, I32, NONE, S8},
    form::{Form, SLOT_A, SLOT_B, SLOT_OUT, opcode},
    memory::{borrow_some, signed_mut},
    operand::Lattice,
};

/// `out[b][y][x][c] = finish(Σ in[b][·][·][c]·weights[(ky, kx)][c])` over the window of a pixel.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Depthwise {
    /// Rows: output pixels. Columns: channels.
    pub grid: Grid,
    /// Pixels and window.
    pub image: Image,
    /// Input.
    pub x: Span,
    /// Weights, the channels of a tap side by side.
    pub weights: Span,
    /// Bytes from one tap to the next.
    pub weight_stride: u64,
    /// What the values are, and what follows the sums.
    pub values: Values,
    /// Output.
    pub out: Span,
}

pub(crate) const fn form(sub: u8, flags: u16) -> Form {
    let [bias, residual] = Finish::strides(flags, 3);
    let form = Form {
        types: [F32, F32, F32, NONE],
        flags: Finish::SUMS,
        dims: 4,
        tiles: 2,
        imms: 3,
        strides: [3, 1, bias, residual, 3, 2],
    };
    match sub {
        opcode::CONV_F32 => form,
        _ => Form {
            types: [S8, S8, S8, I32],
            flags: 0,
            imms: 4,
            strides: [3, 1, 1, 0, 3, 2],
            ..form
        },
    }
}

impl Depthwise {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let [batch, rows, columns, channels] = context.dims()?;
        let [tile_rows, tile_columns] = context.tiles()?;
        let image = Image::admit(context, batch, [rows, columns])?;
        let is_f32 = context.record.sub == opcode::CONV_F32;
        let element = if is_f32 { 4 } else { 1 };
        let pixels = |[height, width]: [u64; 2], [image, row, pixel]: [u64; 3]| Lattice {
            dims: [batch, height, width, channels],
            strides: [image, row, pixel, element],
            element,
        };
        let output = |strides| pixels([rows, columns], strides);
        let out = context.target(SLOT_OUT, output(image.out_stride))?;
        let values = if is_f32 {
            Values::F32(Finish::admit(context, channels, &out, output)?)
        } else {
            Values::S8(Requantise::admit(context, channels, &out, context.signed_immediate(3)?)?)
        };
        let weight_stride = context.stride(SLOT_B);
        let weights =
            Lattice { dims: [image.taps(), channels], strides: [weight_stride, element], element };
        let depthwise = Self {
            grid: Grid { rows: image.pixels(), columns: channels, tile_rows, tile_columns },
            x: context.source(SLOT_A, pixels(image.size(), image.x_stride))?,
            weights: context.source(SLOT_B, weights)?,
            weight_stride,
            image,
            values,
            out,
        };
        disjoint(SLOT_A, &depthwise.x, &depthwise.out)?;
        disjoint(SLOT_B, &depthwise.weights, &depthwise.out)?;
        Ok(depthwise)
    }
}

impl Tiled for Depthwise {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.out
    }

    fn work(&self) -> u64 {
        let (rows, columns) = self.grid.largest();
        let taps = self.image.taps();
        let blocks = columns.div_ceil(PANEL as u64);
        let column = match &self.values {
            Values::F32(finish) => taps.saturating_mul(210).saturating_add(100 + finish.work()),
            Values::S8(_) => taps.saturating_mul(12).saturating_add(200),
        };
        let blocks = blocks.saturating_mul(taps.saturating_mul(150).saturating_add(800));
        rows.saturating_mul(
            blocks.saturating_add(columns.saturating_mul(column)).saturating_add(ROW),
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
        let element = self.values.element();
        let stride = self.weight_stride as usize;
        for pixel in tile.rows {
            for first in tile.columns.clone().step_by(PANEL) {
                let count = (tile.columns.end - first).min(PANEL as u64);
                let place = first * element;
                let patch = self.image.patch(x, pixel, place);
                let start = self.image.offset(pixel, self.image.out_stride) + place;
                let y = part_mut(out, start, count * element);
                let weights = part(weights, place, u64::MAX);
                match &self.values {
                    Values::F32(finish) => {
                        let offset = self.image.offset(pixel, finish.residual_stride) + place;
                        let epilogue = finish.epilogue([extra, residual], first, offset, 4);
                        depthwise_f32(patch, weights, stride, epilogue, chunks_mut(y));
                    }
                    Values::S8(requantise) => {
                        let Requantise { output, padding, table_stride, .. } = *requantise;
                        let table = Table {
                            bytes: part(extra.unwrap_or(&[]), first * table_stride, u64::MAX),
                            stride: table_stride as usize,
                        };
                        depthwise_s8(patch, padding, weights, stride, table, output, signed_mut(y));
                    }
                }
            }
        }
    }
}

/// Operands and sizes of a depthwise convolution.
#[derive(Clone, Copy, Debug)]
pub struct DepthwiseSpec {
    /// Images, rows and columns of the output.
    pub output: [u32; 3],
    /// Channels.
    pub channels: u32,
    /// The window.
    pub window: WindowSpec,
    /// Pixels and channels per tile.
    pub tile: [u32; 2],
    /// Input, channels innermost; strides of image, row, pixel.
    pub x: Operand,
    /// Weights, the channels of a tap side by side; stride of a tap.
    pub weights: Operand,
    /// What the values are, and what follows the sums.
    pub values: ValuesSpec,
    /// Output, channels innermost; strides of image, row, pixel.
    pub out: Operand,
}

impl Record {
    /// A depthwise convolution.
    pub fn depthwise(spec: DepthwiseSpec) -> Self {
        let sub = spec.values.sub();
        let mut record = Self::of(opcode::DWCONV, sub, form(sub, 0).types);
        let [batch, rows, columns] = spec.output;
        record.put(&[batch, rows, columns, spec.channels], &spec.tile);
        spec.values.put(&mut record);
        spec.window.put(&mut record);
        record.operand[SLOT_A] = spec.x;
        record.operand[SLOT_B] = spec.weights;
        record.operand[SLOT_OUT] = spec.out;
        record
    }
}
