#![doc = include_str!("../README.md")]

pub mod anvil;
pub mod bench;
pub mod chain;
pub mod embedder;
pub mod hostile;
pub mod ledger;
pub mod liars;
pub mod node;
pub mod party;
pub mod reth;
pub mod scenario;
pub mod world;

pub use anvil::Anvil;
pub use chain::Chain;
pub use ledger::{Entry, Ledger, What};
pub use party::{Party, Sent};
pub use reth::Reth;
pub use world::{Guest, World};
