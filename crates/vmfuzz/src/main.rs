//! The long run: `cargo xtask fuzz vm`.

use clap::Parser;
use eyre::{Result, bail, ensure};
use opml_vmfuzz::{RUNNERS, Tally, search};
use serde_json::json;
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

/// Runs random programs on the reference step and on everything else, and compares the states.
#[derive(Debug, Parser)]
#[command(name = "opml-vmfuzz")]
struct Args {
    /// Steps of the reference to compare; 0: one program.
    #[arg(long, default_value_t = 10_000_000)]
    steps: u64,
    /// Seed of all programs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of the first program, as a report of a difference names it.
    #[arg(long, default_value_t = 0)]
    program: u64,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<()> {
    let start = Instant::now();
    let mut told = start;
    let progress = |tally: &Tally| {
        if told.elapsed() > Duration::from_secs(10) {
            told = Instant::now();
            eprintln!("{} of {} steps, {} programs", tally.steps, args.steps, tally.programs);
        }
    };
    match search(args.seed, args.program, args.steps, RUNNERS, progress) {
        Ok(tally) => report(args, &tally, start.elapsed()),
        Err((program, difference)) => bail!(
            "{difference}\nagain: cargo xtask fuzz vm --seed {} --program {program} --steps 0",
            args.seed
        ),
    }
}

/// Prints what was compared. A long run that leaves an encoding, an outcome or a fault out fails.
fn report(args: &Args, tally: &Tally, elapsed: Duration) -> Result<()> {
    let missing = tally.coverage.missing();
    let runners = RUNNERS.iter().zip(&tally.compared);
    if args.json {
        let runners: serde_json::Map<_, _> =
            runners.map(|(runner, steps)| (runner.name.to_owned(), json!(steps))).collect();
        println!(
            "{}",
            json!({
                "seed": args.seed,
                "programs": tally.programs,
                "reference_steps": tally.steps,
                "compared_steps": runners,
                "witness_steps": tally.proved,
                "differences": 0,
                "seconds": elapsed.as_secs_f64(),
                "encodings": tally.coverage.encodings(),
                "faults": tally.coverage.faults(),
                "missing": missing,
            })
        );
    } else {
        for (name, outcomes) in tally.coverage.encodings() {
            let outcomes: Vec<_> =
                outcomes.iter().map(|(outcome, count)| format!("{outcome} {count}")).collect();
            println!("{name:8} {}", outcomes.join(", "));
        }
        println!();
        for (fault, count) in tally.coverage.faults() {
            println!("{fault:22} {count:10}");
        }
        println!();
        println!("{:22} {:10}", "programs", tally.programs);
        println!("{:22} {:10}", "steps: reference", tally.steps);
        for (runner, steps) in runners {
            println!("{:22} {steps:10}", format!("steps: {}", runner.name));
        }
        println!("{:22} {:10}", "steps: witness", tally.proved);
        println!("{:22} {:10}", "differences", 0);
        eprintln!("seed {}, {:.1} s", args.seed, elapsed.as_secs_f64());
    }
    ensure!(
        missing.is_empty() || tally.steps < 1_000_000,
        "never executed: {}",
        missing.join("; ")
    );
    Ok(())
}
