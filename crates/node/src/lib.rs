#![doc = include_str!("../README.md")]

pub mod attention;
mod background;
pub mod client;
pub mod library;
pub mod plan;
pub mod player;
pub mod rpc;
pub mod service;
pub mod signer;
pub mod source;
pub mod store;
pub mod tx;
pub mod view;
mod workers;

pub use library::Library;
pub use service::{Config, Handle, Node, Service, Status};
pub use store::{Identity, Store};
