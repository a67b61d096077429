//! `cargo xtask sim`: simulations of the protocol.

use std::path::{self, PathBuf};

use clap::Subcommand;
use eyre::{Result, WrapErr};

use crate::{process, project::Project};

/// What is simulated.
#[derive(Clone, Debug, Subcommand)]
pub(crate) enum Sim {
    /// What stakes, bonds and attention are worth to honest, lazy, cheating, griefing and sybil parties.
    Economics {
        /// Parameters as TOML; crates/sim/economics.toml unless given.
        #[arg(long)]
        config: Option<PathBuf>,
        /// Print one JSON object instead of the tables.
        #[arg(long)]
        json: bool,
        /// Write the plots (SVG), the tables and the JSON object into this folder.
        #[arg(long)]
        out: Option<PathBuf>,
        /// Write tables and plots into docs/economics.md and docs/figures.
        #[arg(long, conflicts_with = "config")]
        write: bool,
        /// Print nothing; fail if docs/economics.md or a plot is not what is simulated.
        #[arg(long, conflicts_with_all = ["config", "write"])]
        check: bool,
    },
}

/// Runs the simulation.
///
/// # Errors
/// If it does not build, or cannot simulate what it is given.
pub(crate) fn run(project: &Project, sim: Sim) -> Result<()> {
    let Sim::Economics { config, json, out, write, check } = sim;
    let mut command = project.cargo();
    command.args(["run", "--quiet", "--package", "opml-sim", "--", "economics"]);
    // The simulator runs in the root of the tree, whoever calls from wherever.
    for (flag, path) in [("--config", config), ("--out", out)] {
        if let Some(path) = path {
            let path = path::absolute(&path).wrap_err("a path without a folder")?;
            command.arg(flag).arg(path);
        }
    }
    for (flag, given) in [("--json", json), ("--write", write), ("--check", check)] {
        if given {
            command.arg(flag);
        }
    }
    process::run(&mut command)
}
