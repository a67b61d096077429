//! `cargo xtask arm64`: what decides model ids and outputs, on a processor of another kind.
//!
//! The tests of the kernels, of the tensor machine and of memory, and those that compare the ids and last states of models of every
//! format with what is written down, are compiled for AArch64 and run under QEMU's user mode. The arithmetic there is the processor's
//! own fused one, without any of the vector code of x86-64.

use std::{path::Path, process::Command};

use eyre::{Result, ensure};

use crate::{process, project::Project};

const TARGET: &str = "aarch64-unknown-linux-gnu";
const LINKER: &str = "aarch64-linux-gnu-gcc";
const EMULATOR: &str = "qemu-aarch64";
/// Where Debian's cross compiler has the C library of the target.
const LIBRARIES: &str = "/usr/aarch64-linux-gnu";

/// What runs: a package and, of those with slow tests that are not about this, one of their test binaries.
const TESTS: [(&str, Option<&str>); 4] = [
    ("opml-kernels", None),
    ("opml-tensor", None),
    ("opml-memory", None),
    ("opml-model", Some("ids")),
];

/// Arguments of `cargo xtask arm64`.
#[derive(clap::Args, Debug)]
pub(crate) struct Args {
    /// Where a tool is missing, say so in one line and succeed.
    #[arg(long)]
    if_present: bool,
}

/// Compiles and runs the tests.
///
/// # Errors
/// If a tool is missing (unless it need not be there), or a test fails.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    if let Err(missing) = find() {
        if args.if_present {
            eprintln!("arm64: skipped: {missing:#}");
            return Ok(());
        }
        return Err(missing);
    }
    for (package, test) in TESTS {
        let mut tests = project.cargo();
        tests.args(["test", "--target", TARGET, "--package", package]);
        match test {
            Some(name) => tests.args(["--test", name]),
            None => tests.args(["--lib", "--tests"]),
        };
        tests.env("CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER", LINKER);
        tests.env(
            "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER",
            format!("{EMULATOR} -L {LIBRARIES}"),
        );
        process::run(&mut tests)?;
    }
    Ok(())
}

/// Fails with what has to be installed.
fn find() -> Result<()> {
    for (program, package) in [(LINKER, "gcc-aarch64-linux-gnu"), (EMULATOR, "qemu-user")] {
        let there = process::succeeds(Command::new(program).arg("--version"));
        ensure!(there, "no {program} here (Debian: {package})");
    }
    let mut rustc = Command::new("rustc");
    let folder = process::capture(rustc.args(["--print", "target-libdir", "--target", TARGET]))?;
    let folder = Path::new(str::from_utf8(folder.trim_ascii())?).to_owned();
    ensure!(folder.is_dir(), "no standard library for it here (rustup target add {TARGET})");
    Ok(())
}
