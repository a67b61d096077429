//! What cargo says about what it builds.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use eyre::{Result, WrapErr, ensure};
use serde::Deserialize;

/// Messages for programs; and no compiler to machine code, which takes longest to build and is no part of what is tested.
const OPTIONS: [&str; 3] = ["--quiet", "--message-format=json", "--no-default-features"];

/// A line of cargo about something that it built, or that the compiler says about it.
#[derive(Deserialize)]
struct Message {
    target: Option<BuiltTarget>,
    executable: Option<PathBuf>,
    message: Option<Diagnostic>,
}

#[derive(Deserialize)]
struct BuiltTarget {
    name: String,
}

#[derive(Deserialize)]
struct Diagnostic {
    level: String,
    spans: Vec<Span>,
}

#[derive(Deserialize)]
struct Span {
    file_name: String,
    line_start: usize,
    is_primary: bool,
}

fn messages(output: &[u8]) -> impl Iterator<Item = Message> {
    output.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok())
}

/// The sources and lines at which the compiler finds errors in the library of `package`. `cargo` is ready to be given
/// arguments.
///
/// # Errors
/// If cargo cannot be started, or fails without such an error.
pub(super) fn errors(mut cargo: Command, package: &str) -> Result<Vec<(String, usize)>> {
    cargo.args(["check", "--lib"]).args(OPTIONS).args(["--package", package]);
    let output = cargo.stderr(Stdio::null()).output().wrap_err("cannot start cargo")?;
    let mut errors = Vec::new();
    for message in messages(&output.stdout) {
        let Some(diagnostic) = message.message.filter(|found| found.level == "error") else {
            continue;
        };
        let spans = diagnostic.spans.into_iter().filter(|span| span.is_primary);
        errors.extend(spans.map(|span| (span.file_name, span.line_start)));
    }
    ensure!(output.status.success() || !errors.is_empty(), "cargo check fails without an error");
    Ok(errors)
}

/// Builds the test `test` of `package`; none if the compiler refuses.
///
/// # Errors
/// If cargo cannot be started, or names no executable.
pub(super) fn build_test(mut cargo: Command, package: &str, test: &str) -> Result<Option<PathBuf>> {
    cargo.args(["test", "--no-run"]).args(OPTIONS).args(["--package", package, "--test", test]);
    let output = cargo.stderr(Stdio::null()).output().wrap_err("cannot start cargo")?;
    if !output.status.success() {
        return Ok(None);
    }
    let executable = messages(&output.stdout).find_map(|message| {
        message.executable.filter(|_| message.target.is_some_and(|target| target.name == test))
    });
    ensure!(executable.is_some(), "cargo names no executable of test {test}");
    Ok(executable)
}
