//! `opml-reth`: reth with opML installed.
//!
//! Without a contract it is reth and nothing else.

mod args;
mod command;
mod doctor;
mod modules;

use clap::Parser;
use reth_ethereum::{
    cli::{
        chainspec::EthereumChainSpecParser,
        interface::{Cli, Commands},
    },
    node::EthereumNode,
};

use crate::{args::OpmlArgs, command::Command, modules::Modules};

/// The command line: reth's, with ours in it.
type Line = Cli<EthereumChainSpecParser, OpmlArgs, Modules, Command>;

fn main() -> eyre::Result<()> {
    match Line::parse() {
        // Before the node's logs begin, which go to stdout: that belongs to the result.
        Line { command: Commands::Ext(command), .. } => command.run(),
        line => line.run(async move |builder, args| {
            let Some(setup) = args.setup(builder.config()).await? else {
                let handle = builder.node(EthereumNode::default()).launch_with_debug_capabilities();
                return handle.await?.wait_for_node_exit().await;
            };
            let (exex, rpc) = opml_exex::extension(setup);
            let handle = builder
                .node(EthereumNode::default())
                .install_exex(opml_exex::NAMESPACE, exex)
                .extend_rpc_modules(rpc)
                .launch_with_debug_capabilities()
                .await?;
            handle.wait_for_node_exit().await
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

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
