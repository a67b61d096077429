//! The committed code can be deployed on Ethereum mainnet.

use opml_contracts::{DigitsDapp, MipsVerifier, OpML, OraFront, Prompt, ToyVerifier};

/// Bytes of runtime code that a contract may have (EIP-170).
const MAX_CODE: usize = 24_576;
/// Bytes of creation code that a transaction may carry (EIP-3860).
const MAX_INIT_CODE: usize = 2 * MAX_CODE;

#[test]
fn every_contract_fits_the_size_limits() {
    for (name, creation, runtime) in [
        ("OpML", &OpML::BYTECODE, &OpML::DEPLOYED_BYTECODE),
        ("MipsVerifier", &MipsVerifier::BYTECODE, &MipsVerifier::DEPLOYED_BYTECODE),
        ("DigitsDapp", &DigitsDapp::BYTECODE, &DigitsDapp::DEPLOYED_BYTECODE),
        ("OraFront", &OraFront::BYTECODE, &OraFront::DEPLOYED_BYTECODE),
        ("Prompt", &Prompt::BYTECODE, &Prompt::DEPLOYED_BYTECODE),
        ("ToyVerifier", &ToyVerifier::BYTECODE, &ToyVerifier::DEPLOYED_BYTECODE),
    ] {
        assert!(!runtime.is_empty(), "{name} has no code");
        assert!(runtime.len() <= MAX_CODE, "{name}: {} bytes of code", runtime.len());
        assert!(creation.len() <= MAX_INIT_CODE, "{name}: {} bytes of init code", creation.len());
        assert!(creation.len() > runtime.len(), "{name}: creation code without runtime code");
    }
}
