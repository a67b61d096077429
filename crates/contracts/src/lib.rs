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

#[expect(missing_docs, reason = "sol! has no documentation for the enums of interfaces")]
mod protocol {
    //! Apart, so that nothing else goes undocumented.

    use super::sol;

    sol!(
        /// The protocol: registry, requests, claims, disputes and their money. The functions are those of the whole deployment; the code
        /// is that of its hot half, which creates the other one.
        #[derive(Debug, PartialEq, Eq)]
        OpML,
        "artifacts/OpML.json"
    );
}

pub use protocol::{IOpMLTypes, OpML};

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

mod office {
    //! Apart for the same reason as `ora`.

    use super::sol;

    sol!(
        /// The half of the protocol that is called once in a while. [`OpML`](super::OpML) creates it; nobody calls it itself.
        #[derive(Debug, PartialEq, Eq)]
        BackOffice,
        "artifacts/BackOffice.json"
    );
}

pub use office::BackOffice;

mod attention {
    //! Apart for the same reason as `ora`.

    use super::sol;

    sol!(
        /// The attention challenge of one profile of a deployment: seats, draws, answers, rewards and slashes.
        #[derive(Debug, PartialEq, Eq)]
        Attention,
        "artifacts/Attention.json"
    );
}

pub use attention::{Attention, IAttentionEvents, IOpMLTypes as AttentionTypes};

mod token {
    //! Apart, because it is all of `OpML` again.

    use super::sol;

    sol!(
        /// The protocol with an ERC-20 token for money. Its calls, events and errors are those of [`OpML`](super::OpML).
        #[derive(Debug, PartialEq, Eq)]
        TokenOpML,
        "artifacts/TokenOpML.json"
    );
}

pub use token::TokenOpML;

#[expect(missing_docs, reason = "sol! has no documentation for the types of interfaces")]
mod ora {
    //! Apart, because `sol!` lays out the types of interfaces next to the contracts that use them: `IOpMLTypes` would be there twice.

    use super::sol;

    sol!(
        /// OpML behind the interface of the ORA AI oracle.
        #[derive(Debug, PartialEq, Eq)]
        OraFront,
        "artifacts/OraFront.json"
    );

    sol!(
        /// A dapp of the ORA AI oracle that knows nothing of OpML, for tests of the front.
        #[derive(Debug, PartialEq, Eq)]
        Prompt,
        "artifacts/Prompt.json"
    );
}

pub use ora::{IAIOracle, IAIOracleCallback, OraFront, Prompt};

sol!(
    /// A verifier of a machine with one word of state, for tests of the game. Never deploy it with money at stake.
    #[derive(Debug, PartialEq, Eq)]
    ToyVerifier,
    "artifacts/ToyVerifier.json"
);

sol!(
    /// The verifier of a machine whose runs are known in closed form, for games of any size. Never deploy it with money at stake.
    #[derive(Debug, PartialEq, Eq)]
    ToyCourt,
    "artifacts/ToyCourt.json"
);
