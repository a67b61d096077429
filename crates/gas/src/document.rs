//! Figures that are committed in a document, between two markers, and what has moved since.

use std::collections::BTreeMap;

use thiserror::Error;

/// A figure may differ from the committed one by one part in this many.
const TOLERANCE: u64 = 50;

/// The generated part of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Section {
    /// The command that writes it.
    pub command: &'static str,
}

/// A document without the section.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the document has no lines `{begin}` and `{end}`, in this order")]
pub struct NoSection {
    begin: String,
    end: String,
}

impl Section {
    /// What is before, between and after the markers, which belong to the outer parts.
    fn split<'a>(&self, document: &'a str) -> Result<(&'a str, &'a str, &'a str), NoSection> {
        let [begin, end] =
            ["begin", "end"].map(|word| format!("<!-- {}: {word} -->", self.command));
        let found = document.find(&begin).map(|at| at + begin.len());
        let range = found.and_then(|from| Some((from, from + document[from..].find(&end)?)));
        let (from, to) = range.ok_or(NoSection { begin, end })?;
        Ok((&document[..from], &document[from..to], &document[to..]))
    }

    /// The document with other contents of the section.
    ///
    /// # Errors
    /// If the markers are not there.
    pub fn replace(&self, document: &str, contents: &str) -> Result<String, NoSection> {
        let (before, _, after) = self.split(document)?;
        Ok(format!("{before}\n\n{contents}\n{after}"))
    }

    /// What differs between the section and what it would be now: figures by more than 2 %, and rows.
    ///
    /// # Errors
    /// If the markers are not there.
    pub fn compare(&self, document: &str, contents: &str) -> Result<Vec<Drift>, NoSection> {
        let (_, committed, _) = self.split(document)?;
        Ok(compare(&figures(committed), &figures(contents)))
    }
}

/// A difference between the committed figures and the measured ones.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Drift {
    /// A figure moved by more than 2 %.
    #[error("{row}, {column}: {measured} now, {committed} in the document")]
    Moved {
        /// The words that the row begins with.
        row: String,
        /// The head of the figure's column.
        column: String,
        /// In the document.
        committed: u64,
        /// Now.
        measured: u64,
    },
    /// A row, or a figure in it, is not in the document.
    #[error("{0} is measured now, and not in the document")]
    New(String),
    /// A row of the document, or a figure in it, was not measured.
    #[error("{0} is in the document, and not measured now")]
    Gone(String),
}

/// Figures by row and column. The column counts its place, for heads repeat.
type Figures = BTreeMap<(String, usize), (String, u64)>;

/// The figures in all tables of a Markdown text whose rows begin with words.
fn figures(markdown: &str) -> Figures {
    let mut figures = Figures::new();
    let mut head: Vec<&str> = Vec::new();
    for line in markdown.lines() {
        let Some(line) = line.strip_prefix('|') else {
            head.clear();
            continue;
        };
        let cells: Vec<&str> = line.trim_end_matches('|').split('|').map(str::trim).collect();
        if head.is_empty() {
            head = cells;
            continue;
        }
        let name: Vec<&str> =
            cells.iter().copied().take_while(|cell| number(cell).is_none()).collect();
        if name.iter().all(|word| word.is_empty() || word.starts_with('-')) {
            continue;
        }
        for (column, cell) in cells.iter().enumerate() {
            if let Some(figure) = number(cell) {
                let head = head.get(column).copied().unwrap_or_default();
                figures.insert((name.join(", "), column), (head.to_owned(), figure));
            }
        }
    }
    figures
}

fn compare(committed: &Figures, measured: &Figures) -> Vec<Drift> {
    let mut drifts = Vec::new();
    for (key @ (row, _), (column, now)) in measured {
        match committed.get(key) {
            None => drifts.push(Drift::New(format!("{row}, {column}"))),
            Some((_, then)) if now.abs_diff(*then) * TOLERANCE > *then => {
                drifts.push(Drift::Moved {
                    row: row.clone(),
                    column: column.clone(),
                    committed: *then,
                    measured: *now,
                })
            }
            Some(_) => {}
        }
    }
    let gone = committed.iter().filter(|(key, _)| !measured.contains_key(key));
    drifts.extend(gone.map(|((row, _), (column, _))| Drift::Gone(format!("{row}, {column}"))));
    drifts
}

/// A cell that is a number with its digits grouped.
fn number(cell: &str) -> Option<u64> {
    cell.replace(',', "").parse().ok()
}

/// 1234567 as 1,234,567.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECTION: Section = Section { command: "measure" };

    fn contents(rows: &[(&str, u64)]) -> String {
        let row = |(name, gas): &(&str, u64)| {
            format!("| move | {name} | {} | a note |\n", thousands(*gas))
        };
        format!(
            "| call | case | gas | in this run |\n|---|---|---|---|\n{}",
            rows.iter().map(row).collect::<String>()
        )
    }

    fn document(rows: &[(&str, u64)]) -> String {
        let empty = "# Gas\n<!-- measure: begin --><!-- measure: end -->\nEnd.\n";
        let document = SECTION.replace(empty, &contents(rows)).unwrap();
        assert!(document.starts_with("# Gas\n") && document.ends_with("\nEnd.\n"));
        // A second time changes nothing.
        assert_eq!(SECTION.replace(&document, &contents(rows)).unwrap(), document);
        document
    }

    #[test]
    fn two_percent_may_move_and_no_more() {
        let before = document(&[("full", 100_000)]);
        for gas in [98_000, 100_000, 102_000] {
            assert_eq!(SECTION.compare(&before, &contents(&[("full", gas)])).unwrap(), []);
        }
        for gas in [97_999, 102_001] {
            let drifts = SECTION.compare(&before, &contents(&[("full", gas)])).unwrap();
            let [Drift::Moved { row, column, committed: 100_000, measured }] = &drifts[..] else {
                panic!("{drifts:?}")
            };
            assert_eq!((row.as_str(), column.as_str(), *measured), ("move, full", "gas", gas));
        }
    }

    #[test]
    fn rows_come_and_go_in_the_open() {
        let before = document(&[("full", 1), ("short", 2)]);
        let drifts = SECTION.compare(&before, &contents(&[("short", 2), ("none", 3)])).unwrap();
        let expected =
            [Drift::New("move, none, gas".into()), Drift::Gone("move, full, gas".into())];
        assert_eq!(drifts, expected);
    }

    #[test]
    fn a_document_without_markers_is_refused() {
        for document in ["# Gas", "<!-- measure: end --><!-- measure: begin -->"] {
            assert!(SECTION.compare(document, "").is_err());
        }
    }

    #[test]
    fn digits_are_grouped_by_three() {
        let numbers = [0, 12, 999, 1_000, 74_700, 1_234_567];
        let texts = ["0", "12", "999", "1,000", "74,700", "1,234,567"];
        assert_eq!(numbers.map(thousands), texts);
    }
}
