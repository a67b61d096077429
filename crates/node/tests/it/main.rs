//! The node's parts and the whole of it.

mod anvil;
mod follower;
mod history;
mod planner;
mod service;
mod store;
