//! From calls to mined transactions: one writer, its own nonces, every call at most once under way.

mod encode;
mod error;
mod fees;
mod pending;
mod queue;
mod revert;
mod wire;

pub use error::QueueError;
pub use fees::FeePolicy;
pub use queue::{Receipt, TxQueue};
pub use revert::Refusal;
