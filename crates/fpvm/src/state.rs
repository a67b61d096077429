//! A whole state: registers and memory.

use crate::{Cpu, Engine, engine::Runner, step::step};
use alloy_primitives::B256;
use opml_memory::Memory;

/// A state of the machine. A clone is cheap: the memories share what neither writes.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// Registers, program counters and the exit word.
    pub cpu: Cpu,
    /// The memory.
    pub memory: Memory,
}

impl State {
    /// Returns the state at the start of a program that lies in `memory`.
    pub const fn start(memory: Memory, entry: u64) -> Self {
        Self { cpu: Cpu::start(entry), memory }
    }

    /// Returns the state hash of §5.
    pub fn hash(&self) -> B256 {
        self.cpu.hash(self.memory.root())
    }

    /// Returns whether the machine has stopped, by `exit` or by a fault.
    pub const fn exited(&self) -> bool {
        self.cpu.exit != 0
    }

    /// Runs one small step.
    pub fn step(&mut self) {
        let Ok(()) = step(&mut self.cpu, &mut self.memory);
    }

    /// Runs until the machine stops, but at most `max_steps` steps. Returns how many were run: if
    /// the machine stopped, the state after that many steps is the first with an exit word.
    pub fn run(&mut self, max_steps: u64) -> u64 {
        self.run_with(Engine::Auto, max_steps)
    }

    /// Runs as [`State::run`] does, by the given engine.
    pub fn run_with(&mut self, engine: Engine, max_steps: u64) -> u64 {
        Runner::new(engine).run(self, max_steps)
    }

    /// Runs to each of the given step numbers, counted from this state and in rising order, and
    /// shows the state there. A state that has exited stays as it is for all later numbers.
    ///
    /// Returns how many steps were run, as [`State::run`] does.
    pub fn visit(
        &mut self,
        steps: impl IntoIterator<Item = u64>,
        visit: impl FnMut(u64, &Self),
    ) -> u64 {
        self.visit_with(Engine::Auto, steps, visit)
    }

    /// Visits as [`State::visit`] does, by the given engine.
    pub fn visit_with(
        &mut self,
        engine: Engine,
        steps: impl IntoIterator<Item = u64>,
        mut visit: impl FnMut(u64, &Self),
    ) -> u64 {
        let mut runner = Runner::new(engine);
        let mut done = 0;
        let mut run = 0;
        for at in steps {
            run += runner.run(self, at.saturating_sub(done));
            done = done.max(at);
            visit(at, self);
        }
        run
    }
}
