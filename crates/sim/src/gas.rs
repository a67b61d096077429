//! What calls cost: the tables that `cargo xtask bench gas` keeps in docs/gas.md.

use thiserror::Error;

/// The page with the tables.
const PAGE: &str = include_str!("../../../docs/gas.md");

/// A figure that the page does not have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("docs/gas.md has no row `{call}`, `{case}`: that was not measured")]
pub struct NotMeasured {
    /// The call.
    call: String,
    /// The case, as the page writes it.
    case: String,
}

/// Gas of whole transactions, by call and case.
#[derive(Debug, Clone)]
pub struct Gas {
    rows: Vec<(String, String, u64)>,
}

impl Gas {
    /// The committed figures.
    pub fn committed() -> Self {
        Self::of(PAGE)
    }

    fn of(page: &str) -> Self {
        let mut rows = Vec::new();
        let mut gas = None;
        for line in page.lines() {
            let Some(line) = line.strip_prefix('|') else {
                gas = None;
                continue;
            };
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            if let [first, second, ..] = cells[..]
                && (first, second) == ("call", "case")
            {
                gas = cells.iter().position(|cell| *cell == "gas");
            } else if let Some(column) = gas
                && let Some(figure) =
                    cells.get(column).and_then(|cell| cell.replace(',', "").parse().ok())
            {
                rows.push((cells[0].to_owned(), cells[1].to_owned(), figure));
            }
        }
        Self { rows }
    }

    /// Gas of a call in one case.
    ///
    /// # Errors
    /// If it was not measured.
    pub fn of_call(&self, call: &str, case: &str) -> Result<u64, NotMeasured> {
        self.dearest(call, |known| known == case)
            .ok_or_else(|| NotMeasured { call: call.to_owned(), case: case.to_owned() })
    }

    /// Gas of the dearest of the cases that begin so.
    ///
    /// # Errors
    /// If none was measured.
    pub fn dearest_of(&self, call: &str, begin: &str) -> Result<u64, NotMeasured> {
        self.dearest(call, |known| known.starts_with(begin))
            .ok_or_else(|| NotMeasured { call: call.to_owned(), case: format!("{begin}…") })
    }

    fn dearest(&self, call: &str, case: impl Fn(&str) -> bool) -> Option<u64> {
        let rows = self.rows.iter().filter(|(known, name, _)| known == call && case(name));
        rows.map(|(_, _, gas)| *gas).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
| call | case | bytes | gas | floor |
|------|------|-------|-----|-------|
| move | full | 10 | 78,227 | 9 |
| move | full | 11 | 78,000 | 9 |
| commit |  | 9 | 53,639 | 8 |

| k | gas |
|---|---|
| 32 | 5 |
";

    #[test]
    fn rows_are_found_by_call_and_case() {
        let gas = Gas::of(TABLE);
        assert_eq!(gas.of_call("move", "full"), Ok(78_227));
        assert_eq!(gas.of_call("commit", ""), Ok(53_639));
        assert_eq!(gas.dearest_of("move", "fu"), Ok(78_227));
        let missing = gas.of_call("move", "short").unwrap_err().to_string();
        assert_eq!(missing, "docs/gas.md has no row `move`, `short`: that was not measured");
        assert!(gas.of_call("32", "5").is_err());
    }
}
