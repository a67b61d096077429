//! The sheet as people read it.

use comfy_table::{CellAlignment, Table, presets};

use opml_gas::document::thousands;

use super::sheet::{Game, Pace, Row, Sheet};

/// Columns of the table of transactions.
const COLUMNS: [&str; 9] =
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
            let Game { k, r, n, transactions, gas, bar } = *game;
            let numbers = [k, u64::from(r), n, transactions, gas].map(thousands);
            let [k, r, n, transactions, gas] = numbers;
            [k, r, n, transactions, gas, bar.map_or_else(String::new, thousands)]
        });
        let head = ["k", "r", "large steps", "transactions", "gas", "bar"];
        let games = table(preset, head, &[0, 1, 2, 3, 4, 5], games);
        let paces = self.paces.iter().map(|pace| {
            let Pace { model, n, window, answer, answers, seconds, bar } = *pace;
            let numbers = [n, window, answer, answers, seconds, bar].map(thousands);
            let [n, window, answer, answers, seconds, bar] = numbers;
            [model.to_owned(), n, window, answer, answers, seconds, bar]
        });
        let head = ["model", "large steps", "window", "per answer", "answers", "seconds", "bar"];
        let paces = table(preset, head, &[1, 2, 3, 4, 5, 6], paces);
        let sizes = self.code.iter();
        let sizes = sizes.map(|size| [size.contract.to_owned(), thousands(size.bytes as u64)]);
        let sizes = table(preset, ["contract", "bytes of code"], &[1], sizes);
        let Self { client, hardfork, .. } = self;
        format!(
            "On {client} under the rules of {hardfork}.\n\n{rows}\n\n\
             Whole disputes that a lying submitter loses by proof, from the opening to the collection:\n\n{games}\n\n\
             From the reveal of a claim to the verdict by the chain's clock, opened at the end of the window:\n\n{paces}\n\n\
             {sizes}\n"
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
