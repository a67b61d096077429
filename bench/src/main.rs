//! `cargo xtask bench engine`: operators of the native engine beside other engines and the machine's own limits.
//!
//! Peers run in this process, on the same weights and as many threads. Rounds of both alternate and the best of each counts: a
//! machine is never quiet, but rarely disturbs all rounds.

mod candle;
mod machine;
mod operators;
mod table;
mod timing;
mod weights;

use clap::Parser;
use eyre::{Result, eyre};
use opml_engine::{Cpu, Level};
use std::{num::NonZero, thread::available_parallelism};
use table::Report;

/// Compares the native engine with its peers.
#[derive(Debug, Parser)]
struct Options {
    /// Threads of the engine and of its peers; as many as there are processors unless given.
    #[arg(long)]
    threads: Option<NonZero<usize>>,
    /// SIMD level of the engine: portable, avx2, avx512 or vnni.
    #[arg(long, env = Level::VARIABLE)]
    simd: Option<Level>,
    /// Only rows whose name contains this.
    #[arg(long, default_value = "")]
    filter: String,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let threads = match options.threads {
        Some(threads) => threads,
        None => available_parallelism()?,
    };
    candle::set_threads(threads);
    let cpu = Cpu::new(threads, options.simd.unwrap_or_else(Level::detect))?;
    let machine = machine::measure(&cpu);
    let mut rows = Vec::new();
    for operator in operators::all() {
        if operator.name.contains(&options.filter) {
            let row = operator.measure(&cpu, &machine);
            let row = row.map_err(|error| eyre!("{}: {error}", operator.name))?;
            // Some minutes pass before the table is whole.
            eprintln!("{}: {:.1} {}, ratio {:.2}", row.name, row.ours, row.unit, row.ratio);
            rows.push(row);
        }
    }
    Report { rows, machine }.print(options.json)
}
