//! `cargo xtask signers`: the program with the keys that it is not built with by default, in AWS KMS and on a Ledger.
//!
//! Their crates are many and few need them, so neither `cargo xtask test` nor `cargo xtask lint` builds them.

use eyre::Result;

use crate::{process, project::Project, tools::Tools};

/// Of the whole workspace, so that what does not depend on the features is as `cargo xtask test` has built it.
const SELECTION: [&str; 4] =
    ["--workspace", "--features=opml/aws-kms,opml/ledger", "--test", "signers"];

/// Runs clippy on the features, and the test that needs them.
///
/// # Errors
/// If a tool cannot be installed, clippy finds something or a test fails.
pub(crate) fn run(project: &Project) -> Result<()> {
    let tools = Tools::install(project)?;
    let mut clippy = project.cargo();
    clippy.arg("clippy").args(SELECTION).args(["--lib", "--quiet", "--", "-Dwarnings"]);
    process::run(&mut clippy)?;
    let mut test = project.cargo();
    test.arg("test").args(SELECTION).env("OPML_ANVIL", tools.path("anvil"));
    process::run(&mut test)
}
