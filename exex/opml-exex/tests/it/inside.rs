//! A whole node in this process, with the extension in it.

use std::sync::Arc;

use opml_exex::{NAMESPACE, Setup, SourceConfig};
use opml_node::{plan::Roles, player::Players};
use reth_ethereum::{
    chainspec::{ChainSpec, DEV},
    node::core::{args::RpcServerArgs, node_config::NodeConfig},
    rpc::builder::RpcModuleSelection,
};

use crate::stage::{INSIDE, config, contract, library, signer};

/// What the extension is to do.
pub(crate) fn setup(roles: Roles, players: Arc<dyn Players>) -> Setup {
    Setup {
        config: config(roles),
        source: SourceConfig::new(contract(), 0),
        signer: Some(signer(INSIDE)),
        library: library(),
        players,
    }
}

/// A development node that answers by HTTP.
pub(crate) fn node_config() -> NodeConfig<ChainSpec> {
    let api = RpcModuleSelection::try_from_selection(["eth", "testing", NAMESPACE]).unwrap();
    let server = RpcServerArgs::default().with_http().with_unused_ports().with_http_api(api);
    NodeConfig::test().with_chain(DEV.clone()).dev().with_rpc(server)
}
