//! `cargo xtask demo`: the stories of `opml-demo`, with everything installed that they need.

use std::ffi::OsString;

use eyre::Result;

use crate::{binary, exex, process, project::Project, tools::Tools};

/// Arguments of `cargo xtask demo`: the demo's own.
#[derive(clap::Args, Debug)]
#[command(disable_help_flag = true)]
pub(crate) struct Args {
    /// What the demo takes; `--help` says what that is.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "ARGS")]
    arguments: Vec<OsString>,
}

/// Installs the tools, builds the demo and, for `--chain reth`, the node of `exex`, and runs it.
///
/// It is built in the profile that the tests share: its hot crates are optimised there, and who runs both builds once.
///
/// # Errors
/// If a tool cannot be installed, the build fails, or the demo does.
pub(crate) fn run(project: &Project, args: &Args) -> Result<()> {
    let tools = Tools::install(project)?;
    let node = is_on_reth(&args.arguments).then(|| exex::node(project)).transpose()?;
    let mut demo = binary::build(project, "opml-demo")?;
    demo.args(&args.arguments).env("OPML_ANVIL", tools.path("anvil"));
    if let Some(node) = node {
        demo.env(exex::VARIABLE, node);
    }
    process::run(&mut demo)
}

/// Whether the arguments choose reth as the chain. The demo itself refuses what is no choice.
fn is_on_reth(arguments: &[OsString]) -> bool {
    let mut last = None;
    for (place, argument) in arguments.iter().enumerate() {
        if argument == "--chain" {
            last = arguments.get(place + 1).map(|value| value == "reth");
        } else if let Some(value) = argument.to_str().and_then(|text| text.strip_prefix("--chain="))
        {
            last = Some(value == "reth");
        }
    }
    last == Some(true)
}

#[cfg(test)]
mod tests {
    use super::is_on_reth;

    #[test]
    fn the_chain_is_read_off_the_demos_own_arguments() {
        let is = |line: &str| {
            let arguments: Vec<_> = line.split(' ').map(Into::into).collect();
            is_on_reth(&arguments)
        };
        assert!(is("--json --chain reth") && is("--chain=reth --scenario liar"));
        assert!(!is("--chain anvil") && !is("--scenario reth") && !is("--json") && !is("--chain"));
    }
}
