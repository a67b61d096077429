//! `opml-reth`: reth with opML installed.
//!
//! Without `--opml.contract` it is reth and nothing else.

mod args;
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

use crate::{args::OpmlArgs, doctor::Command, modules::Modules};

fn main() -> eyre::Result<()> {
    type Line = Cli<EthereumChainSpecParser, OpmlArgs, Modules, Command>;
    match Line::parse() {
        // Before the node's logs begin, which go to stdout: that belongs to the result.
        Line { command: Commands::Ext(command), .. } => command.run(),
        line => line.run(async move |builder, args| {
            let Some(setup) = args.setup(builder.config())? else {
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
