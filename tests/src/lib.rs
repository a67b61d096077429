//! End-to-end tests: real anvil, real contracts, real cheats
