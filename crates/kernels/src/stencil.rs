//! Windows over images: which pixels an output pixel is made of.

/// A window that slides over an image; pairs are of rows and columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stencil {
    /// Taps, at least 1.
    pub kernel: [usize; 2],
    /// Pixels from one output's window to the next's, at least 1.
    pub stride: [usize; 2],
    /// Pixels of padding before the first row and column; behind the last there is as much as the output's size asks for.
    pub padding: [usize; 2],
    /// Pixels from one tap to the next, at least 1.
    pub dilation: [usize; 2],
    /// Pixels of the image.
    pub size: [usize; 2],
}

impl Stencil {
    /// The image's row or column (`axis` 0 or 1) under tap `tap` of output `output`; none in the padding.
    #[inline]
    fn place(&self, axis: usize, output: usize, tap: usize) -> Option<usize> {
        let field = |pair: [usize; 2]| pair.get(axis).copied().unwrap_or(0);
        let from_padding = output
            .wrapping_mul(field(self.stride))
            .wrapping_add(tap.wrapping_mul(field(self.dilation)));
        let place = from_padding.wrapping_sub(field(self.padding));
        (place < field(self.size)).then_some(place)
    }
}

/// The pixels under the window of one output pixel.
#[derive(Clone, Copy, Debug)]
pub struct Patch<'a> {
    /// The image from the first channel that is read on.
    pub image: &'a [u8],
    /// Bytes from one row, and from one pixel, to the next.
    pub strides: [usize; 2],
    /// The window.
    pub window: Stencil,
    /// Row and column of the output pixel.
    pub output: [usize; 2],
}

impl<'a> Patch<'a> {
    /// The taps, by rows, then columns; for each the image from its pixel on, or none in the padding.
    #[inline(always)]
    pub fn taps(&self) -> impl Iterator<Item = Option<&'a [u8]>> {
        let Self { image, strides: [down, right], window, output: [row, column] } = *self;
        let [rows, columns] = window.kernel;
        (0..rows).flat_map(move |y| {
            let y = window.place(0, row, y);
            (0..columns).map(move |x| {
                let (y, x) = (y?, window.place(1, column, x)?);
                image.get(y.wrapping_mul(down).wrapping_add(x.wrapping_mul(right))..)
            })
        })
    }
}
