use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::PathError;

/// The way from a seed to one of its keys (BIP-32): `m`, then up to ten indices, those with `'` hardened.
///
/// Account `N` of Ledger Live is at `m/44'/60'/N'/0/0`, which is the default for the first one, 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DerivationPath(String);

impl DerivationPath {
    /// The first account of Ledger Live.
    pub const FIRST: &'static str = "m/44'/60'/0'/0/0";
}

/// The most indices that Ethereum's app on a Ledger takes.
const MAX_DEPTH: usize = 10;

impl Default for DerivationPath {
    fn default() -> Self {
        Self(Self::FIRST.to_owned())
    }
}

impl FromStr for DerivationPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let is_index = |index: &str| {
            let digits = index.strip_suffix('\'').unwrap_or(index);
            digits.bytes().all(|byte| byte.is_ascii_digit())
                && digits.parse::<u32>().is_ok_and(|index| index < 1 << 31)
        };
        let mut parts = text.split('/');
        let is_path = parts.next() == Some("m")
            && (1..=MAX_DEPTH).contains(&parts.clone().count())
            && parts.all(is_index);
        is_path.then(|| Self(text.to_owned())).ok_or_else(|| PathError(text.to_owned()))
    }
}

impl TryFrom<String> for DerivationPath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        text.parse()
    }
}

impl From<DerivationPath> for String {
    fn from(path: DerivationPath) -> Self {
        path.0
    }
}

impl fmt::Display for DerivationPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_m_and_indices() {
        let live = DerivationPath::default();
        assert_eq!(live.to_string().parse(), Ok(live));
        for path in ["m/0", "m/2147483647'", "m/1/2/3/4/5/6/7/8/9/10"] {
            assert!(path.parse::<DerivationPath>().is_ok(), "{path}");
        }
    }

    /// The app's library would leave out the first part, whatever it is.
    #[test]
    fn what_is_no_path_is_refused_with_its_text() {
        let wrong = "m m/ 44'/60'/0'/0/0 m/44h/60 m/+1 m/-1 m/'' m/1/ m/2147483648 digits";
        for path in wrong.split(' ').chain(["", "m/1/2/3/4/5/6/7/8/9/10/11"]) {
            let error = path.parse::<DerivationPath>().unwrap_err();
            assert_eq!(error, PathError(path.to_owned()));
        }
    }
}
