//! A whole state: registers and memory.

use crate::{Cpu, interpreter::Interpreter, pool::Pool, step::step};
use alloy_primitives::B256;
use opml_memory::{Memory, PageCache};

/// What earlier runs decoded.
static INTERPRETERS: Pool<Interpreter> = Pool::new();

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
        let Self { cpu, memory } = self;
        INTERPRETERS.with(memory, |interpreter, memory| {
            interpreter.run(cpu, &mut PageCache::new(memory), max_steps)
        })
    }

    /// Runs to each of the given step numbers, counted from this state and in rising order, and
    /// shows the state there. A state that has exited stays as it is for all later numbers.
    ///
    /// Returns how many steps were run, as [`State::run`] does.
    pub fn visit(
        &mut self,
        steps: impl IntoIterator<Item = u64>,
        mut visit: impl FnMut(u64, &Self),
    ) -> u64 {
        let mut done = 0;
        let mut run = 0;
        for at in steps {
            run += self.run(at.saturating_sub(done));
            done = done.max(at);
            visit(at, self);
        }
        run
    }
}
