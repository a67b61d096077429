//! Images and the windows over them, as records describe them.

use core::array;

use opml_kernels::{Patch, Stencil};

use super::Context;
use crate::{
    Operand, Record, Refusal,
    bytes::part,
    form::{SLOT_A, SLOT_OUT, SLOT_WINDOW},
};

/// Pixels and window of a record whose first three dimensions are those of the output image: batch, rows, columns.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Image {
    /// Images.
    pub batch: u64,
    /// Rows and columns of an output image.
    pub output: [u64; 2],
    /// The window, with the size of an input image.
    pub window: Stencil,
    /// Byte strides of the input: image, row, pixel.
    pub x_stride: [u64; 3],
    /// Byte strides of the output: image, row, pixel.
    pub out_stride: [u64; 3],
}

impl Image {
    /// Reads slot 5, which holds no operand but the window: in its base eight bytes, the taps, strides, padding and dilations of
    /// rows and columns, in its strides the rows and columns of the input.
    pub(crate) fn admit(
        context: &Context<'_>,
        batch: u64,
        output: [u64; 2],
    ) -> Result<Self, Refusal> {
        let operand = context.record.operand.get(SLOT_WINDOW).copied().unwrap_or_default();
        let [a, b, c, d, e, f, g, h] = operand.base.to_le_bytes().map(usize::from);
        let [rows, columns, _] = operand.stride;
        let window = Stencil {
            kernel: [a, b],
            stride: [c, d],
            padding: [e, f],
            dilation: [g, h],
            size: [rows as usize, columns as usize],
        };
        let Stencil { kernel, stride, dilation, size, .. } = window;
        let positive = [kernel, stride, dilation, size].as_flattened().iter().all(|size| *size > 0);
        if !positive || operand.step != 0 || rows >= 1 << 31 || columns >= 1 << 31 {
            return Err(Refusal::Window);
        }
        let [x_stride, out_stride] = [SLOT_A, SLOT_OUT].map(|slot| context.strides(slot));
        Ok(Self { batch, output, window, x_stride, out_stride })
    }

    /// Output pixels. Admission bounds the number of tiles, and so, with one that fits no region, this.
    pub const fn pixels(&self) -> u64 {
        let [rows, columns] = self.output;
        self.batch.saturating_mul(rows).saturating_mul(columns)
    }

    /// Rows and columns of an input image.
    pub(crate) fn size(&self) -> [u64; 2] {
        self.window.size.map(|size| size as u64)
    }

    /// Taps of the window.
    pub const fn taps(&self) -> u64 {
        let [rows, columns] = self.window.kernel;
        (rows * columns) as u64
    }

    /// Image, row and column of output pixel `index`.
    const fn place(&self, index: u64) -> [u64; 3] {
        let [rows, columns] = self.output;
        [index / columns / rows, index / columns % rows, index % columns]
    }

    /// Where output pixel `index` lies in an operand of these strides.
    pub(crate) fn offset(&self, index: u64, strides: [u64; 3]) -> u64 {
        self.place(index).into_iter().zip(strides).map(|(index, stride)| index * stride).sum()
    }

    /// What output pixel `index` is made of, from byte `offset` of every input pixel on.
    pub fn patch<'a>(&self, x: &'a [u8], index: u64, offset: u64) -> Patch<'a> {
        let [image, row, column] = self.place(index);
        let [image_stride, strides @ ..] = self.x_stride;
        Patch {
            image: part(x, image * image_stride + offset, u64::MAX),
            strides: strides.map(|stride| stride as usize),
            window: self.window,
            output: [row as usize, column as usize],
        }
    }
}

/// The window of a record, as importers write it; pairs are of rows and columns.
#[derive(Clone, Copy, Debug)]
pub struct WindowSpec {
    /// Taps.
    pub kernel: [u8; 2],
    /// Pixels from one output's window to the next's.
    pub stride: [u8; 2],
    /// Pixels of padding before the first row and column.
    pub padding: [u8; 2],
    /// Pixels from one tap to the next.
    pub dilation: [u8; 2],
    /// Rows and columns of the input.
    pub size: [u32; 2],
}

impl WindowSpec {
    /// Writes slot 5.
    pub(crate) fn put(&self, record: &mut Record) {
        let pairs = [self.kernel, self.stride, self.padding, self.dilation];
        let bytes = array::from_fn(|index| pairs.as_flattened().get(index).copied().unwrap_or(0));
        let [rows, columns] = self.size;
        record.operand[SLOT_WINDOW] = Operand {
            base: u64::from_le_bytes(bytes),
            stride: [rows, columns, 0],
            ..Operand::default()
        };
    }
}
