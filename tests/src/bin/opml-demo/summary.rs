//! The tables at the end.

use comfy_table::{Cell, CellAlignment, Table, presets};

use crate::{
    report::{Output, Played},
    tale::grouped,
};

/// The model and the stories as tables.
pub(crate) fn table(output: &Output) -> String {
    format!("{}\n\n{}", model(output), stories(&output.scenarios))
}

fn model(output: &Output) -> Table {
    let model = &output.model;
    let mut table =
        plain(&["model", "accuracy", "multiply-adds", "large steps", "as one large step"]);
    let known = |figure: Option<String>| right(figure.unwrap_or_else(|| "–".to_owned()));
    table.add_row([
        Cell::new(&model.name),
        known(model.accuracy.map(|share| format!("{:.1} %", 100.0 * share))),
        known(model.macs.map(grouped)),
        right(grouped(model.large_steps)),
        known(
            model.small_steps_single_phase.map(|steps| format!("{} instructions", grouped(steps))),
        ),
    ]);
    table
}

fn stories(played: &[Played]) -> Table {
    let mut table = plain(&[
        "story",
        "first claim",
        "winner",
        "callback",
        "lists",
        "transactions",
        "gas of the dispute",
        "seconds",
    ]);
    for story in played {
        let dispute = story.transactions.iter().filter(|transaction| is_dispute(transaction.what));
        table.add_row([
            Cell::new(match story.inside {
                Some(inside) => format!("{}, {inside} in reth", story.name),
                None => story.name.clone(),
            }),
            Cell::new(story.verdict),
            Cell::new(&story.winner),
            Cell::new(if story.callback { "delivered" } else { "none" }),
            right(format!("{} + {}", story.moves.phase1, story.moves.phase2)),
            right(story.transactions.len()),
            right(grouped(dispute.map(|transaction| transaction.gas).sum())),
            right(format!("{:.1}", story.seconds)),
        ]);
    }
    table
}

fn is_dispute(what: &str) -> bool {
    ["open", "move", "evaluate", "timeout"].contains(&what)
}

fn plain(head: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_header(head);
    table
}

fn right(content: impl ToString) -> Cell {
    Cell::new(content).set_alignment(CellAlignment::Right)
}
