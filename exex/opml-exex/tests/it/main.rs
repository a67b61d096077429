//! The extension against every order of notifications, and in a real node.

mod books;
mod chains;
mod dispute;
mod engine;
mod inside;
mod notifications;
mod reorgs;
mod stage;
#[path = "../../../../crates/node/tests/it/stumbling.rs"]
mod stumbling;
