//! `opml-gas`: what `cargo xtask bench step` and `cargo xtask lint` run.

use std::{fs, path::Path, process::ExitCode};

use clap::Parser;
use eyre::{Result, WrapErr, bail};
use opml_gas::{Dearest, Sheet, document::Section};

/// What an evaluation costs, by class of instruction and over kernels of the guest. Writes the tables of docs/gas.md.
#[derive(Parser)]
#[command(name = "opml-gas", version)]
struct Cli {
    /// Print one JSON object instead of the tables.
    #[arg(long)]
    json: bool,
    /// Try every window of the longest run instead of some at the smallest size of model, and every kind at the largest; print the
    /// dearest of each kernel, and fail if one is above its bar. Takes minutes.
    #[arg(long, conflicts_with = "check")]
    every_window: bool,
    /// Write and print nothing; fail if a figure is more than 2 % away from docs/gas.md or above its bar.
    #[arg(long)]
    check: bool,
}

const SECTION: Section = Section { command: "cargo xtask bench step" };

fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: &Cli) -> Result<()> {
    if cli.every_window {
        return every_window(cli.json);
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/gas.md");
    let document = fs::read_to_string(&path).wrap_err("cannot read docs/gas.md")?;
    let sheet = Sheet::measure()?;
    if cli.json {
        println!("{}", serde_json::to_string(&sheet)?);
    } else if !cli.check {
        print!("{}", sheet.terminal());
    }
    if cli.check { check(&document, &sheet) } else { write(&path, &document, &sheet) }
}

fn every_window(json: bool) -> Result<()> {
    let found = opml_gas::dearest_of_all()?;
    if json {
        println!("{}", serde_json::to_string(&found)?);
    } else {
        println!(
            "{:<40} {:>8} {:>9} {:>9} {:>9} {:>9}",
            "kernel", "model", "windows", "dearest", "bar", "over it"
        );
        for Dearest { kernel, model, windows, price, bar, over } in &found {
            println!("{kernel:<40} {model:>8} {windows:>9} {:>9} {bar:>9} {over:>9}", price.gas);
        }
    }
    match found.iter().find(|dearest| dearest.price.gas > dearest.bar) {
        None => Ok(()),
        Some(Dearest { kernel, price, bar, .. }) => {
            bail!("a window of {kernel} costs {} gas, more than its bar of {bar}", price.gas)
        }
    }
}

fn write(path: &Path, document: &str, sheet: &Sheet) -> Result<()> {
    let fresh = SECTION.replace(document, &sheet.markdown()).wrap_err("docs/gas.md")?;
    if fresh != document {
        fs::write(path, fresh).wrap_err("cannot write docs/gas.md")?;
        eprintln!("docs/gas.md written");
    }
    Ok(())
}

fn check(document: &str, sheet: &Sheet) -> Result<()> {
    let drifts = SECTION.compare(document, &sheet.markdown()).wrap_err("docs/gas.md")?;
    let drifts = drifts.iter().map(ToString::to_string);
    let findings: Vec<String> = sheet.broken_bars().into_iter().chain(drifts).collect();
    if findings.is_empty() {
        return Ok(());
    }
    bail!("{}\nif this is meant: `cargo xtask bench step`", findings.join("\n"))
}
