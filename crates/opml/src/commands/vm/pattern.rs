//! At which steps something happens, in the notation of Cannon: `never`, `always`, `=N`, `%N`.

use std::str::FromStr;

use eyre::{Report, eyre};

/// A set of step numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    /// `never`
    Never,
    /// `always`
    Always,
    /// `=N`: step N
    At(u64),
    /// `%N`: every multiple of N, which is not 0
    Every(u64),
}

impl FromStr for Pattern {
    type Err = Report;

    fn from_str(text: &str) -> Result<Self, Report> {
        let bad = || eyre!("{text:?} is none of never, always, =N and %N with N ≥ 1");
        match text {
            "never" => return Ok(Self::Never),
            "always" => return Ok(Self::Always),
            _ => {}
        }
        if let Some(step) = text.strip_prefix('=') {
            return step.parse().map(Self::At).map_err(|_| bad());
        }
        match text.strip_prefix('%').and_then(|stride| stride.parse().ok()) {
            Some(stride) if stride != 0 => Ok(Self::Every(stride)),
            _ => Err(bad()),
        }
    }
}

impl Pattern {
    /// Returns whether `step` is in the set.
    pub(super) const fn matches(self, step: u64) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::At(at) => step == at,
            Self::Every(stride) => step.is_multiple_of(stride),
        }
    }

    /// Returns the first step after `step` in the set; `u64::MAX` if there is none.
    pub(super) const fn next_after(self, step: u64) -> u64 {
        match self {
            Self::Always => step.saturating_add(1),
            Self::At(at) if at > step => at,
            Self::Every(stride) => (step / stride + 1).saturating_mul(stride),
            Self::Never | Self::At(_) => u64::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern::{self, *};

    #[test]
    fn patterns_are_read_as_cannon_reads_them() {
        for (text, pattern) in
            [("never", Never), ("always", Always), ("=0", At(0)), ("%7", Every(7))]
        {
            assert_eq!(text.parse::<Pattern>().unwrap(), pattern);
        }
        for text in ["", "%0", "%", "=", "=-1", "7", "% 7", "sometimes", "%18446744073709551616"] {
            let error = text.parse::<Pattern>().unwrap_err().to_string();
            assert!(error.contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn the_next_step_is_the_first_that_matches() {
        for pattern in [Never, Always, At(0), At(9), Every(1), Every(7)] {
            for step in 0..40 {
                let next = pattern.next_after(step);
                let slow = (step + 1..100).find(|step| pattern.matches(*step));
                assert_eq!(next, slow.unwrap_or(u64::MAX), "{pattern:?} after {step}");
            }
        }
        assert_eq!(Every(2).next_after(u64::MAX - 1), u64::MAX, "saturates");
        assert_eq!(Always.next_after(u64::MAX), u64::MAX);
    }
}
