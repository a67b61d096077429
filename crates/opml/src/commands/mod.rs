//! One file per subcommand.

pub(crate) mod admin;
pub(crate) mod answer;
pub(crate) mod deploy;
pub(crate) mod dispute;
pub(crate) mod generate;
pub(crate) mod infer;
pub(crate) mod model;
pub(crate) mod node;
pub(crate) mod operator;
pub(crate) mod request;
pub(crate) mod status;
pub(crate) mod validator;
pub(crate) mod verify_output;
pub(crate) mod vm;

use eyre::Result;
use serde::Serialize;

/// Prints a result as one line of JSON.
fn print_json(value: &impl Serialize) -> Result<()> {
    println!("{}", serde_json::to_string(value)?);
    Ok(())
}
