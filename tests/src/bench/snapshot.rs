//! The committed figures, and what has moved since.

use std::collections::BTreeMap;

use thiserror::Error;

use super::{sheet::Sheet, table::COLUMNS};

/// Before the generated part of the document.
const BEGIN: &str = "<!-- cargo xtask bench gas: begin -->";
/// After it.
const END: &str = "<!-- cargo xtask bench gas: end -->";
/// A figure may differ from the committed one by one part in this many.
const TOLERANCE: u64 = 50;

/// A document that holds no figures.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SnapshotError {
    /// The markers are not there, in this order.
    #[error("the document has no lines `{BEGIN}` and `{END}`")]
    NoMarkers,
    /// A row is not one of the table.
    #[error("`{0}` is no row of the table")]
    BadRow(String),
}

/// A difference between the committed figures and the measured ones.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Drift {
    /// A figure moved by more than 2 %.
    #[error("{call} ({case}) costs {measured} gas, and {committed} in docs/gas.md")]
    Moved {
        /// The function.
        call: String,
        /// Its case.
        case: String,
        /// In the document.
        committed: u64,
        /// Now.
        measured: u64,
    },
    /// A row is not in the document.
    #[error("{call} ({case}) costs {measured} gas, and is not in docs/gas.md")]
    New {
        /// The function.
        call: String,
        /// Its case.
        case: String,
        /// Now.
        measured: u64,
    },
    /// A row of the document was not measured.
    #[error("{call} ({case}) is in docs/gas.md, and was not measured")]
    Gone {
        /// The function.
        call: String,
        /// Its case.
        case: String,
    },
}

/// The figures of a document by call and case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Snapshot(BTreeMap<(String, String), u64>);

impl Snapshot {
    /// Reads the table between the markers.
    ///
    /// # Errors
    /// If there is none.
    pub fn parse(document: &str) -> Result<Self, SnapshotError> {
        let (_, generated, _) = split(document)?;
        let mut figures = BTreeMap::new();
        for line in generated.lines().filter(|line| line.starts_with('|')) {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            // The table of code sizes has fewer columns; headers and rules have no figure.
            let [call, case, _, gas, ..] = cells[..] else { continue };
            if cells.len() != COLUMNS.len() || call == COLUMNS[0] || call.starts_with('-') {
                continue;
            }
            let bad = |_| SnapshotError::BadRow(line.to_owned());
            let gas = gas.replace(',', "").parse().map_err(bad)?;
            figures.insert((call.to_owned(), case.to_owned()), gas);
        }
        Ok(Self(figures))
    }

    /// What differs by more than 2 %.
    pub fn compare(&self, sheet: &Sheet) -> Vec<Drift> {
        let mut rest = self.0.clone();
        let mut drifts = Vec::new();
        for row in &sheet.rows {
            let (call, case, measured) = (row.call.to_owned(), row.case.clone(), row.gas);
            match rest.remove(&(call.clone(), case.clone())) {
                None => drifts.push(Drift::New { call, case, measured }),
                Some(committed) if measured.abs_diff(committed) * TOLERANCE > committed => {
                    drifts.push(Drift::Moved { call, case, committed, measured });
                }
                Some(_) => {}
            }
        }
        drifts.extend(rest.into_keys().map(|(call, case)| Drift::Gone { call, case }));
        drifts
    }

    /// The document with the figures of `sheet` between its markers.
    ///
    /// # Errors
    /// If it has no markers.
    pub fn update(document: &str, sheet: &Sheet) -> Result<String, SnapshotError> {
        let (before, _, after) = split(document)?;
        Ok(format!("{before}{BEGIN}\n\n{}\n{END}{after}", sheet.markdown()))
    }
}

/// What is before, between and after the markers.
fn split(document: &str) -> Result<(&str, &str, &str), SnapshotError> {
    let (before, rest) = document.split_once(BEGIN).ok_or(SnapshotError::NoMarkers)?;
    let (generated, after) = rest.split_once(END).ok_or(SnapshotError::NoMarkers)?;
    Ok((before, generated, after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::{Binds, Row};

    fn sheet(gas: &[(&'static str, u64)]) -> Sheet {
        let row = |&(call, gas): &(&'static str, u64)| Row {
            call,
            case: "k = 32, a | b".replace('|', "or"),
            note: String::new(),
            calldata: 1_412,
            gas,
            floor: 21_000,
            eip7976: gas,
            binds: Binds::Execution,
            bar: Some(100_000),
        };
        Sheet { rows: gas.iter().map(row).collect(), ..Sheet::default() }
    }

    fn committed(sheet: &Sheet) -> Snapshot {
        let document = Snapshot::update(&format!("# Gas\n{BEGIN}{END}\nEnd.\n"), sheet).unwrap();
        assert!(document.starts_with("# Gas\n") && document.ends_with("\nEnd.\n"));
        // A second update changes nothing.
        assert_eq!(Snapshot::update(&document, sheet).unwrap(), document);
        Snapshot::parse(&document).unwrap()
    }

    #[test]
    fn what_was_written_is_read_back() {
        let sheet = sheet(&[("open", 1_092_000), ("move", 74_700)]);
        assert_eq!(committed(&sheet).0.len(), 2);
        assert_eq!(committed(&sheet).compare(&sheet), []);
    }

    #[test]
    fn two_percent_may_move_and_no_more() {
        let before = committed(&sheet(&[("move", 100_000)]));
        for gas in [98_000, 102_000] {
            assert_eq!(before.compare(&sheet(&[("move", gas)])), []);
        }
        for gas in [97_999, 102_001] {
            let drifts = before.compare(&sheet(&[("move", gas)]));
            assert!(
                matches!(drifts[..], [Drift::Moved { committed: 100_000, measured, .. }] if measured == gas)
            );
        }
    }

    #[test]
    fn rows_come_and_go_in_the_open() {
        let before = committed(&sheet(&[("open", 1), ("move", 2)]));
        let drifts = before.compare(&sheet(&[("move", 2), ("evaluate", 3)]));
        assert!(matches!(drifts[..], [Drift::New { .. }, Drift::Gone { .. }]), "{drifts:?}");
    }

    #[test]
    fn a_document_without_markers_is_refused() {
        assert_eq!(Snapshot::parse("# Gas"), Err(SnapshotError::NoMarkers));
        assert_eq!(Snapshot::parse(&format!("{END}{BEGIN}")), Err(SnapshotError::NoMarkers));
    }

    #[test]
    fn broken_bars_are_named() {
        let broken = sheet(&[("move", 100_000), ("open", 100_001)]).broken_bars();
        assert!(matches!(&broken[..], [only] if only.starts_with("open")), "{broken:?}");
    }
}
