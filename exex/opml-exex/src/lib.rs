//! opML inside a reth node, as an Execution Extension.
//!
//! ```text
//!  engine ──notifications──▶ NodeSource ─▶ service: store, planner, workers, transactions
//!  database ──headers, receipts──▶ ▲                      │ contract reads, transactions
//!  eth_ methods ◀──────────── InProcess ◀────────────────┘
//! ```
//!
//! [`extension`] gives the two closures for a node builder; `opml-reth` is the ready binary.

mod extension;
mod metrics;
mod reader;
mod source;
mod transport;

pub use extension::{NAMESPACE, Running, Setup, extension};
pub use source::{NodeSource, SourceConfig};
pub use transport::InProcess;
