use alloy_primitives::B256;
use thiserror::Error;

/// A witness that the verifier does not accept.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("the witness is refused: {0}")]
pub struct WitnessRefused(pub String);

/// Anything that proves a run of small steps (`IStepVerifier`).
pub trait StepVerifier {
    /// Hashes of the state that the witness opens and of its successor after `steps` steps.
    fn run(&self, steps: u64, witness: &[u8]) -> Result<(B256, B256), WitnessRefused>;
}

impl<V: StepVerifier + ?Sized> StepVerifier for &V {
    fn run(&self, steps: u64, witness: &[u8]) -> Result<(B256, B256), WitnessRefused> {
        (**self).run(steps, witness)
    }
}

/// The verifier of the MIPS machine (docs/protocol.md §6), in Rust.
#[derive(Debug, Clone, Copy, Default)]
pub struct MipsVerifier;

impl StepVerifier for MipsVerifier {
    fn run(&self, steps: u64, witness: &[u8]) -> Result<(B256, B256), WitnessRefused> {
        let steps = u32::try_from(steps).unwrap_or(u32::MAX);
        opml_fpvm::verify(steps, witness).map_err(|error| WitnessRefused(error.to_string()))
    }
}
