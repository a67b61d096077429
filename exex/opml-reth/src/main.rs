//! `opml-reth`: reth with opML installed.
//!
//! Without a contract it is reth and nothing else.

use clap::Parser;
use opml_reth::{Line, discard_wal};
use reth_ethereum::{cli::interface::Commands, node::EthereumNode};

fn main() -> eyre::Result<()> {
    match Line::parse() {
        // Before the node's logs begin, which go to stdout: that belongs to the result.
        Line { command: Commands::Ext(command), .. } => command.run(),
        line => line.run(async move |builder, args| {
            let Some(setup) = args.setup(builder.config()).await? else {
                let handle = builder.node(EthereumNode::default()).launch_with_debug_capabilities();
                return handle.await?.wait_for_node_exit().await;
            };
            discard_wal(builder.config())?;
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
