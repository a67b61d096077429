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

    /// The taps in runs: for each the image from its first pixel on, or none in the padding, and how many there are. The pixels of a run
    /// follow one another, where a pixel is `size` bytes.
    #[inline(always)]
    pub fn runs(&self, size: usize, mut run: impl FnMut(Option<&'a [u8]>, usize)) {
        let Self { image, strides: [down, right], window, output: [row, column] } = *self;
        let [rows, columns] = window.kernel;
        if right != size || window.dilation[1] != 1 {
            return self.taps().for_each(|tap| run(tap, 1));
        }
        // Columns of the image and its padding from which on, and up to which, pixels are of the image.
        let first = column.wrapping_mul(window.stride[1]);
        let [start, end] = [window.padding[1], window.padding[1].wrapping_add(window.size[1])]
            .map(|edge| edge.saturating_sub(first).min(columns));
        for y in 0..rows {
            let Some(y) = window.place(0, row, y).filter(|_| start < end) else {
                run(None, columns);
                continue;
            };
            let x = first.wrapping_add(start).wrapping_sub(window.padding[1]);
            let at = y.wrapping_mul(down).wrapping_add(x.wrapping_mul(right));
            for (from, count) in
                [(None, start), (image.get(at..), end - start), (None, columns - end)]
            {
                if count > 0 {
                    run(from, count);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Patch, Stencil};
    use proptest::prelude::*;
    use std::vec::Vec;

    fn pair(range: std::ops::Range<usize>) -> impl Strategy<Value = [usize; 2]> {
        [range.clone(), range]
    }

    proptest! {
        #[test]
        fn runs_are_the_taps(
            kernel in pair(1..5), stride in pair(1..4), padding in pair(0..6), dilation in pair(1..3), size in pair(1..8),
            output in pair(0..6), apart in 0usize..2, length in 0usize..400,
        ) {
            let (bytes, pixel) = ((0..length).map(|i| i as u8).collect::<Vec<_>>(), 3);
            let right = pixel + apart;
            let window = Stencil { kernel, stride, padding, dilation, size };
            let patch = Patch { image: &bytes, strides: [right * size[1] + 1, right], window, output };
            let pixel_of = |from: Option<&[u8]>, index: usize| {
                Some(from?.get(index * right..)?.iter().take(pixel).copied().collect::<Vec<_>>())
            };
            // An image that ends too early is one without pixels from there on.
            let filled = |pixel: Option<Vec<u8>>| pixel.unwrap_or_default();
            let mut found = Vec::new();
            patch.runs(pixel, |from, count| found.extend((0..count).map(|index| filled(pixel_of(from, index)))));
            let expected: Vec<_> = patch.taps().map(|tap| filled(pixel_of(tap, 0))).collect();
            prop_assert_eq!(found, expected);
        }
    }
}
