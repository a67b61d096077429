use std::net::SocketAddr;

use jsonrpsee::{
    RpcModule,
    server::{ServerBuilder, ServerConfig, ServerHandle, middleware::http::HostFilterLayer},
};
use serde_json::Value;
use tower::ServiceBuilder;

use crate::{OPENRPC, OPENRPC_ADMIN, OpmlAdminApiServer, OpmlApiServer};

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
    Ok((address, server.start(discoverable(api.into_rpc(), OPENRPC)?)))
}

/// Names by which this machine calls itself.
const LOCAL: [&str; 3] = ["localhost:*", "127.0.0.1:*", "[::1]:*"];

/// Serves the admin namespace to this machine alone, as [`serve`] does the other. Whoever may connect may do everything.
/// `rpc.discover` answers [`OPENRPC_ADMIN`].
///
/// # Errors
/// If the address is one that others reach, or cannot be listened on.
pub async fn serve_admin(
    address: SocketAddr,
    api: impl OpmlAdminApiServer,
) -> std::io::Result<(SocketAddr, ServerHandle)> {
    if !address.ip().is_loopback() {
        let reason =
            format!("{address} is not of this machine alone, and no password is asked for");
        return Err(std::io::Error::new(std::io::ErrorKind::InvalidInput, reason));
    }
    // A page in a browser of this machine may have its own name point here: it is known by that name.
    let hosts = HostFilterLayer::new(LOCAL).map_err(std::io::Error::other)?;
    let server = ServerBuilder::new()
        .set_http_middleware(ServiceBuilder::new().layer(hosts))
        .build(address)
        .await?;
    Ok((server.local_addr()?, server.start(discoverable(api.into_rpc(), OPENRPC_ADMIN)?)))
}

/// Has a module answer its document.
fn discoverable<C: Send + Sync + 'static>(
    mut module: RpcModule<C>,
    document: &str,
) -> std::io::Result<RpcModule<C>> {
    let document: Value = serde_json::from_str(document)?;
    module
        .register_method("rpc.discover", move |_, _, _| document.clone())
        .map_err(std::io::Error::other)?;
    Ok(module)
}
