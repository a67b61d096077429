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

/// Hosts that the compiler of guest code does not know have the interpreter alone.
pub(super) fn without_compiler(project: &Project, _: &Tools) -> Result<()> {
    let args = ["clippy", "--package", "opml-fpvm", "--no-default-features", "--quiet"];
    process::run(project.cargo().args(args).args(["--", "-Dwarnings"]))
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
