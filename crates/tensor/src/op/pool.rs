//! Pooling of images whose channels lie side by side (NHWC).

use opml_kernels::{Axis, Element, Pool as Kind, StridedMut, Window, pool};

use super::{Context, Tiled, context::disjoint};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::{part, part_mut},
    cost::ROW,
    element::{self, NONE},
    form::{Form, SLOT_A, SLOT_OUT, opcode},
    memory::borrow,
    operand::Lattice,
};
/// A window that moves over every image of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pool {
    /// What a window becomes.
    pub kind: Kind,
    /// Rows: images · output rows · output columns; columns: channels.
    pub grid: Grid,
    /// Height and width of the output.
    pub size: [u64; 2],
    /// Down and across the image.
    pub axes: [PoolAxis; 2],
    /// What a place of the padding counts as in an average of integers.
    pub padding: i64,
    /// Type of the elements.
    pub element: Element,
    /// Images.
    pub source: Span,
    /// Byte strides of images, rows, columns.
    pub source_strides: [u64; 3],
    /// Output.
    pub target: Span,
    /// Byte strides of the output: images, rows, columns.
    pub target_strides: [u64; 3],
}

/// One axis of a pooling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolAxis {
    /// Places of the image.
    pub size: u32,
    /// Taps of the window, at least 1.
    pub taps: u8,
    /// Places from one window to the next, at least 1.
    pub stride: u8,
    /// Places from one tap to the next, at least 1.
    pub dilation: u8,
    /// Places of padding before the image.
    pub before: u8,
    /// Places of padding behind the image.
    pub after: u8,
}

/// The kind of pooling that a variant names.
const fn kind(sub: u8) -> Option<Kind> {
    Some(match sub {
        0 => Kind::Max,
        1 => Kind::Average { padding: false },
        2 => Kind::Average { padding: true },
        _ => return None,
    })
}

/// The form of a pooling: elements of any type.
pub(crate) const fn form(record: &Record) -> Result<Form, Refusal> {
    let Record { op, sub, types, .. } = *record;
    let [code, ..] = types;
    if kind(sub).is_none() {
        return Err(Refusal::Operator { op, sub });
    }
    if element::scalar(code).is_none() {
        return Err(Refusal::Types(types));
    }
    Ok(Form {
        types: [code, NONE, code, NONE],
        flags: 0,
        dims: 6,
        tiles: 2,
        imms: 4,
        strides: [3, 0, 0, 0, 3, 0],
    })
}

impl Pool {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let Record { op, sub, .. } = *context.record;
        let [images, out_height, out_width, channels, height, width] = context.dims()?;
        let [tile_rows, tile_columns] = context.tiles()?;
        let element = context.element_a()?;
        let axes = PoolAxis::read(context, [height, width])?;
        let padding = context.immediate(3) as i32;
        if if element.is_float() { padding != 0 } else { !element.holds(padding) } {
            return Err(Refusal::Immediate { index: 3, value: context.immediate(3) });
        }
        let bytes = element.size() as u64;
        let lattice = |dims: [u64; 3], [s0, s1, s2]: [u64; 3]| {
            let [d0, d1, d2] = dims;
            Lattice { dims: [d0, d1, d2, channels], strides: [s0, s1, s2, bytes], element: bytes }
        };
        let (source_strides, target_strides) = (context.strides(SLOT_A), context.strides(SLOT_OUT));
        let source = context.source(SLOT_A, lattice([images, height, width], source_strides))?;
        let target =
            context.target(SLOT_OUT, lattice([images, out_height, out_width], target_strides))?;
        disjoint(SLOT_A, &source, &target)?;
        // Three dimensions below 2^31 each may pass 64 bits; an output in memory does not.
        let rows = images.saturating_mul(out_height).saturating_mul(out_width);
        Ok(Self {
            kind: kind(sub).ok_or(Refusal::Operator { op, sub })?,
            grid: Grid { rows, columns: channels, tile_rows, tile_columns },
            size: [out_height, out_width],
            axes,
            padding: padding.into(),
            element,
            source,
            source_strides,
            target,
            target_strides,
        })
    }
}

