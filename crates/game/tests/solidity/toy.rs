//! The machine of `ToyVerifier.sol`: its state is a word `p`, its step `p := keccak(p)`.

use alloy_primitives::{B256, keccak256};
use opml_game::StepVerifier;
use opml_game::rules::WitnessRefused;

/// `ToyVerifier.sol` in Rust.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Toy;

/// The state hash of `p`.
pub(crate) fn hash(p: B256) -> B256 {
    keccak256([b"opml.toy".as_slice(), p.as_slice()].concat())
}

/// `p` after `steps` steps.
pub(crate) fn advance(p: B256, steps: u64) -> B256 {
    (0..steps).fold(p, |p, _| keccak256(p))
}

impl StepVerifier for Toy {
    fn run(&self, steps: u64, witness: &[u8]) -> Result<(B256, B256), WitnessRefused> {
        let p = B256::try_from(witness).map_err(|error| WitnessRefused(error.to_string()))?;
        Ok((hash(p), hash(advance(p, steps))))
    }
}
