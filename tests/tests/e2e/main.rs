//! The matrix of what must be true, on a real chain.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod attention;
mod challengers;
mod failures;
mod lies;
mod money;
mod ora;
mod races;
mod refusals;
mod restarts;
mod silence;
mod stage;
mod stories;
mod table;
