//! States of the real guest: the digit classifier's large steps, as a dispute opens them.

use opml_engine::Engine;
use opml_fpvm::{Program, State};
use opml_model::{digits, digits_held_out};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// The guest as it is committed.
const ELF: &[u8] = include_bytes!("../../../guest/opml-guest.elf");

/// Starts of small-step runs, one for each large step of one inference.
pub(crate) struct Guest {
    starts: Vec<State>,
    /// Small steps of each.
    lengths: Vec<u64>,
}

impl Guest {
    pub(crate) fn new() -> Self {
        let program = Program::from_elf(ELF).unwrap();
        let model = Arc::new(digits().unwrap());
        let image = digits_held_out().unwrap().iter().next().unwrap();
        let mut engine = Engine::new(model, image.pixels).unwrap();
        let mut starts = Vec::new();
        while engine.outcome().is_none() {
            starts.push(program.start(engine.snapshot()));
            engine.run_to(engine.step() + 1).unwrap();
        }
        let lengths = starts.iter().map(|start| start.clone().run(u64::MAX)).collect();
        Self { starts, lengths }
    }

    /// `count` states somewhere in a random large step, in the order of the run.
    pub(crate) fn states(&self, rng: &mut ChaCha8Rng, count: usize) -> Vec<State> {
        let i = rng.random_range(0..self.starts.len());
        let mut at: Vec<u64> = (0..count).map(|_| rng.random_range(0..self.lengths[i])).collect();
        at.sort_unstable();
        let mut states = Vec::with_capacity(count);
        self.starts[i].clone().visit(at, |_, state| states.push(state.clone()));
        states
    }
}
