//! Where the time of a run goes: by operator, measured record by record.

use eyre::{Result, ensure};
use opml_engine::Engine;
use opml_tensor::{Operation, Product, Record, admit, layout::PAGE};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// Time and number of records, by operator.
#[derive(Debug, Default)]
pub(crate) struct Profile(BTreeMap<String, (Duration, u64)>);

impl Profile {
    /// Runs a machine to its end, record by record.
    ///
    /// # Errors
    /// If it refuses a record.
    pub(crate) fn of(mut engine: Engine) -> Result<Self> {
        let mut profile = Self::default();
        while engine.outcome().is_none() {
            let control = engine.control();
            let header = *engine.model().header();
            let start = (PAGE + control.pc * Record::BYTES as u64) as usize;
            let bytes = engine.model().bytes()[start..].first_chunk();
            let record = Record::from_bytes(bytes.ok_or_else(|| eyre::eyre!("no such record"))?);
            let (name, tiles) = match admit(&record, &control.registers, &header) {
                Ok(operation) => (name(&operation), operation.tiles()),
                Err(refusal) => eyre::bail!("the program was refused: {refusal}"),
            };
            let start = Instant::now();
            engine.run_to(engine.step() + tiles)?;
            let entry = profile.0.entry(name).or_default();
            entry.0 += start.elapsed();
            entry.1 += 1;
        }
        ensure!(engine.refusal().is_none(), "the program was refused: {:?}", engine.refusal());
        Ok(profile)
    }
}

/// The operator, of products with rows and columns.
fn name(operation: &Operation) -> String {
    match operation {
        Operation::Product(Product { grid, finish, .. }) => {
            let gate = if finish.gate { ", gate" } else { "" };
            format!("product {}x{}{gate}", grid.rows, grid.columns)
        }
        _ => kind(operation).to_owned(),
    }
}

/// Prints the shares of a run.
pub(crate) fn print(run: &str, Profile(operators): &Profile) {
    let all: Duration = operators.values().map(|(time, _)| time).sum();
    println!("{run}: {:.1} ms", all.as_secs_f64() * 1e3);
    for (name, (time, count)) in operators {
        let share = time.as_secs_f64() / all.as_secs_f64() * 100.0;
        println!("  {name:<24} {share:>5.1} %  {count:>7} records  {time:>10.1?}");
    }
}

const fn kind(operation: &Operation) -> &'static str {
    match operation {
        Operation::Control(_) => "control",
        Operation::Dense(_) | Operation::Product(_) => "product",
        Operation::Strided(_) => "strided",
        Operation::Conv(_) => "conv",
        Operation::Depthwise(_) => "depthwise",
        Operation::Map(_) => "elements",
        Operation::Reduce(_) => "reduce",
        Operation::Softmax(_) => "softmax",
        Operation::Quant(_) => "quantise",
        Operation::Pool(_) => "pool",
        Operation::Norm(_) => "norm",
        Operation::Gather(_) => "gather",
        Operation::Rope(_) => "rope",
        Operation::Attention(_) => "attention",
        Operation::Merge(_) => "merge",
        Operation::Sample(_) => "sample",
        _ => "other",
    }
}
