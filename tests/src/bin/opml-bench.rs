//! `opml-bench`: what `cargo xtask bench` runs.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use eyre::{Result, WrapErr, bail};
use opml_tests::bench::{self, SECTION, Sheet, Summary};
use serde::Serialize;

#[derive(Parser)]
#[command(name = "opml-bench", about = "Measures the protocol", version)]
struct Cli {
    #[command(subcommand)]
    bench: Bench,
}

#[derive(Subcommand)]
enum Bench {
    /// Gas of every call, as whole transactions on anvil. Writes the table of docs/gas.md.
    Gas {
        /// Print one JSON object instead of the table.
        #[arg(long)]
        json: bool,
        /// Write nothing; fail if a figure is more than 2 % away from docs/gas.md or above its bar.
        #[arg(long)]
        check: bool,
    },
    /// A dispute about a model of the size of LLaMA-2-7B with untrained weights: 7.2 GB, and 15 GB of memory while it is made.
    Dispute7b {
        /// Folder in which the model is made, unless it is there, and left.
        folder: PathBuf,
        /// Layers; 32 are the whole.
        #[arg(long, default_value_t = 32)]
        layers: u32,
        /// Tokens of the answer.
        #[arg(long, default_value_t = 8)]
        tokens: u32,
    },
}

/// What `gas --json` prints.
#[derive(Serialize)]
struct Report<'a> {
    gas: Summary,
    #[serde(flatten)]
    sheet: &'a Sheet,
}

#[tokio::main]
async fn main() -> ExitCode {
    let done = match Cli::parse().bench {
        Bench::Gas { json, check } => gas(json, check).await,
        Bench::Dispute7b { folder, layers, tokens } => dispute(&folder, layers, tokens).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn dispute(folder: &Path, layers: u32, tokens: u32) -> Result<()> {
    let measured = bench::large(folder, layers, tokens).await?;
    println!("{}", serde_json::to_string_pretty(&measured)?);
    Ok(())
}

async fn gas(json: bool, check: bool) -> Result<()> {
    eprintln!("playing every kind of transaction on anvil …");
    let sheet = bench::gas().await?;
    if json {
        let gas = Summary::new(&sheet, &opml_gas::Sheet::measure()?)?;
        println!("{}", serde_json::to_string(&Report { gas, sheet: &sheet })?);
    } else {
        print!("{}", sheet.terminal());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/gas.md");
    if check { compare(&path, &sheet) } else { write(&path, &sheet) }
}

fn write(path: &Path, sheet: &Sheet) -> Result<()> {
    let document = read(path)?;
    let fresh = SECTION.replace(&document, &sheet.markdown()).wrap_err("docs/gas.md")?;
    if fresh != document {
        fs::write(path, fresh).wrap_err("cannot write docs/gas.md")?;
        eprintln!("docs/gas.md written");
    }
    Ok(())
}

fn compare(path: &Path, sheet: &Sheet) -> Result<()> {
    let drifts = SECTION.compare(&read(path)?, &sheet.markdown()).wrap_err("docs/gas.md")?;
    let findings: Vec<String> =
        sheet.broken_bars().into_iter().chain(drifts.iter().map(ToString::to_string)).collect();
    if findings.is_empty() {
        return Ok(());
    }
    bail!("{}", findings.join("; "))
}

fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).wrap_err("cannot read docs/gas.md")
}
