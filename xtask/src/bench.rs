//! `cargo xtask bench`: measurements whose results are committed.

use clap::Subcommand;
use eyre::Result;

use crate::{process, project::Project, tools::Tools};

/// What is measured.
#[derive(Clone, Copy, Debug, Subcommand)]
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
}

/// Runs a measurement, in the binary that plays on the stage of the end-to-end tests.
///
/// # Errors
/// If a tool cannot be installed, the binary does not build, or the measurement fails.
pub(crate) fn run(project: &Project, bench: Bench) -> Result<()> {
    let tools = Tools::install(project)?;
    let mut command = project.cargo();
    command.args(["run", "--quiet", "--package", "opml-tests", "--bin", "opml-bench", "--", "gas"]);
    let Bench::Gas { json, check } = bench;
    for (flag, given) in [("--json", json), ("--check", check)] {
        if given {
            command.arg(flag);
        }
    }
    command.env("OPML_ANVIL", tools.path("anvil"));
    process::run(&mut command)
}
