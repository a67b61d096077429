//! What becomes of a panel of exact sums: one requantisation per output.

use super::{
    finish::Plane,
    shared::{Input, Output},
};
use crate::simd::{Sink, f32_panels::PANELS};
use opml_kernels::{Channel, PANEL, Table};

/// The end of a contraction with s8 values.
#[derive(Clone, Copy, Debug)]
pub(super) struct Requantiser {
    pub(super) table: Input,
    pub(super) table_stride: usize,
    pub(super) output: opml_kernels::Output,
    pub(super) out: Output,
    pub(super) place: Plane,
    /// First column, of all that table and output have, and how many follow.
    pub(super) origin: usize,
    pub(super) columns: usize,
}

impl Requantiser {
    /// Where the sums of rows from `first` on go.
    ///
    /// # Safety
    /// No other thread works on the same panels of the same rows, as long as the sums go there.
    pub(super) unsafe fn rows_from(&self, first: usize) -> Requantising<'_> {
        Requantising { requantiser: self, first, channels: Default::default() }
    }
}

/// Where the sums of some rows go. It is made for rows and panels that no other thread works on.
#[derive(Debug)]
pub(super) struct Requantising<'a> {
    requantiser: &'a Requantiser,
    first: usize,
    /// Panels with their parameters, each at its number's remainder: rows go by, the panels stay.
    channels: [(Option<usize>, Channels); PANELS],
}

impl Sink<i32> for Requantising<'_> {
    #[inline(always)]
    fn sums(&mut self, row: usize, panel: usize, sums: &[i32; PANEL]) {
        let Requantiser { table, table_stride, output, out, place, origin, columns } =
            *self.requantiser;
        let first = origin + panel * PANEL;
        let (of, channels) = &mut self.channels[panel % PANELS];
        if *of != Some(panel) {
            let table = Table { bytes: table.bytes(0, usize::MAX), stride: table_stride };
            *channels = Channels::new(|index| table.channel(first + index));
            *of = Some(panel);
        }
        let bytes = channels.requantise(sums, output).map(i8::cast_unsigned);
        let (count, at) = (columns - panel * PANEL, place.offset(self.first + row, first));
        // SAFETY: the promise to `rows_from`.
        unsafe {
            if count < PANEL {
                out.write(at, &bytes[..count]);
            } else {
                out.write_all(at, &bytes);
            }
        }
    }
}

/// What the channels of a panel do to their sums, worked out once and side by side, so that the outputs are vectors.
#[derive(Clone, Copy, Debug, Default)]
struct Channels {
    bias: [i32; PANEL],
    multiplier: [i32; PANEL],
    /// Half of what is shifted out.
    half: [i64; PANEL],
    /// 1 to 62.
    shift: [u32; PANEL],
}

impl Channels {
    fn new(channel: impl Fn(usize) -> Channel) -> Self {
        let mut channels = Self::default();
        for index in 0..PANEL {
            let Channel { bias, multiplier, shift } = channel(index);
            let shift = shift.clamp(1, 62);
            channels.bias[index] = bias;
            channels.multiplier[index] = multiplier;
            channels.half[index] = 1 << (shift - 1);
            channels.shift[index] = shift;
        }
        channels
    }

    /// [`opml_kernels::requantise`] of every sum.
    #[inline(always)]
    fn requantise(&self, sums: &[i32; PANEL], output: opml_kernels::Output) -> [i8; PANEL] {
        let opml_kernels::Output { zero_point, low, high } = output;
        let [zero_point, low, high] = [zero_point, low, high].map(i64::from);
        let mut values = [0; PANEL];
        for (index, value) in values.iter_mut().enumerate() {
            let sum = i64::from(sums[index].wrapping_add(self.bias[index]));
            let product = sum * i64::from(self.multiplier[index]);
            let rounded = (product + self.half[index]).wrapping_shr(self.shift[index]);
            // The greatest value wins where it is below the least one.
            *value = (rounded + zero_point).max(low).min(high) as i8;
        }
        values
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use opml_kernels::{Output, requantise};
    use proptest::{collection::vec, prelude::*};

    fn word() -> impl Strategy<Value = i32> {
        prop_oneof![any::<i32>(), -300..300, Just(i32::MIN), Just(i32::MAX)]
    }

    proptest! {
        #[test]
        fn panels_are_requantised_as_single_sums(
            channels in vec((word(), word(), prop_oneof![0..70u32, any::<u32>()]), PANEL),
            sums in vec(word(), PANEL), zero_point: i8, low: i8, high: i8,
        ) {
            let output = Output { zero_point, low, high };
            let channel = |index: usize| {
                let (bias, multiplier, shift) = channels[index];
                Channel { bias, multiplier, shift }
            };
            let sums: [i32; PANEL] = sums.try_into().unwrap();
            let found = Channels::new(channel).requantise(&sums, output);
            let expected = std::array::from_fn(|index| requantise(sums[index], channel(index), output));
            prop_assert_eq!(found, expected);
        }
    }
}
