//! How bytes stand for real numbers.

use crate::fixed::round_half_even;

/// Steps between the least and the greatest byte.
const STEPS: f64 = 255.0;
const LEAST: f64 = i8::MIN as f64;

/// The values of a buffer over all calibration inputs; zero is always among them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Range {
    pub(super) low: f32,
    pub(super) high: f32,
}

impl Range {
    /// The least range with both. Comparisons alone: no NaN comes here.
    pub(super) const fn with(self, value: f32) -> Self {
        let low = if value < self.low { value } else { self.low };
        let high = if value > self.high { value } else { self.high };
        Self { low, high }
    }

    pub(super) const fn union(self, other: Self) -> Self {
        self.with(other.low).with(other.high)
    }
}

/// `real = step·(byte − zero)`; zero itself is exact, so that padding is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Scale {
    /// An f32, since records multiply by it.
    pub(super) step: f32,
    pub(super) zero: i8,
}

impl Scale {
    /// The scale that spends all bytes on `range`.
    pub(super) fn of(range: Range) -> Self {
        let width = f64::from(range.high) - f64::from(range.low);
        let step = (width / STEPS) as f32;
        // Below the normal numbers a step has no reciprocal: such a buffer is as good as silent.
        let step = if step < f32::MIN_POSITIVE { 1.0 } else { step };
        let zero = round_half_even(LEAST - f64::from(range.low) / f64::from(step));
        Self { step, zero: byte(zero) }
    }

    /// The byte nearest to a value.
    pub(super) fn byte(self, value: f32) -> i8 {
        let steps = round_half_even(f64::from(value) / f64::from(self.step));
        byte(steps.saturating_add(self.zero.into()))
    }
}

fn byte(value: i64) -> i8 {
    value.clamp(i8::MIN.into(), i8::MAX.into()) as i8
}

#[cfg(test)]
mod tests {
    use super::{Range, Scale};

    #[test]
    fn zero_is_exact_and_the_ends_are_reached() {
        for (low, high) in [(0.0, 5.0), (-3.0, 0.0), (-1.0, 2.0), (-0.001, 900.0), (0.0, 0.0)] {
            let range = Range::default().with(low).with(high);
            let scale = Scale::of(range);
            assert_eq!(scale.byte(0.0), scale.zero);
            let real = |byte: i8| scale.step * f32::from(i16::from(byte) - i16::from(scale.zero));
            for value in [low, high] {
                assert!(
                    (real(scale.byte(value)) - value).abs() <= scale.step,
                    "{value} by {scale:?}"
                );
            }
        }
        assert_eq!(Scale::of(Range { low: 0.0, high: 255.0 }), Scale { step: 1.0, zero: -128 });
        assert_eq!(Scale::of(Range { low: 0.0, high: 1e-44 }), Scale { step: 1.0, zero: -128 });
    }
}
