//! Exact sums to s8, side by side.

#[cfg(test)]
use super::Isa;
use opml_kernels::{Channel, Output, PANEL};

/// What the channels of a panel do to their sums, worked out once and side by side, so that the outputs are vectors.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Channels {
    pub(super) bias: [i32; PANEL],
    pub(super) multiplier: [i32; PANEL],
    /// Half of what is shifted out.
    pub(super) half: [i64; PANEL],
    /// 1 to 62.
    pub(super) shift: [u32; PANEL],
}

impl Channels {
    /// Those of a panel, of each of which `channel` is asked once.
    pub(crate) fn new(channel: impl Fn(usize) -> Channel) -> Self {
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

    /// [`opml_kernels::requantise`] of every sum, as vectors that the compiler makes.
    #[inline(always)]
    pub(super) fn requantise(&self, sums: &[i32; PANEL], output: Output) -> [i8; PANEL] {
        let Output { zero_point, low, high } = output;
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
    use crate::simd::{Kernel, Level};
    use opml_kernels::requantise;
    use proptest::{collection::vec, prelude::*};

    /// Requantises the sums of one panel.
    struct Panel<'a> {
        channels: Channels,
        sums: [i32; PANEL],
        output: Output,
        found: &'a mut [i8; PANEL],
    }

    impl Kernel for Panel<'_> {
        #[inline(always)]
        unsafe fn run<S: Isa>(self) {
            // SAFETY: the caller's promise.
            *self.found = unsafe { S::requantise(&self.channels, &self.sums, self.output) };
        }
    }

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
            let channels = Channels::new(channel);
            let expected = std::array::from_fn(|index| requantise(sums[index], channel(index), output));
            prop_assert_eq!(channels.requantise(&sums, output), expected);
            for level in Level::ALL.into_iter().filter(|level| *level <= Level::detect()) {
                let mut found = [0; PANEL];
                // SAFETY: the processor has the level.
                let has_vectors = unsafe { level.run(Panel { channels, sums, output, found: &mut found }) };
                prop_assert!(!has_vectors || found == expected, "{}: {:?}, {:?}", level, found, expected);
            }
        }
    }
}
