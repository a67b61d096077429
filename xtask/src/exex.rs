//! The workspace of the reth extension, whose dependencies are on git: not everybody can get them.

use std::{env, ffi::OsString, path::PathBuf, process::Command};

use eyre::{Result, ensure};

use crate::{binary, process, project::Project};

/// The package, and the program in it.
const NODE: &str = "opml-reth";

/// Names the program where `opml-tests` looks for it.
pub(crate) const VARIABLE: &str = "OPML_RETH";

/// Builds the node in the profile of the tests. One that [`VARIABLE`] names already is taken as it is.
///
/// # Errors
/// If cargo cannot get the source of reth, or the build fails.
pub(crate) fn node(project: &Project) -> Result<OsString> {
    if let Some(program) = env::var_os(VARIABLE) {
        return Ok(program);
    }
    ensure!(
        process::succeeds(cargo(project).args(["fetch", "--quiet", "--locked"])),
        "cargo cannot get the source of reth, on which {NODE} is built"
    );
    eprintln!("==> building {NODE}, a thousand crates the first time");
    let mut cargo = cargo(project);
    cargo.args(["build", "--locked", "--package", NODE, "--bin", NODE]);
    cargo.arg("--message-format=json-render-diagnostics");
    Ok(binary::built(&mut cargo, NODE)?.into_os_string())
}

fn cargo(project: &Project) -> Command {
    let mut cargo = project.cargo();
    cargo.current_dir(project.root().join("exex"));
    // Where the other workspace is built into a folder that somebody chose, this one is built beside it, as by `.ci/run`: reth's
    // features would build the other's dependencies anew.
    if let Some(folder) = env::var_os("CARGO_TARGET_DIR") {
        cargo.env("CARGO_TARGET_DIR", PathBuf::from(folder).with_file_name("opml-exex-target"));
    }
    cargo
}
