use std::sync::Arc;

use alloy_primitives::B256;
use opml_engine::{Engine, EngineError, ModelFile};
use opml_memory::Memory;

use super::ladder::Machine;
use super::run::LargeMachine;

/// The native engine as the machine of the large steps.
///
/// It never ends in FAULT: it runs a guest version only on models whose records the guest admits or refuses alike.
#[derive(Debug)]
pub struct NativeMachine(Engine);

impl NativeMachine {
    /// The machine at the start of a model's run on `input`.
    ///
    /// # Errors
    ///
    /// The engine's, for an input that the model does not take.
    pub fn new(model: Arc<ModelFile>, input: &[u8]) -> Result<Self, EngineError> {
        Engine::new(model, input).map(Self)
    }

    /// The engine where it stands.
    pub const fn engine(&mut self) -> &mut Engine {
        &mut self.0
    }
}

impl Machine for NativeMachine {
    type Error = EngineError;
    /// Large steps made, and the data half.
    type Snapshot = (u64, Memory);

    fn snapshot(&mut self) -> (u64, Memory) {
        (self.0.step(), self.0.snapshot())
    }

    fn added((_, memory): &(u64, Memory), (_, earlier): &(u64, Memory)) -> u64 {
        memory.unshared_bytes(earlier)
    }

    fn restore(&mut self, (step, memory): &(u64, Memory)) -> Result<(), EngineError> {
        self.0 = Engine::resume(Arc::clone(self.0.model()), memory.clone(), *step)?;
        Ok(())
    }

    fn advance(&mut self, steps: u64) -> Result<u64, EngineError> {
        let before = self.0.step();
        self.0.run_to(before.saturating_add(steps))?;
        Ok(self.0.step() - before)
    }

    fn halted(&self) -> bool {
        self.0.outcome().is_some()
    }
}

impl LargeMachine for NativeMachine {
    /// Some milliseconds at most.
    const SPACING: u64 = 64;

    fn state(&mut self) -> B256 {
        self.0.root()
    }

    fn data_half(&mut self) -> Option<Memory> {
        Some(self.0.snapshot())
    }
}
