//! Programs of the workspace that tasks run.

use std::{path::PathBuf, process::Command};

use eyre::{Result, eyre};
use serde::Deserialize;

use crate::{process, project::Project};

/// A line of cargo about something that it built.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

/// Builds the program `name` and returns a command that runs it in the root of the tree.
///
/// All packages take part in the choice of features, as they do when all tests are built: choosing one package alone would build
/// half of the dependencies a second time.
///
/// # Errors
/// If the build fails, or there is no such program.
pub(crate) fn build(project: &Project, name: &str) -> Result<Command> {
    let mut cargo = project.cargo();
    cargo.args(["build", "--workspace", "--bin", name]);
    cargo.arg("--message-format=json-render-diagnostics");
    let mut command = Command::new(built(&mut cargo, name)?);
    command.current_dir(project.root());
    Ok(command)
}

/// The program `name` that a build makes, which prints messages as JSON.
///
/// # Errors
/// If the build fails, or makes no such program.
pub(crate) fn built(cargo: &mut Command, name: &str) -> Result<PathBuf> {
    let output = process::capture(cargo)?;
    let messages = output.split(|byte| *byte == b'\n');
    messages
        .filter_map(|line| serde_json::from_slice::<Message>(line).ok())
        .filter_map(|message| message.executable)
        .find(|program| program.file_stem().is_some_and(|stem| stem == name))
        .ok_or_else(|| eyre!("cargo names no executable of {name}"))
}
