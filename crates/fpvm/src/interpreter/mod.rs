//! The fast interpreter: threaded code, decoded block by block.
//!
//! An instruction becomes an [`Op`](op::Op): a function and its operands. Handlers call the handler of the next op
//! as their last act, which an optimising compiler makes a jump, and come back after [`SLICE`] steps at the latest;
//! so nothing depends on that optimisation, without it the stack only gets a little deep. Blocks lead
//! to each other directly.
//!
//! The ops know the common case only. Whatever else happens, a fault, a page that the cache does not serve, an instruction
//! that is rare, control inside a delay slot: they come back with the state before that instruction, and the reference
//! [`step`](crate::step()) runs it. What they do know they compute by the reference's own functions.

mod access;
mod block;
mod body;
mod code;
mod fuse;
mod groups;
mod handlers;
mod op;
mod operands;
mod select;

use std::convert::Infallible;

use opml_memory::PageCache;

use crate::{Cpu, step};
use code::{Code, LONGEST};
use op::{Jumps, Machine, Op, Pause, Paused, Registers};

/// Most steps between two returns of the handlers, which bounds the depth of the stack where calls stay calls.
const SLICE: u64 = 1 << 10;

/// Decoded text, and what it takes to run it. It serves every memory with the same text.
#[derive(Debug)]
pub(crate) struct Interpreter {
    code: Code,
    machine: Box<Machine>,
}

impl Default for Interpreter {
    fn default() -> Self {
        let (registers, jumps) = (Registers::new(), Jumps::new());
        let machine = Box::new(Machine { registers, jumps, pause: Pause::Spent });
        Self { code: Code::default(), machine }
    }
}

impl Interpreter {
    /// Runs until the machine stops, but at most `max_steps` steps. Returns how many were run.
    ///
    /// The memory has the text of all earlier runs of this interpreter.
    pub(crate) fn run(&mut self, cpu: &mut Cpu, memory: &mut PageCache<'_>, max_steps: u64) -> u64 {
        let mut left = max_steps;
        while left > 0 && cpu.exit == 0 {
            left -= self.advance(cpu, memory, left, left);
        }
        max_steps - left
    }

    /// Runs as [`Self::run`] does, but only to the next instruction at which a block may begin.
    #[cfg(all(feature = "jit", target_arch = "x86_64"))]
    pub(crate) fn run_block(
        &mut self,
        cpu: &mut Cpu,
        memory: &mut PageCache<'_>,
        max_steps: u64,
    ) -> u64 {
        if max_steps == 0 || cpu.exit != 0 {
            return 0;
        }
        self.advance(cpu, memory, max_steps, LONGEST)
    }

    /// Runs at least one step of a running machine and at most `max_steps`; no new block once `enough` are run.
    fn advance(
        &mut self,
        cpu: &mut Cpu,
        memory: &mut PageCache<'_>,
        max_steps: u64,
        enough: u64,
    ) -> u64 {
        let mut run = 0;
        if max_steps >= LONGEST && Code::holds(cpu.pc) && cpu.next_pc == cpu.pc + 4 {
            let (steps, pause) = self.run_blocks(cpu, memory, max_steps.min(enough));
            run = steps;
            if pause != Pause::Step {
                return run;
            }
        }
        let Ok::<(), Infallible>(()) = step(cpu, memory);
        run + 1
    }

    /// Runs blocks from the one at `cpu.pc` as long as `budget ≥ LONGEST` steps last. Returns how many steps were
    /// run, and what has to be seen to.
    fn run_blocks(
        &mut self,
        cpu: &mut Cpu,
        memory: &mut PageCache<'_>,
        budget: u64,
    ) -> (u64, Pause) {
        if self.code.is_full() {
            self.code.clear();
            self.machine.jumps = Jumps::new();
        }
        self.machine.registers.load(cpu);
        let mut left = budget;
        let mut entry = self.code.block(cpu.pc, memory);
        loop {
            let slice = left.min(SLICE);
            let (index, unspent) = self.enter(entry, memory, slice);
            left -= slice - unspent;
            let op = self.code.op(index);
            let pc = match self.machine.pause {
                Pause::Jump => self.machine.registers[Registers::LATCH],
                _ => u64::from(op.pc),
            };
            match self.machine.pause {
                Pause::Step => left -= u64::from(op.done),
                Pause::Spent if left >= LONGEST => {
                    entry = index;
                    continue;
                }
                Pause::Link | Pause::Jump
                    if left >= LONGEST && Code::holds(pc) && !self.code.is_full() =>
                {
                    entry = self.code.block(pc, memory);
                    if self.machine.pause == Pause::Link {
                        self.code.link(index, entry);
                    } else {
                        self.machine.jumps.set(pc, entry);
                    }
                    continue;
                }
                _ => {}
            }
            self.machine.registers.store(cpu);
            (cpu.pc, cpu.next_pc) = (pc, pc.wrapping_add(4));
            return (budget - left, self.machine.pause);
        }
    }

    /// Runs ops from the one at `entry`, the first of a block or an exit. Returns the op that paused, and what is left
    /// of the budget of at least `LONGEST` steps.
    fn enter(&mut self, entry: usize, memory: &mut PageCache<'_>, budget: u64) -> (usize, u64) {
        let first = self.code.first();
        // SAFETY: `entry` is an index of `code`, which the handlers do not see but through the ops; they stay inside it because
        // every block ends in a transfer or a step, and transfers lead to blocks and exits.
        unsafe {
            let op: *const Op = first.add(entry);
            let Paused { op, budget } = ((*op).handler)(op, &mut self.machine, memory, budget);
            (op.offset_from_unsigned(first), budget)
        }
    }
}

#[cfg(test)]
mod tests;
