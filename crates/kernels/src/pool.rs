//! Pooling of a window of an image: its greatest element or its mean, for every channel.

use crate::{
    Element, Strided, StridedMut,
    dispatch::dispatch,
    float::Arithmetic,
    reduce,
    strided::{STRIP, strips},
};

/// What pooling makes of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pool {
    /// The greatest element.
    Max,
    /// The sum divided by the number of the window's places in the image, and in its padding if `padding`.
    Average {
        /// Whether padding counts.
        padding: bool,
    },
}

/// One axis of a window: where it lies on the image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Place of its first tap; negative in the padding before the image.
    pub first: i64,
    /// Taps.
    pub taps: u32,
    /// Places from one tap to the next.
    pub dilation: u32,
    /// Places of the image.
    pub size: i64,
    /// Places of the padding behind the image.
    pub padding: u32,
    /// Bytes from one place to the next.
    pub stride: usize,
}

impl Axis {
    const fn place(&self, tap: u32) -> i64 {
        self.first.wrapping_add(tap as i64 * self.dilation as i64)
    }

    const fn is_inside(&self, place: i64) -> bool {
        0 <= place && place < self.size
    }

    /// How many taps lie in the image, or, with `padding`, in the image or in its padding.
    #[inline(always)]
    fn count(&self, padding: bool) -> i64 {
        let end = if padding { self.size.wrapping_add(self.padding.into()) } else { self.size };
        let inside = |place: i64| place < end && (padding || 0 <= place);
        (0..self.taps).filter(|tap| inside(self.place(*tap))).count() as i64
    }
}

/// A window of an image, both axes; the channels of a place lie side by side.
#[derive(Clone, Copy, Debug)]
pub struct Window<'a> {
    /// The image, from the first of the wanted channels of its first place on.
    pub image: &'a [u8],
    /// Rows of the image, outermost.
    pub rows: Axis,
    /// Columns.
    pub columns: Axis,
    /// Type of the elements.
    pub element: Element,
    /// What a place of the padding counts as in an average of integers: their zero point.
    pub padding: i64,
}

impl<'a> Window<'a> {
    /// How many of its places lie in the image, or, with `padding`, in the image or in its padding.
    #[inline(always)]
    fn count(&self, padding: bool) -> i64 {
        self.rows.count(padding).wrapping_mul(self.columns.count(padding))
    }

    /// The channels at every tap that lies in the image, rows first.
    #[inline(always)]
    fn taps(&self, mut f: impl FnMut(Strided<'a>)) {
        let Self { image, rows, columns, element, .. } = *self;
        for y in 0..rows.taps {
            let place = rows.place(y);
            if !rows.is_inside(place) {
                continue;
            }
            let row = (place as usize).wrapping_mul(rows.stride);
            for x in 0..columns.taps {
                let place = columns.place(x);
                if columns.is_inside(place) {
                    let at = row.wrapping_add((place as usize).wrapping_mul(columns.stride));
                    let bytes = image.get(at..).unwrap_or(&[]);
                    f(Strided { bytes, stride: element.size(), element });
                }
            }
        }
    }
}

dispatch! {
    /// Pools a window for each of `channels` channels, in the fastest arithmetic of this processor.
    pub fn pool(kind: Pool, window: Window<'_>, y: StridedMut<'_>, channels: usize) = pool_in;
}

/// [`pool`] in a given arithmetic.
#[inline(always)]
pub fn pool_in<A: Arithmetic>(kind: Pool, window: Window<'_>, y: StridedMut<'_>, channels: usize) {
    if window.element.is_float() {
        floats::<A>(kind, window, y, channels);
    } else {
        integers(kind, window, y, channels);
    }
}

#[inline(always)]
fn floats<A: Arithmetic>(kind: Pool, window: Window<'_>, mut y: StridedMut<'_>, channels: usize) {
    let mut strip = [0.0; STRIP];
    strips(channels, |first, length| {
        let strip = strip.get_mut(..length).unwrap_or(&mut []);
        let start = if kind == Pool::Max { f32::NEG_INFINITY } else { 0.0 };
        let mut values = [start; STRIP];
        window.taps(|x| {
            x.floats(first, strip);
            for (value, x) in values.iter_mut().zip(strip.iter()) {
                *value = match kind {
                    Pool::Max => reduce::better(*value, *x, 1),
                    Pool::Average { .. } => A::add(*value, *x),
                };
            }
        });
        let values = values.get_mut(..length).unwrap_or(&mut []);
        if let Pool::Average { padding } = kind {
            // At most 2^16 places.
            let count = A::from_i32(window.count(padding) as i32);
            for value in values.iter_mut() {
                *value = A::div(*value, count);
            }
        }
        y.put_floats(first, values);
    });
}

#[inline(always)]
fn integers(kind: Pool, window: Window<'_>, mut y: StridedMut<'_>, channels: usize) {
    let mut strip = [0; STRIP];
    strips(channels, |first, length| {
        let strip = strip.get_mut(..length).unwrap_or(&mut []);
        let start = if kind == Pool::Max { i64::MIN } else { 0 };
        let mut values = [start; STRIP];
        window.taps(|x| {
            x.integers(first, strip);
            for (value, x) in values.iter_mut().zip(strip.iter()) {
                *value = match kind {
                    Pool::Max => (*value).max(*x),
                    Pool::Average { .. } => value.wrapping_add(*x),
                };
            }
        });
        let values = values.get_mut(..length).unwrap_or(&mut []);
        if let Pool::Average { padding } = kind {
            let (places, inside) = (window.count(padding), window.count(false));
            let filling = window.padding.wrapping_mul(places.wrapping_sub(inside));
            // A window without a place has no elements either: 0.
            let places = places.max(1);
            for value in values.iter_mut() {
                // The nearest integer, ties towards +∞.
                let sum = value.wrapping_add(filling);
                let twice = sum.wrapping_mul(2).wrapping_add(places);
                *value = twice.div_euclid(places.wrapping_mul(2));
            }
        }
        y.put_integers(first, values);
    });
}