impl PoolAxis {
    /// Both axes, from the immediates: bytes (taps down, across, strides down, across), (padding before, dilations) and (padding
    /// behind, zeroes).
    fn read(context: &Context<'_>, sizes: [u64; 2]) -> Result<[Self; 2], Refusal> {
        let [windows, moves, ends] = [0, 1, 2].map(|index| context.immediate(index).to_le_bytes());
        let refused = |index| Err(Refusal::Immediate { index, value: context.immediate(index) });
        let [
            [down, across, stride_down, stride_across],
            [top, left, dilation_down, dilation_across],
        ] = [windows, moves];
        let [bottom, right, zero @ ..] = ends;
        let [height, width] = sizes.map(|size| size as u32);
        if windows.contains(&0) {
            return refused(0);
        }
        if dilation_down == 0 || dilation_across == 0 {
            return refused(1);
        }
        if zero != [0; 2] {
            return refused(2);
        }
        Ok([
            Self {
                size: height,
                taps: down,
                stride: stride_down,
                dilation: dilation_down,
                before: top,
                after: bottom,
            },
            Self {
                size: width,
                taps: across,
                stride: stride_across,
                dilation: dilation_across,
                before: left,
                after: right,
            },
        ])
    }

    /// Where window `index` lies, on an image with that many bytes from one place to the next.
    const fn window(&self, index: u64, stride: u64) -> Axis {
        // An index below 2^31 and a byte.
        let first = (index * self.stride as u64) as i64 - self.before as i64;
        Axis {
            first,
            taps: self.taps as u32,
            dilation: self.dilation as u32,
            size: self.size as i64,
            padding: self.after as u32,
            stride: stride as usize,
        }
    }
}

impl Tiled for Pool {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        self.target
    }

    fn work(&self) -> u64 {
        let (rows, columns) = self.grid.largest();
        let [taps_down, taps_across] = self.axes.map(|axis| u64::from(axis.taps));
        let taps = taps_down * taps_across;
        let tap = if self.element.is_float() { 160 } else { 40 };
        let strips = columns.div_ceil(64);
        let window = columns
            .saturating_mul(taps.saturating_mul(tap).saturating_add(300))
            .saturating_add(strips.saturating_mul(taps).saturating_mul(120))
            .saturating_add(10 * ROW);
        rows.saturating_mul(window)
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let Some(([source], target)) = borrow(data, [self.source], self.target) else { return };
        let ([height, width], [down, across]) = (self.size, self.axes);
        let ([image, line, place], [to_image, to_line, to_place]) =
            (self.source_strides, self.target_strides);
        let element = self.element;
        let bytes = element.size() as u64;
        let (first, end) = (tile.columns.start, tile.columns.end);
        for row in tile.rows {
            let (index, x) = (row / width, row % width);
            let (index, y) = (index / height, index % height);
            let window = Window {
                image: part(source, index * image + first * bytes, u64::MAX),
                rows: down.window(y, line),
                columns: across.window(x, place),
                element,
                padding: self.padding,
            };
            let start = index * to_image + y * to_line + x * to_place + first * bytes;
            let out = StridedMut {
                bytes: part_mut(target, start, (end - first) * bytes),
                stride: bytes as usize,
                element,
            };
            pool(self.kind, window, out, (end - first) as usize);
        }
    }
}

/// Operands and sizes of a pooling.
#[derive(Clone, Copy, Debug)]
pub struct PoolSpec {
    /// What a window becomes.
    pub kind: Kind,
    /// Type of the elements, a constant of [`element`].
    pub element: u8,
    /// Images, height and width of the output, channels.
    pub dims: [u32; 4],
    /// Windows and channels per tile.
    pub tile: [u32; 2],
    /// Down and across the image.
    pub axes: [PoolAxis; 2],
    /// What a place of the padding counts as in an average of integers; 0 for floats.
    pub padding: i32,
    /// Images; strides of images, rows, columns.
    pub x: Operand,
    /// Output; strides of images, rows, columns.
    pub out: Operand,
}

impl Record {
    /// A pooling of images.
    pub fn pool(spec: PoolSpec) -> Self {
        let PoolSpec { kind, element, dims, tile, axes, padding, x, out } = spec;
        let sub = match kind {
            Kind::Max => 0,
            Kind::Average { padding: false } => 1,
            Kind::Average { padding: true } => 2,
        };
        let [down, across] = axes;
        let [images, height, width, channels] = dims;
        let dims = [images, height, width, channels, down.size, across.size];
        let mut record = Self::of(opcode::POOL, sub, [element, NONE, element, NONE])
            .one_to_one(&dims, &tile, x, out);
        record.imm = [
            u32::from_le_bytes([down.taps, across.taps, down.stride, across.stride]),
            u32::from_le_bytes([down.before, across.before, down.dilation, across.dilation]),
            u32::from_le_bytes([down.after, across.after, 0, 0]),
            padding as u32,
        ];
        record
    }
}
