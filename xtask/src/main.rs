//! Project tasks, run as `cargo xtask <task>`: what a developer, a visitor or CI wants done with the whole tree.
//!
//! Each task is a module. Results go to stdout, progress and prose to stderr.

mod arm64;
mod bench;
mod binary;
mod contracts;
mod coverage;
mod demo;
mod exex;
mod fuzz;
mod guest;
mod lint;
mod mutants;
mod process;
mod project;
mod python;
mod qemu;
mod signers;
mod sim;
mod slither;
mod symbolic;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::project::Project;

#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", about = "Tasks of the opML project")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run what decides model ids and outputs on AArch64, under QEMU.
    Arm64(arm64::Args),
    /// Measure what is committed as measured.
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Compile the contracts and write the artifacts that `opml-contracts` is built from.
    Contracts(contracts::Args),
    /// Measure which branches of the step verifier its forge tests take.
    Coverage(coverage::Args),
    /// Play an inference on chain, and a lie that is caught, in the terminal; `--help` lists the demo's own options.
    Demo(demo::Args),
    /// Compare everything that runs or verifies the machine, on random programs, or play random games on chain.
    #[command(subcommand)]
    Fuzz(fuzz::Fuzz),
    /// Build the guest program for bare-metal MIPS64.
    Guest {
        /// Write nothing: rebuild and compare with the committed program, where its toolchain is present.
        #[arg(long)]
        check: bool,
    },
    /// Run every static check: format, clippy, docs, artifacts, dependencies, leaked paths.
    Lint,
    /// Make one rule of the machine wrong at a time, and see whether the tests notice.
    Mutants(mutants::Args),
    /// Ask QEMU what the corpus of programs does that the MIPS machine is compared on, and record it.
    Qemu(qemu::Args),
    /// Check and test the program with keys in AWS KMS and on a Ledger, which it is not built with by default.
    Signers,
    /// Simulate what the protocol's money is worth to its parties.
    #[command(subcommand)]
    Sim(sim::Sim),
    /// Hold what Slither finds in the contracts against the answers in contracts/slither.json.
    Slither(slither::Args),
    /// Prove instructions of the step verifier, and arithmetic of the game, for all operands, by symbolic execution.
    Symbolic(symbolic::Args),
    /// Run every test: Rust, contracts, end-to-end.
    Test(test::Args),
}

fn main() -> ExitCode {
    let project = Project::locate();
    let outcome = match Cli::parse().task {
        Task::Arm64(args) => arm64::run(&project, &args),
        Task::Bench(bench) => bench::run(&project, bench),
        Task::Contracts(args) => contracts::run(&project, &args),
        Task::Coverage(args) => coverage::run(&project, &args),
        Task::Demo(args) => demo::run(&project, &args),
        Task::Fuzz(fuzz) => fuzz::run(&project, fuzz),
        Task::Guest { check } => guest::run(check),
        Task::Lint => lint::run(&project),
        Task::Mutants(args) => mutants::run(&project, &args),
        Task::Qemu(args) => qemu::run(&project, &args),
        Task::Signers => signers::run(&project),
        Task::Sim(sim) => sim::run(&project, sim),
        Task::Slither(args) => slither::run(&project, &args),
        Task::Symbolic(args) => symbolic::run(&project, &args),
        Task::Test(args) => test::run(&project, &args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
