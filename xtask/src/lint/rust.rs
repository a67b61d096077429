//! The compiler's own lints, with every warning an error.

use eyre::Result;

use crate::{process, project::Project, tools::Tools};

/// clippy on every target: libraries, binaries, tests, benches, examples.
pub(super) fn clippy(project: &Project, _: &Tools) -> Result<()> {
    process::run(project.cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--keep-going",
        "--quiet",
        "--",
        "-Dwarnings",
    ]))
}

/// rustdoc: broken links and missing documentation.
pub(super) fn docs(project: &Project, _: &Tools) -> Result<()> {
    process::run(
        project
            .cargo()
            .args(["doc", "--workspace", "--no-deps", "--keep-going", "--quiet"])
            .env("RUSTDOCFLAGS", "-Dwarnings"),
    )
}
