//! The matrix of what must be true, on a real chain.

mod money;
mod stage;
mod stories;
