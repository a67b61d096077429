//! `cargo xtask bench`: measurements whose results are committed.

use std::{
    num::NonZero,
    path::{self, Path, PathBuf},
    process::Command,
};

use clap::Subcommand;
use eyre::Result;

use crate::{binary, exex, process, project::Project, tools::Tools};

/// What is measured.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Bench {
    /// Gas of every call of the protocol, as whole transactions on anvil; writes the table of docs/gas.md.
    Gas {
        /// Print one JSON object instead of the table.
        #[arg(long)]
        json: bool,
        /// Write nothing; fail if a figure is more than 2 % away from docs/gas.md or above its bar.
        #[arg(long)]
        check: bool,
    },
    /// Gas of an evaluation by class of instruction and size of model, in an EVM of the process; writes the tables of
    /// docs/gas.md.
    Step {
        /// Print one JSON object instead of the tables.
        #[arg(long)]
        json: bool,
        /// Write and print nothing; fail if a figure is more than 2 % away from docs/gas.md or above its bar.
        #[arg(long)]
        check: bool,
    },
    /// Speed of the native engine beside other engines, in one process, on the same weights and threads.
    Engine {
        /// Threads of each side; as many as there are processors unless given.
        #[arg(long)]
        threads: Option<NonZero<usize>>,
        /// Only rows whose name contains this.
        #[arg(long, default_value = "")]
        filter: String,
        /// Print one JSON object instead of the table.
        #[arg(long)]
        json: bool,
    },
    /// Speed of whole models in the native engine beside other engines, in one process, on the same weights and threads.
    Models {
        /// Threads of each side; as many as there are processors unless given.
        #[arg(long)]
        threads: Option<NonZero<usize>>,
        /// Only models whose name contains this.
        #[arg(long, default_value = "")]
        filter: String,
        /// Folder with model.safetensors, config.json and vocab.txt of a sentence embedder; weights that were never trained unless given.
        #[arg(long, value_name = "DIR")]
        checkpoint: Option<PathBuf>,
        /// Print where the time of the engine goes, operator by operator, and nothing else.
        #[arg(long)]
        profile: bool,
        /// Print one JSON object instead of the table.
        #[arg(long)]
        json: bool,
    },
    /// A dispute on anvil about a model of the size of LLaMA-2-7B with untrained weights: how long it takes, and where.
    Dispute7b {
        /// Folder in which the model of 7.2 GB is made, unless it is there, and left.
        folder: PathBuf,
        /// Layers; 32 are the whole.
        #[arg(long, default_value_t = 32)]
        layers: u32,
        /// Tokens of the answer.
        #[arg(long, default_value_t = 8)]
        tokens: u32,
    },
    /// What the extension costs a node of reth: memory, the pace of its blocks, and its own pace.
    Reth {
        /// Print one JSON object instead of lines.
        #[arg(long)]
        json: bool,
    },
    /// Speed of the fraud-proof machine on the guest's own tiles, against its reference and native code.
    Vm {
        /// Print one JSON object instead of the table.
        #[arg(long)]
        json: bool,
    },
}

/// Runs a measurement in its own binary.
///
/// # Errors
/// If a tool cannot be installed, the binary does not build, or the measurement fails.
pub(crate) fn run(project: &Project, bench: Bench) -> Result<()> {
    match bench {
        Bench::Gas { json, check } => gas(project, json, check),
        Bench::Step { json, check } => step(project, json, check),
        Bench::Engine { threads, filter, json } => {
            let mut command = engine(project, "operators", threads, &filter);
            process::run(command.args(flags(json, false)))
        }
        Bench::Models { threads, filter, checkpoint, profile, json } => {
            let mut command = engine(project, "models", threads, &filter);
            if let Some(folder) = checkpoint {
                command.arg("--checkpoint").arg(path::absolute(folder)?);
            }
            process::run(command.args(given([("--json", json), ("--profile", profile)])))
        }
        Bench::Dispute7b { folder, layers, tokens } => dispute(project, &folder, layers, tokens),
        Bench::Reth { json } => exex::bench(project, flags(json, false)),
        Bench::Vm { json } => vm(project, json),
    }
}

/// Fails if a figure of `bench step` has moved.
pub(crate) fn check_step(project: &Project, _: &Tools) -> Result<()> {
    step(project, false, true)
}

fn step(project: &Project, json: bool, check: bool) -> Result<()> {
    let mut bench = binary::build(project, "opml-gas")?;
    process::run(bench.args(flags(json, check)))
}

/// The bench that is a workspace of its own.
fn engine(project: &Project, what: &str, threads: Option<NonZero<usize>>, filter: &str) -> Command {
    let mut command = project.cargo();
    // Where its own settings for the compiler lie.
    command.current_dir(project.root().join("bench")).args(["run", "--quiet", "--release", "--"]);
    command.args([what, "--filter", filter]);
    if let Some(threads) = threads {
        command.args(["--threads", &threads.to_string()]);
    }
    command
}

/// Runs the bench of the models, which knows the tiles and builds without the node.
fn vm(project: &Project, json: bool) -> Result<()> {
    let mut command = project.cargo();
    command.args(["bench", "--quiet", "--package", "opml-model", "--bench", "vm", "--"]);
    process::run(command.args(flags(json, false)))
}

fn dispute(project: &Project, folder: &Path, layers: u32, tokens: u32) -> Result<()> {
    let tools = Tools::install(project)?;
    let mut command = project.cargo();
    command.args(["run", "--quiet", "--package", "opml-tests", "--bin", "opml-bench", "--"]);
    command.arg("dispute7b").arg(folder);
    command.args(["--layers", &layers.to_string(), "--tokens", &tokens.to_string()]);
    process::run(command.env("OPML_ANVIL", tools.path("anvil")))
}

fn gas(project: &Project, json: bool, check: bool) -> Result<()> {
    let tools = Tools::install(project)?;
    let mut bench = binary::build(project, "opml-bench")?;
    bench.arg("gas").args(flags(json, check)).env("OPML_ANVIL", tools.path("anvil"));
    process::run(&mut bench)
}

fn flags(json: bool, check: bool) -> impl Iterator<Item = &'static str> {
    given([("--json", json), ("--check", check)])
}

fn given(flags: [(&'static str, bool); 2]) -> impl Iterator<Item = &'static str> {
    flags.into_iter().filter_map(|(flag, given)| given.then_some(flag))
}
