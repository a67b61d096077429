#![doc = include_str!("../README.md")]

mod api;
mod error;
mod server;
pub mod types;

pub use api::{OpmlApiClient, OpmlApiServer};
pub use error::RpcError;
pub use server::{MAX_INPUT, serve};

/// The namespace as an [OpenRPC](https://spec.open-rpc.org) document, in JSON.
pub const OPENRPC: &str = include_str!("../openrpc.json");
