//! From calls to mined transactions: one writer, its own nonces, every call at most once under way.

mod encode;
mod fees;
mod pending;
mod queue;
mod revert;

pub use fees::FeePolicy;
pub use queue::{QueueError, Receipt, TxQueue};
pub use revert::Refusal;
