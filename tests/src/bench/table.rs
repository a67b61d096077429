//! The sheet as people read it.

use comfy_table::{CellAlignment, Table, presets};

use super::sheet::{Game, Row, Sheet};

/// Columns of the table of transactions.
pub(super) const COLUMNS: [&str; 9] =
    ["call", "case", "bytes", "gas", "bar", "binds", "floor", "EIP-7976", "in this run"];

impl Sheet {
    /// For a terminal.
    pub fn terminal(&self) -> String {
        self.render(presets::NOTHING)
    }

    /// For a document.
    pub fn markdown(&self) -> String {
        self.render(presets::ASCII_MARKDOWN)
    }

    fn render(&self, preset: &str) -> String {
        let rows = self.rows.iter().map(cells);
        let rows = table(preset, COLUMNS, [2, 3, 4, 6, 7].as_slice(), rows);
        let games = self.games.iter().map(|game| {
            let Game { k, r, n, transactions, gas } = game;
            [k, &u64::from(*r), n, transactions, gas].map(|number| thousands(*number))
        });
        let head = ["k", "r", "large steps", "transactions", "gas"];
        let games = table(preset, head, &[0, 1, 2, 3, 4], games);
        let sizes = self.code.iter();
        let sizes = sizes.map(|size| [size.contract.to_owned(), thousands(size.bytes as u64)]);
        let sizes = table(preset, ["contract", "bytes of code"], &[1], sizes);
        let Self { client, hardfork, .. } = self;
        format!(
            "On {client} under the rules of {hardfork}.\n\n{rows}\n\n\
             Whole disputes, from the opening to the verdict:\n\n{games}\n\n{sizes}\n"
        )
    }
}

fn table<const N: usize>(
    preset: &str,
    head: [&str; N],
    numbers: &[usize],
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_preset(preset).set_header(head);
    table.add_rows(rows);
    for column in numbers {
        if let Some(column) = table.column_mut(*column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

fn cells(row: &Row) -> [String; 9] {
    [
        row.call.to_owned(),
        row.case.clone(),
        thousands(row.calldata as u64),
        thousands(row.gas),
        row.bar.map_or_else(String::new, thousands),
        row.binds.name().to_owned(),
        thousands(row.floor),
        thousands(row.eip7976),
        row.note.clone(),
    ]
}

/// 1234567 as 1,234,567.
fn thousands(number: u64) -> String {
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
    use super::thousands;

    #[test]
    fn digits_are_grouped_by_three() {
        let numbers = [0, 12, 999, 1_000, 74_700, 1_234_567];
        let texts = ["0", "12", "999", "1,000", "74,700", "1,234,567"];
        assert_eq!(numbers.map(thousands), texts);
    }
}
