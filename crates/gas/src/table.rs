//! The sheet as people read it.

use comfy_table::{CellAlignment, Table, presets};

use crate::{
    document::thousands,
    sheet::Sheet,
    step::{MEDIAN_BAR, StepRow, WORST_BAR},
    window::WindowRow,
};

const STEP_COLUMNS: [&str; 12] = [
    "class",
    "touches",
    "model",
    "bytes",
    "gas",
    "floor",
    "Amsterdam",
    "registers full: gas",
    "floor",
    "Amsterdam",
    "binds",
    "dearest",
];
const WINDOW_COLUMNS: [&str; 10] = [
    "kernel",
    "model",
    "run",
    "median",
    "worst",
    "bar",
    "bytes",
    "floor",
    "Amsterdam: median",
    "worst",
];

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
        let steps = table(preset, STEP_COLUMNS, 3..10, self.steps.iter().map(step_cells));
        let windows = table(preset, WINDOW_COLUMNS, 3..10, self.windows.iter().map(window_cells));
        let bars = [
            ["median over the classes".to_owned(), thousands(self.median), thousands(MEDIAN_BAR)],
            ["dearest".to_owned(), thousands(self.worst), thousands(WORST_BAR)],
        ];
        let bars = table(preset, ["one step", "gas", "bar"], 1..3, bars.into_iter());
        format!("One step:\n\n{steps}\n\n{bars}\n\nRuns of steps:\n\n{windows}\n")
    }
}

fn table<const N: usize>(
    preset: &str,
    head: [&str; N],
    numbers: std::ops::Range<usize>,
    rows: impl Iterator<Item = [String; N]>,
) -> String {
    let mut table = Table::new();
    table.load_preset(preset).set_header(head);
    table.add_rows(rows);
    for column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

fn step_cells(row: &StepRow) -> [String; 12] {
    let StepRow { class, touches, model, instruction, typical, full } = row;
    let binds = match (typical.osaka.binds().name(), full.osaka.binds().name()) {
        (same, other) if same == other => same.to_owned(),
        (typical, full) => format!("{typical}, full: {full}"),
    };
    [
        class.clone(),
        (*touches).to_owned(),
        (*model).to_owned(),
        thousands(typical.osaka.calldata as u64),
        thousands(typical.osaka.gas),
        thousands(typical.osaka.floor),
        thousands(typical.amsterdam.gas),
        thousands(full.osaka.gas),
        thousands(full.osaka.floor),
        thousands(full.amsterdam.gas),
        binds,
        instruction.clone(),
    ]
}

fn window_cells(row: &WindowRow) -> [String; 10] {
    let WindowRow { kernel, model, steps, median, worst, bar } = row;
    [
        (*kernel).to_owned(),
        (*model).to_owned(),
        format!("r = {steps}"),
        thousands(median.osaka.gas),
        thousands(worst.osaka.gas),
        bar.map_or_else(String::new, thousands),
        thousands(worst.osaka.calldata as u64),
        thousands(worst.osaka.floor),
        thousands(median.amsterdam.gas),
        thousands(worst.amsterdam.gas),
    ]
}
