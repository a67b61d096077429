//! Reading the image files that `tools/train_digits.py` writes.
//!
//! `opmlimg1`, then count, height, width and greatest pixel value (u32 LE), then for each image its
//! pixels, row by row, one byte each, and its label, one byte.

use crate::ImportError;

const MAGIC: &[u8; 8] = b"opmlimg1";

/// A grey image and the class that a person gave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LabelledImage<'a> {
    /// Pixels, row by row.
    pub pixels: &'a [u8],
    /// The class.
    pub label: u8,
}

/// Labelled grey images of one size.
#[derive(Clone, Copy, Debug)]
pub struct Images<'a> {
    height: usize,
    width: usize,
    level_max: u8,
    records: &'a [u8],
}

impl<'a> Images<'a> {
    /// Parses an image file.
    ///
    /// # Errors
    /// [`ImportError::Images`] when the header is another one, an image is missing, or a pixel exceeds
    /// the greatest value that the header promises.
    pub fn parse(file: &'a [u8]) -> Result<Self, ImportError> {
        let malformed = |why: &str| ImportError::Images(why.to_owned());
        let body = file.strip_prefix(MAGIC).ok_or_else(|| malformed("another magic"))?;
        let (head, records) =
            body.split_first_chunk::<16>().ok_or_else(|| malformed("no complete header"))?;
        let field = |i: usize| {
            let (words, _) = head.as_chunks::<4>();
            words.get(i).map_or(0, |word| u32::from_le_bytes(*word))
        };
        let [count, height, width] = [field(0), field(1), field(2)].map(u64::from);
        let size = height.checked_mul(width).and_then(|pixels| pixels.checked_add(1));
        if size.and_then(|size| size.checked_mul(count)) != Some(records.len() as u64) {
            return Err(malformed("its length is not that of its images"));
        }
        let level_max = u8::try_from(field(3)).map_err(|_| malformed("pixels are bytes"))?;
        let images = Self { height: height as usize, width: width as usize, level_max, records };
        if images.iter().any(|image| image.pixels.iter().any(|pixel| *pixel > level_max)) {
            return Err(malformed("a pixel exceeds the greatest value"));
        }
        Ok(images)
    }

    /// Height of each image in pixels.
    #[must_use]
    pub const fn height(&self) -> usize {
        self.height
    }

    /// Width of each image in pixels.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.width
    }

    /// The value of a pixel of full intensity.
    #[must_use]
    pub const fn level_max(&self) -> u8 {
        self.level_max
    }

    /// How many images there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.records.len() / (self.height * self.width + 1)
    }

    /// Whether there is no image.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// The images in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = LabelledImage<'a>> + use<'a> {
        self.records
            .chunks_exact(self.height * self.width + 1)
            .filter_map(|record| record.split_last())
            .map(|(label, pixels)| LabelledImage { pixels, label: *label })
    }
}

#[cfg(test)]
mod tests {
    use super::Images;

    fn file(fields: [u32; 4], records: &[u8]) -> Vec<u8> {
        let fields = fields.map(u32::to_le_bytes).concat();
        [b"opmlimg1", fields.as_slice(), records].concat()
    }

    #[test]
    fn reads_pixels_and_labels() {
        let file = file([2, 1, 2, 16], &[0, 16, 7, 3, 4, 9]);
        let images = Images::parse(&file).unwrap();
        let read: Vec<_> = images.iter().map(|image| (image.pixels, image.label)).collect();
        assert_eq!(read, [(&[0, 16][..], 7), (&[3, 4][..], 9)]);
        assert_eq!((images.len(), images.height(), images.width()), (2, 1, 2));
    }

    #[test]
    fn refuses_what_does_not_add_up() {
        for (fields, records) in [
            ([2, 1, 2, 16], &[0, 16, 7, 3, 4][..]),
            ([1, 1, 2, 16], &[0, 17, 7][..]),
            ([u32::MAX, u32::MAX, u32::MAX, 16], &[][..]),
            ([1, 1, 2, 256], &[0, 16, 7][..]),
        ] {
            assert!(Images::parse(&file(fields, records)).is_err(), "{fields:?}");
        }
        assert!(Images::parse(b"opmlimg2").is_err());
        assert!(Images::parse(b"opmlimg1").is_err());
    }
}
