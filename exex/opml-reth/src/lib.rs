//! The command line of `opml-reth`: reth's, with what opML adds to it.
//!
//! The program itself only starts the node; it is apart because a node takes minutes to compile.

mod args;
mod command;
mod doctor;
mod modules;

use eyre::Result;
use reth_ethereum::{
    chainspec::ChainSpec,
    cli::{chainspec::EthereumChainSpecParser, interface::Cli},
    node::core::node_config::NodeConfig,
};

pub use crate::{
    args::OpmlArgs,
    command::{Command, Model, Status, Tool},
    doctor::Doctor,
    modules::Modules,
};

/// The command line.
pub type Line = Cli<EthereumChainSpecParser, OpmlArgs, Modules, Command>;

/// Deletes the write-ahead log of extensions. opML is the only one here and does not read it; a node that was killed while it took old
/// notifications out of it has a hole there, and would not start.
///
/// # Errors
/// If a file cannot be deleted.
pub fn discard_wal(node: &NodeConfig<ChainSpec>) -> Result<()> {
    doctor::delete(&node.datadir().exex_wal())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::{CommandFactory, Parser};

    #[test]
    fn no_flag_or_id_of_ours_is_one_of_reths() {
        Line::command().debug_assert();
        let line =
            ["opml-reth", "node", "--dev", "--opml.role=submitter", "--opml.config=opml.toml"];
        assert!(Line::try_parse_from(line).is_ok());
        for tool in
            ["config --opml.workers=3", "status --json", "model import net.onnx -o net.opml"]
        {
            let line = ["opml-reth", "opml"].into_iter().chain(tool.split(' '));
            assert!(Line::try_parse_from(line).is_ok(), "{tool}");
        }
    }
}
