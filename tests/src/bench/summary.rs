use eyre::{Result, eyre};
use serde::Serialize;

use super::Sheet;

/// The figures that are compared with other protocols: gas of whole transactions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// A request with 64 bytes of input.
    pub request: u64,
    /// A commitment to a claim.
    pub commit: u64,
    /// Its reveal.
    pub reveal: u64,
    /// The opening of a dispute at k = 32, in either phase.
    pub open: u64,
    /// A move inside a phase at k = 16.
    pub move_k16: u64,
    /// The same at k = 32.
    pub move_k32: u64,
    /// The same at k = 64.
    pub move_k64: u64,
    /// Finality with a callback that does nothing, for who has credit already, with a guardian.
    pub finalize: u64,
    /// An evaluation of one step, the median over the classes of instructions.
    pub step_median: u64,
    /// The dearest evaluation of one step, on the largest model.
    pub step_worst: u64,
    /// A dispute about the digits from its opening to the collection at k = 32, both sides together.
    pub dispute_total: u64,
}

impl Summary {
    /// Of what was measured on anvil, and for single steps by revm, of which anvil has replayed the dearest of each class.
    ///
    /// # Errors
    /// If a figure was not measured.
    pub fn new(sheet: &Sheet, steps: &opml_gas::Sheet) -> Result<Self> {
        let dearest = |call: &str, case: fn(&str) -> bool| {
            let rows = sheet.rows.iter().filter(|row| row.call == call && case(&row.case));
            rows.map(|row| row.gas).max().ok_or_else(|| eyre!("no {call} was measured"))
        };
        // Of one claim, but for the halted states that make it longer.
        let game = sheet.games.iter().filter(|game| game.k == 32 && game.n < 1024);
        let game = game.map(|game| game.gas).max();
        Ok(Self {
            request: dearest("request", |case| case.starts_with("input"))?,
            commit: dearest("commit", str::is_empty)?,
            reveal: dearest("reveal", |_| true)?,
            open: dearest("open", |case| case.starts_with("k = 32"))?,
            move_k16: dearest("move", |case| case.starts_with("k = 16, phase"))?,
            move_k32: dearest("move", |case| case.starts_with("k = 32, phase"))?,
            move_k64: dearest("move", |case| case.starts_with("k = 64, phase"))?,
            finalize: dearest("finalise", |case| {
                case.starts_with("callback that does nothing, known credit slot")
            })?,
            step_median: steps.median,
            step_worst: steps.worst,
            dispute_total: game.ok_or_else(|| eyre!("no dispute was measured"))?,
        })
    }
}
