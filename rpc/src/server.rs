use std::net::SocketAddr;

use jsonrpsee::server::{ServerBuilder, ServerConfig, ServerHandle};

use serde_json::Value;

use crate::{OPENRPC, OpmlApiServer};

/// Greatest input of a model in bytes (docs/protocol.md §3).
pub const MAX_INPUT: usize = 1 << 20;

/// Greatest request body: an input in hex with room for the rest.
const MAX_BODY: u32 = 2 * MAX_INPUT as u32 + 4096;

/// Connections that are served at the same time.
const MAX_CONNECTIONS: u32 = 100;

/// Subscriptions of one connection.
const MAX_SUBSCRIPTIONS: u32 = 32;

/// Requests in one batch.
const MAX_BATCH: u32 = 32;

/// Serves the namespace over HTTP and WebSocket until the handle is stopped; gives the address with the port that was chosen.
/// `rpc.discover` answers [`OPENRPC`].
///
/// # Errors
/// If the address cannot be listened on.
pub async fn serve(
    address: SocketAddr,
    api: impl OpmlApiServer,
) -> std::io::Result<(SocketAddr, ServerHandle)> {
    let config = ServerConfig::builder()
        .max_request_body_size(MAX_BODY)
        .max_connections(MAX_CONNECTIONS)
        .max_subscriptions_per_connection(MAX_SUBSCRIPTIONS)
        .set_batch_request_config(jsonrpsee::server::BatchRequestConfig::Limit(MAX_BATCH))
        .build();
    let server = ServerBuilder::with_config(config).build(address).await?;
    let address = server.local_addr()?;
    let document: Value = serde_json::from_str(OPENRPC)?;
    let mut module = api.into_rpc();
    module
        .register_method("rpc.discover", move |_, _, _| document.clone())
        .map_err(std::io::Error::other)?;
    Ok((address, server.start(module)))
}
