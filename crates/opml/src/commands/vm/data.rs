//! What a guest finds in the data half: the state of a model's run, as in a dispute.

use std::path::PathBuf;

use eyre::{Result, WrapErr, ensure};
use opml_engine::Engine;
use opml_memory::Memory;
use opml_settings::ModelName;

use crate::input;

/// A model's run and a large step of it.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Data half")]
pub(super) struct Data {
    /// Let the program find a run of this model; without one the data half is zero
    #[arg(long, value_name = "FILE|digits|stories")]
    model: Option<ModelName>,
    /// File with the bytes of the run's input
    #[arg(long, value_name = "FILE", requires = "model", conflicts_with = "hex")]
    input: Option<PathBuf>,
    /// The bytes of the run's input in hex
    #[arg(long, value_name = "HEX", requires = "model")]
    hex: Option<String>,
    /// Large steps of the run that are made before the program starts
    #[arg(long, value_name = "I", requires = "model", default_value_t = 0)]
    large_step: u64,
}

impl Data {
    /// Whether there is a run.
    pub(super) const fn is_given(&self) -> bool {
        self.model.is_some()
    }

    /// The memory in which the program is to be loaded.
    ///
    /// # Errors
    ///
    /// If model or input are none, or the run ends before the large step.
    pub(super) fn memory(&self) -> Result<Memory> {
        let Some(model) = &self.model else { return Ok(Memory::new()) };
        let input = input::read(self.input.as_deref(), self.hex.as_deref())?;
        let mut engine = Engine::new(model.load()?, &input).wrap_err("the run cannot begin")?;
        engine.run_to(self.large_step).wrap_err("the run cannot go on")?;
        ensure!(
            engine.step() == self.large_step,
            "the run ends after {} large steps, before large step {}",
            engine.step(),
            self.large_step
        );
        Ok(engine.snapshot())
    }
}
