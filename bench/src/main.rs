//! `cargo xtask bench engine` and `bench models`: operators and whole models of the native engine beside other engines and the machine's own
//! limits.
//!
//! Peers run in this process, on the same weights and as many threads. Rounds of both alternate. Of operators the best of each counts: a machine
//! is never quiet, but rarely disturbs all rounds; of models, which take longer than any quiet moment, the one in the middle.

mod candle;
mod convolutional;
mod embedder;
mod llama;
mod machine;
mod operators;
mod profile;
mod table;
mod timing;
mod weights;

use clap::{Parser, ValueEnum};
use convolutional::Network;
use eyre::{Result, eyre};
use llama::Shape;
use opml_engine::{Cpu, Level};
use std::{num::NonZero, path::PathBuf, thread::available_parallelism};
use table::{Machine, Report, Row};

/// Compares the native engine with its peers.
#[derive(Debug, Parser)]
struct Options {
    /// What is compared.
    what: What,
    /// Threads of the engine and of its peers; as many as there are processors unless given.
    #[arg(long)]
    threads: Option<NonZero<usize>>,
    /// SIMD level of the engine: portable, avx2, avx512, vnni or amx.
    #[arg(long, env = Level::VARIABLE)]
    simd: Option<Level>,
    /// Only rows whose name contains this.
    #[arg(long, default_value = "")]
    filter: String,
    /// Folder with model.safetensors, config.json and vocab.txt of a sentence embedder; weights that were never trained unless given.
    #[arg(long, value_name = "DIR")]
    checkpoint: Option<PathBuf>,
    /// Print where the time of the engine's models goes, and nothing else.
    #[arg(long)]
    profile: bool,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
}

/// What is compared.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum What {
    /// Operators by themselves.
    Operators,
    /// Whole models.
    Models,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let threads = match options.threads {
        Some(threads) => threads,
        None => available_parallelism()?,
    };
    candle::set_threads(threads);
    convolutional::set_threads(threads);
    let cpu = Cpu::new(threads, options.simd.unwrap_or_else(Level::detect))?;
    cpu.clone().share();
    let embedder = embedder::NAME.contains(&options.filter);
    if options.profile {
        if embedder {
            embedder::profile(options.checkpoint.as_deref(), &cpu)?;
        }
        networks(&options).try_for_each(|network| convolutional::profile(network, &cpu))?;
        return models(&options).try_for_each(|shape| llama::profile(shape, &cpu));
    }
    let machine = machine::measure(&cpu);
    let mut similarities = Vec::new();
    let rows = match options.what {
        What::Operators => operators(&options, &cpu, &machine)?,
        What::Models => {
            let mut rows = Vec::new();
            for network in networks(&options) {
                let row = convolutional::measure(network, &cpu);
                let row = row.map_err(|error| eyre!("{}: {error}", network.name()))?;
                tell(&row);
                rows.push(row);
            }
            if embedder {
                let (measured, compared) = embedder::measure(options.checkpoint.as_deref(), &cpu)?;
                measured.iter().for_each(tell);
                rows.extend(measured);
                similarities = compared;
            }
            for shape in models(&options) {
                let measured = llama::measure(shape, &cpu, &machine);
                rows.extend(measured.map_err(|error| eyre!("{}: {error}", shape.name))?);
                rows.iter().rev().take(5).rev().for_each(tell);
            }
            rows
        }
    };
    Report { rows, similarities, machine }.print(options.json)
}

/// The convolutional networks that are asked for.
fn networks(options: &Options) -> impl Iterator<Item = Network> {
    Network::ALL.into_iter().filter(|network| network.name().contains(&options.filter))
}

/// The language models that are asked for.
fn models(options: &Options) -> impl Iterator<Item = &'static Shape> {
    Shape::ALL.iter().filter(move |shape| shape.name.contains(&options.filter))
}

fn operators(options: &Options, cpu: &Cpu, machine: &Machine) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for operator in operators::all() {
        if operator.name.contains(&options.filter) {
            let row = operator.measure(cpu, machine);
            let row = row.map_err(|error| eyre!("{}: {error}", operator.name))?;
            tell(&row);
            rows.push(row);
        }
    }
    Ok(rows)
}

/// Some minutes pass before the table is whole.
fn tell(row: &Row) {
    eprintln!("{}: {:.1} {}, ratio {:.2}", row.name, row.ours, row.unit, row.ratio);
}
