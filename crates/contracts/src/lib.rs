//! Typed bindings of the opML contracts: calls, events, errors and code, from the committed artifacts.
//!
//! `artifacts/<Name>.json` is written by `cargo xtask contracts` from `contracts/src`; building this crate needs
//! neither forge nor solc. Each contract is a module named after it, as [`alloy_sol_types::sol!`] lays it out: a
//! `<function>Call` type for each function, a type for each event and custom error, `BYTECODE` to deploy and
//! `DEPLOYED_BYTECODE` as it stands on chain (zeros in the place of immutables).
