//! From f64 to the integers of a model, with integer operations only.
//!
//! Model ids depend on these bits, so nothing here calls a function of the platform's libm: the
//! basic operations of IEEE-754 are the same everywhere, `round`, `log2` and `powi` need not be.

/// `value` rounded to the nearest integer, ties to even, saturated to i64; 0 for NaN.
pub(crate) fn round_half_even(value: f64) -> i64 {
    let below = value as i64; // towards zero; exact, or saturated where |value| ≥ 2^63
    let rest = value - below as f64;
    let away = if value < 0.0 { -1 } else { 1 };
    let rest = rest * f64::from(away);
    if rest > 0.5 || (rest == 0.5 && below & 1 == 1) {
        below.saturating_add(away.into())
    } else {
        below
    }
}

/// A positive multiplier as the requantisation rule takes it: `mantissa · 2^−shift`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Multiplier {
    /// In `[2^30, 2^31)`.
    pub(crate) mantissa: i32,
    /// In `1..=62`.
    pub(crate) shift: u32,
}

impl Multiplier {
    /// The multiplier nearest to `value`, ties upwards; `None` unless `value` lies in
    /// `[2^-32, 2^30)` after rounding, where mantissa and shift can express it.
    pub(crate) fn nearest(value: f64) -> Option<Self> {
        const FRACTION: u32 = 52;
        let bits = value.to_bits();
        let exponent = i32::try_from(bits >> FRACTION).ok()?; // sign bit set: above any exponent
        // value = significand · 2^(exponent − 1075), significand in [2^52, 2^53)
        let significand = (bits & ((1 << FRACTION) - 1)) | (1 << FRACTION);
        let dropped = FRACTION - 30;
        let mut mantissa = (significand + (1 << (dropped - 1))) >> dropped;
        let mut shift = 1075 - i32::try_from(dropped).ok()? - exponent;
        if mantissa == 1 << 31 {
            mantissa >>= 1;
            shift -= 1;
        }
        let shift = u32::try_from(shift).ok().filter(|shift| (1..=62).contains(shift))?;
        Some(Self { mantissa: i32::try_from(mantissa).ok()?, shift })
    }
}

#[cfg(test)]
mod tests {
    use super::{Multiplier, round_half_even};

    #[test]
    fn rounding_equals_the_standard_library() {
        for value in [
            0.0,
            -0.0,
            0.5,
            1.5,
            -0.5,
            -1.5,
            2.5,
            0.499_999_999_999_999_94,
            4_503_599_627_370_497.5,
            -4_503_599_627_370_495.5,
            1e300,
            -1e300,
            f64::NAN,
        ] {
            assert_eq!(round_half_even(value), value.round_ties_even() as i64, "{value}");
        }
        for i in -4000..4000 {
            let value = f64::from(i) / 16.0;
            assert_eq!(round_half_even(value), value.round_ties_even() as i64, "{value}");
        }
    }

    #[test]
    fn multipliers_are_normalised_and_nearest() {
        for value in [1.0, 0.5, 0.75, 1.0 / 3.0, 0.001_234_5, 1e-9, 1e6, 0.999_999_999_999] {
            let Multiplier { mantissa, shift } = Multiplier::nearest(value).unwrap();
            assert!(mantissa >= 1 << 30, "{value}: {mantissa}");
            let scaled = value * (1u64 << shift) as f64;
            assert!(
                (f64::from(mantissa) - scaled).abs() <= 0.5,
                "{value}: {mantissa} for {scaled}"
            );
        }
    }

    #[test]
    fn multipliers_end_where_mantissa_and_shift_end() {
        let greatest = f64::from(i32::MAX) / 2.0;
        let nearest = |mantissa, shift| Some(Multiplier { mantissa, shift });
        assert_eq!(Multiplier::nearest(greatest), nearest(i32::MAX, 1));
        assert_eq!(Multiplier::nearest((1u64 << 30) as f64), None);
        let least = 1.0 / (1u64 << 32) as f64;
        assert_eq!(Multiplier::nearest(least), nearest(1 << 30, 62));
        assert_eq!(Multiplier::nearest(least / 2.0), None);
        for value in [0.0, -0.0, -1.0, f64::INFINITY, f64::NAN, f64::MIN_POSITIVE / 4.0] {
            assert_eq!(Multiplier::nearest(value), None, "{value}");
        }
    }
}
