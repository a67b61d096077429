use std::convert::Infallible;
use std::sync::Arc;

use alloy_primitives::B256;
use opml_fpvm::{EXIT_OK, Program};
use opml_memory::{DATA_HEIGHT, Memory};

use super::ladder::Machine;
use super::run::LargeMachine;
use crate::GuestVersion;
use crate::seam::FAULT;

/// The definition of the large step, executed: run the guest from start(S), and see how it ends (docs/protocol.md §2).
#[derive(Debug, Clone)]
pub struct GuestMachine {
    program: Arc<Program>,
    max_steps: u64,
    /// Data half S over a guest half of zeroes; `None` is FAULT.
    memory: Option<Memory>,
    halted: bool,
}

impl GuestMachine {
    /// A machine in the state that is the data half of `memory`, whose guest half must be zero.
    pub const fn new(memory: Memory, program: Arc<Program>, guest: &GuestVersion) -> Self {
        Self { program, max_steps: guest.max_steps(), memory: Some(memory), halted: false }
    }

    /// One large step. A state that is its own successor is halted for good.
    fn step(&mut self, memory: Memory) {
        let before = memory.node(DATA_HEIGHT, 1);
        let mut state = self.program.start(memory);
        state.run(self.max_steps);
        self.memory = (state.cpu.exit == EXIT_OK).then(|| without_guest_half(state.memory));
        self.halted = self.state() == before;
    }
}

impl Machine for GuestMachine {
    type Error = Infallible;
    type Snapshot = Self;

    fn snapshot(&mut self) -> Self {
        self.clone()
    }

    fn added(snapshot: &Self, earlier: &Self) -> u64 {
        match (&snapshot.memory, &earlier.memory) {
            (Some(memory), Some(earlier)) => memory.unshared_bytes(earlier),
            _ => 0,
        }
    }

    fn restore(&mut self, snapshot: &Self) -> Result<(), Infallible> {
        self.clone_from(snapshot);
        Ok(())
    }

    fn advance(&mut self, steps: u64) -> Result<u64, Infallible> {
        let mut run = 0;
        while run < steps && !self.halted() {
            let Some(memory) = self.memory.take() else { break };
            self.step(memory);
            run += 1;
        }
        Ok(run)
    }

    fn halted(&self) -> bool {
        self.halted || self.memory.is_none()
    }
}

impl LargeMachine for GuestMachine {
    /// A large step of the guest takes longer than a snapshot.
    const SPACING: u64 = 1;

    fn state(&mut self) -> B256 {
        self.memory.as_ref().map_or(FAULT, |memory| memory.node(DATA_HEIGHT, 1))
    }

    fn data_half(&mut self) -> Option<Memory> {
        self.memory.clone()
    }
}

/// The memory with its guest half set to zero: the next large step loads the guest afresh.
fn without_guest_half(mut memory: Memory) -> Memory {
    memory.clear(DATA_HEIGHT, 0);
    memory
}
