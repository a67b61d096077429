//! Typed bindings of the opML contracts: calls, events, errors and code, from the committed artifacts.
//!
//! `artifacts/<Name>.json` is written by `cargo xtask contracts` from `contracts/src`; building this crate needs
//! neither forge nor solc. Each contract is a module named after it, as [`alloy_sol_types::sol!`] lays it out: a
//! `<function>Call` type for each function, a type for each event and custom error, `BYTECODE` to deploy and
//! `DEPLOYED_BYTECODE` as it stands on chain (zeros in the place of immutables).

#![expect(
    clippy::too_many_arguments,
    reason = "sol! makes a constructor of every event, with an argument for each field"
)]

use alloy_sol_types::sol;

sol!(
    /// The protocol: registry, requests, claims, disputes and their money.
    #[derive(Debug, PartialEq, Eq)]
    OpML,
    "artifacts/OpML.json"
);

sol!(
    /// The verifier of the MIPS64 machine's small steps.
    #[derive(Debug, PartialEq, Eq)]
    MipsVerifier,
    "artifacts/MipsVerifier.json"
);

sol!(
    /// A dapp that asks which digit a picture shows; the example of the demo.
    #[derive(Debug, PartialEq, Eq)]
    DigitsDapp,
    "artifacts/DigitsDapp.json"
);

sol!(
    /// A verifier of a machine with one word of state, for tests of the game. Never deploy it with money at stake.
    #[derive(Debug, PartialEq, Eq)]
    ToyVerifier,
    "artifacts/ToyVerifier.json"
);
