//! The extension against every order of notifications, and in a real node.

mod chains;
mod dispute;
mod notifications;
mod stage;
#[path = "../../../../crates/node/tests/it/stumbling.rs"]
mod stumbling;
