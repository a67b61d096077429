//! `cargo xtask lint`: every static check of the tree.

mod dependencies;
mod format;
mod leaks;
mod rust;

use std::time::Instant;

use eyre::{Result, ensure};

use crate::{bench, contracts, exex, guest, project::Project, tools::Tools};

/// One static check: the tree and the tools in, the finding as an error out.
type Check = fn(&Project, &Tools) -> Result<()>;

/// All checks, the quick ones first. A new check is a function and a line here.
const CHECKS: &[(&str, Check)] = &[
    ("no leaked paths or hosts", leaks::check),
    ("no unused dependencies", dependencies::check),
    ("rustfmt", format::rust),
    ("forge fmt", format::solidity),
    ("artifacts in step", contracts::check),
    ("guest in step", |_, _| guest::run(true)),
    ("clippy", rust::clippy),
    ("clippy without the compiler of guest code", rust::without_compiler),
    ("clippy of the reth extension", exex::clippy),
    ("rustdoc", rust::docs),
    ("gas in step", bench::check_step),
];

/// Runs all checks, whatever fails on the way, and reports every failure at the end.
///
/// # Errors
/// If a tool cannot be installed or any check fails; the message names them.
pub(crate) fn run(project: &Project) -> Result<()> {
    let tools = Tools::install(project)?;
    let mut failed = Vec::new();
    for (name, check) in CHECKS {
        eprintln!("==> {name}");
        let start = Instant::now();
        match check(project, &tools) {
            Ok(()) => eprintln!("    ok, {:.1} s", start.elapsed().as_secs_f64()),
            Err(error) => {
                eprintln!("    failed: {error:#}");
                failed.push(*name);
            }
        }
    }
    ensure!(
        failed.is_empty(),
        "{} of {} checks failed: {}",
        failed.len(),
        CHECKS.len(),
        failed.join(", ")
    );
    eprintln!("all {} checks passed", CHECKS.len());
    Ok(())
}
