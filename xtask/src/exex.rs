//! The workspace of the reth extension, whose dependencies are on git: not everybody can get them.

use std::{
    env,
    ffi::{OsStr, OsString},
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use eyre::{Result, ensure};

use crate::{binary, process, project::Project, tools::Tools};

/// The package, and the program in it.
const NODE: &str = "opml-reth";

/// Names the program where `opml-tests` looks for it.
pub(crate) const VARIABLE: &str = "OPML_RETH";

/// Builds the node in the profile of the tests, and with the features that they build reth with, so that there is one reth: that takes a
/// test, the smallest. One that [`VARIABLE`] names already is taken as it is.
///
/// # Errors
/// If cargo cannot get the source of reth, or the build fails.
pub(crate) fn node(project: &Project) -> Result<OsString> {
    if let Some(program) = env::var_os(VARIABLE) {
        return Ok(program);
    }
    ensure!(has_source(project), "cargo cannot get the source of reth, on which {NODE} is built");
    eprintln!("==> building {NODE}, a thousand crates the first time");
    let mut cargo = cargo(project);
    cargo.args(["build", "--locked", "--workspace", "--bin", NODE, "--test", "tools"]);
    cargo.arg("--message-format=json-render-diagnostics");
    Ok(binary::built(&mut cargo, NODE)?.into_os_string())
}

/// Measures what the extension costs a node, in the profile of the tests and with the features that they build reth with.
///
/// # Errors
/// If cargo cannot get the source of reth, the build fails, or the measurement does.
pub(crate) fn bench(project: &Project, flags: impl Iterator<Item = &'static str>) -> Result<()> {
    ensure!(has_source(project), "cargo cannot get the source of reth, which is measured");
    let mut cargo = cargo(project);
    cargo.args(["bench", "--quiet", "--locked", "--profile", "dev", "--workspace"]);
    process::run(cargo.args(["--bench", "reth", "--"]).args(flags))
}

/// clippy on the extension, with every warning an error, where cargo has the source of reth and somebody has had clippy there before,
/// as `.ci/run` does after the tests: a thousand crates are not checked for a look at two.
///
/// # Errors
/// If clippy finds something.
pub(crate) fn clippy(project: &Project, _: &Tools) -> Result<()> {
    if !is_checked(&target(project)) {
        eprintln!("    skipped: `cargo clippy` has not been in exex yet");
        return Ok(());
    }
    if !has_source(project) {
        eprintln!("    skipped: cargo cannot get reth's source");
        return Ok(());
    }
    let mut cargo = cargo(project);
    cargo.args(["clippy", "--locked", "--workspace", "--all-targets", "--keep-going", "--quiet"]);
    process::run(cargo.args(["--", "-Dwarnings"]))
}

/// Whether reth has been checked into this folder: what is only checked has metadata and no code.
fn is_checked(target: &Path) -> bool {
    let Ok(entries) = fs::read_dir(target.join("debug/deps")) else { return false };
    let mut paths = entries.flatten().map(|entry| entry.path());
    paths.any(|path| {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        let is_metadata = name.starts_with("libreth_ethereum-") && name.ends_with(".rmeta");
        is_metadata && !path.with_extension("rlib").exists()
    })
}

/// Whether cargo has the source of reth, or gets it now.
fn has_source(project: &Project) -> bool {
    process::succeeds(cargo(project).args(["fetch", "--quiet", "--locked"]))
}

fn cargo(project: &Project) -> Command {
    let mut cargo = project.cargo();
    cargo.current_dir(project.root().join("exex")).env("CARGO_TARGET_DIR", target(project));
    cargo
}

/// Where this workspace is built. Where the other one is built into a folder that somebody chose, that is beside it, as by `.ci/run`:
/// reth's features would build the other's dependencies anew.
fn target(project: &Project) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(
        || project.root().join("exex/target"),
        |folder| PathBuf::from(folder).with_file_name("opml-exex-target"),
    )
}

#[cfg(test)]
mod tests {
    use super::is_checked;
    use std::fs;

    #[test]
    fn metadata_without_code_is_of_a_check() {
        let folder = tempfile::tempdir().unwrap();
        let deps = folder.path().join("debug/deps");
        assert!(!is_checked(folder.path()));
        fs::create_dir_all(&deps).unwrap();
        for built in ["libreth_ethereum-1.rmeta", "libreth_ethereum-1.rlib", "libreth_evm-2.rmeta"]
        {
            fs::write(deps.join(built), "").unwrap();
        }
        assert!(!is_checked(folder.path()));
        fs::write(deps.join("libreth_ethereum-3.rmeta"), "").unwrap();
        assert!(is_checked(folder.path()));
    }
}
