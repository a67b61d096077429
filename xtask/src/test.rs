//! `cargo xtask test`: every test of the tree, each by its own runner.

use std::process::Command;

use clap::ValueEnum;
use eyre::{Result, ensure};

use crate::{process, project::Project, tools::Tools};

/// The package of the end-to-end tests, which start an anvil.
const END_TO_END: &str = "opml-tests";

/// Arguments of `cargo xtask test`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Run only one kind of test.
    #[arg(long, value_enum)]
    filter: Option<Kind>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Unit, property and documentation tests of the crates.
    Rust,
    /// Foundry's tests of the contracts.
    Contracts,
    /// Nodes and contracts on a real anvil.
    E2e,
}

/// Runs the chosen tests to the end, whatever fails on the way.
///
/// # Errors
/// If a tool cannot be installed or a runner reports a failure; the message names every runner that did.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let tools = Tools::install(project)?;
    let wants = |kind| args.filter.is_none_or(|only| only == kind);
    let mut runs = Vec::new();
    match (wants(Kind::Rust), wants(Kind::E2e)) {
        (true, true) => runs.push(cargo_tests(project, &["--workspace"])),
        (true, false) => runs.push(cargo_tests(project, &["--workspace", "--exclude", END_TO_END])),
        (false, true) => runs.push(cargo_tests(project, &["--package", END_TO_END])),
        (false, false) => {}
    }
    if wants(Kind::Rust) {
        let mut doc_tests = project.cargo();
        doc_tests.args(["test", "--workspace", "--doc", "--no-fail-fast"]);
        runs.push(doc_tests);
    }
    if wants(Kind::Contracts) {
        let mut forge = tools.forge();
        forge.arg("test");
        runs.push(forge);
    }

    let mut failures = Vec::new();
    for mut command in runs {
        command.env("OPML_ANVIL", tools.path("anvil"));
        if let Err(error) = process::run(&mut command) {
            eprintln!("{error}");
            failures.push(error.to_string());
        }
    }
    ensure!(failures.is_empty(), "tests failed: {}", failures.join("; "));
    Ok(())
}

/// nextest where it is installed, else cargo's own runner.
fn cargo_tests(project: &Project, packages: &[&str]) -> Command {
    let mut command = project.cargo();
    if process::succeeds(project.cargo().args(["nextest", "--version"])) {
        command.args(["nextest", "run", "--no-fail-fast", "--no-tests=pass"]).args(packages);
    } else {
        command.args(["test", "--lib", "--bins", "--tests", "--no-fail-fast"]).args(packages);
    }
    command
}
