//! The node's parts and the whole of it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests fail like tests; clippy sees only functions marked #[test]"
)]

mod admin;
mod anvil;
mod attention;
mod deferral;
mod durability;
mod follower;
mod history;
mod hsm;
mod liars;
mod operators;
mod planner;
mod players;
mod retirement;
mod service;
mod store;
mod stumble;
mod stumbling;
mod subscription;
mod tx;
mod world;
