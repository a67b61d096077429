//! `cargo xtask demo`: the stories of `opml-demo`, with everything installed that they need.

use std::ffi::OsString;

use eyre::Result;

use crate::{binary, process, project::Project, tools::Tools};

/// Arguments of `cargo xtask demo`: the demo's own.
#[derive(clap::Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    /// What the demo takes; `--help` says what that is.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    arguments: Vec<OsString>,
}

/// Installs the tools, builds the demo and runs it.
///
/// It is built in the profile that the tests share: its hot crates are optimised there, and who runs both builds once.
///
/// # Errors
/// If a tool cannot be installed, the build fails, or the demo does.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let tools = Tools::install(project)?;
    let mut demo = binary::build(project, "opml-demo")?;
    process::run(demo.args(&args.arguments).env("OPML_ANVIL", tools.path("anvil")))
}
