//! The namespace: over a real socket, on the wire, and as its document has it.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests fail like tests; clippy sees only functions marked #[test]"
)]

mod admin;
mod document;
mod fixed;
mod namespace;
