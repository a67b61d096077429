//! Formatting, as rustfmt and forge fmt would write it.

use eyre::{Result, ensure};

use crate::{process, project::Project, tools::Tools};

/// Packages outside of the workspace: the guest has its own target, the reth extension its own dependencies.
const OUTSIDE: &[&str] = &["crates/guest", "exex"];

/// rustfmt on the workspace and on the packages outside of it.
pub(super) fn rust(project: &Project, _: &Tools) -> Result<()> {
    let mut manifests = vec![project.root().join("Cargo.toml")];
    manifests.extend(OUTSIDE.iter().map(|folder| project.root().join(folder).join("Cargo.toml")));
    manifests.retain(|manifest| manifest.is_file());
    let mut failed = Vec::new();
    for manifest in &manifests {
        let mut command = project.cargo();
        command.args(["fmt", "--all", "--check", "--manifest-path"]).arg(manifest);
        if process::run(&mut command).is_err() {
            failed.push(project.relative(manifest));
        }
    }
    ensure!(failed.is_empty(), "`cargo fmt` would change sources of {}", failed.join(", "));
    Ok(())
}

/// forge fmt on the contracts and their tests.
pub(super) fn solidity(_: &Project, tools: &Tools) -> Result<()> {
    process::run(tools.forge().args(["fmt", "--check"]))
}
