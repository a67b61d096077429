//! Tests of the Merkle memory against a model that is too simple to be wrong.

mod keccak;
mod mapped;
mod memory;
mod model;
mod proof;
