//! The node's parts and the whole of it.

mod anvil;
mod service;
