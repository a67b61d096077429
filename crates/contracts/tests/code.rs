//! The committed code can be deployed on Ethereum mainnet.

use alloy_primitives::Bytes;
use opml_contracts::{
    Attention, BackOffice, DigitsDapp, MipsVerifier, OpML, OraFront, Prompt, ToyVerifier,
};

/// Bytes of runtime code that a contract may have (EIP-170).
const MAX_CODE: usize = 24_576;
/// Bytes of creation code that a transaction may carry (EIP-3860).
const MAX_INIT_CODE: usize = 2 * MAX_CODE;

/// Name, creation code and runtime code of every contract.
const CONTRACTS: [(&str, &Bytes, &Bytes); 8] = [
    ("OpML", &OpML::BYTECODE, &OpML::DEPLOYED_BYTECODE),
    ("BackOffice", &BackOffice::BYTECODE, &BackOffice::DEPLOYED_BYTECODE),
    ("MipsVerifier", &MipsVerifier::BYTECODE, &MipsVerifier::DEPLOYED_BYTECODE),
    ("Attention", &Attention::BYTECODE, &Attention::DEPLOYED_BYTECODE),
    ("DigitsDapp", &DigitsDapp::BYTECODE, &DigitsDapp::DEPLOYED_BYTECODE),
    ("OraFront", &OraFront::BYTECODE, &OraFront::DEPLOYED_BYTECODE),
    ("Prompt", &Prompt::BYTECODE, &Prompt::DEPLOYED_BYTECODE),
    ("ToyVerifier", &ToyVerifier::BYTECODE, &ToyVerifier::DEPLOYED_BYTECODE),
];

const ORIGIN: u8 = 0x32;
const PUSH1: u8 = 0x60;
const PUSH32: u8 = 0x7f;

#[test]
fn every_contract_fits_the_size_limits() {
    for (name, creation, runtime) in CONTRACTS {
        assert!(!runtime.is_empty(), "{name} has no code");
        assert!(runtime.len() <= MAX_CODE, "{name}: {} bytes of code", runtime.len());
        assert!(creation.len() <= MAX_INIT_CODE, "{name}: {} bytes of init code", creation.len());
        assert!(creation.len() > runtime.len(), "{name}: creation code without runtime code");
    }
}

/// A contract that believed the signer to be the caller could be made to pay a wallet's money to whoever relays its calls.
#[test]
fn no_contract_asks_who_signed_the_transaction() {
    for (name, _, runtime) in CONTRACTS {
        let mut at = 0;
        while let Some(&opcode) = runtime.get(at) {
            assert_ne!(opcode, ORIGIN, "{name} at {at}");
            let pushed = if (PUSH1..=PUSH32).contains(&opcode) { opcode - PUSH1 + 1 } else { 0 };
            at += 1 + usize::from(pushed);
        }
    }
}
