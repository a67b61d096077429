#![doc = include_str!("../README.md")]

mod admin;
mod api;
mod error;
mod server;
pub mod types;

pub use admin::{OpmlAdminApiClient, OpmlAdminApiServer};
pub use api::{OpmlApiClient, OpmlApiServer};
pub use error::RpcError;
pub use server::{MAX_INPUT, serve, serve_admin};

/// The namespace as an [OpenRPC](https://spec.open-rpc.org) document, in JSON.
pub const OPENRPC: &str = include_str!("../openrpc.json");

/// The admin namespace as such a document.
pub const OPENRPC_ADMIN: &str = include_str!("../openrpc-admin.json");
