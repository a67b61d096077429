//! What a party computes about a run: its large steps, and the small steps of any one of them.

mod guest;
mod ladder;
mod native;
mod run;
mod small;

use alloy_primitives::B256;

pub use guest::GuestMachine;
pub use ladder::Machine;
pub use native::NativeMachine;
pub use run::{LargeMachine, RunTrace, TraceError};
pub use small::SmallRun;

use crate::Opening;

/// The trace of a model's run by the native engine.
pub type NativeTrace = RunTrace<NativeMachine>;

/// The trace of a run whose large steps are runs of the guest program, whatever that program does: it may fault or never end.
pub type VmTrace = RunTrace<GuestMachine>;

/// What an honest party can compute about a run.
///
/// All answers are functions of the run alone. Past its halt a run repeats its last state; past its end a large step repeats
/// its final state.
pub trait Trace {
    /// Why the run cannot be computed.
    type Error;

    /// S_i, or FAULT, for each step in `steps`, which do not fall.
    fn large_states(&mut self, steps: &[u64]) -> Result<Vec<B256>, Self::Error>;

    /// m and F of the large step from S_`large`, which is not FAULT.
    fn opening(&mut self, large: u64) -> Result<Opening, Self::Error>;

    /// Hashes of the small states of that large step after each of `steps` small steps, which do not fall.
    fn small_states(&mut self, large: u64, steps: &[u64]) -> Result<Vec<B256>, Self::Error>;

    /// The witness for `count` small steps after the first `from` ones.
    fn witness(&mut self, large: u64, from: u64, count: u64) -> Result<Vec<u8>, Self::Error>;
}
