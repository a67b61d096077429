//! Threaded code: ops that call each other's handlers.

use std::ops::{Index, IndexMut, Range};

use opml_memory::PageCache;

use crate::Cpu;

/// The registers that ops name: the general ones, and a few that only ops know.
///
/// There is one for every value of a byte, so that no access needs a check.
#[derive(Debug)]
pub(super) struct Registers([u64; 256]);

impl Registers {
    /// Upper accumulator.
    pub(super) const HI: u8 = 32;
    /// Lower accumulator.
    pub(super) const LO: u8 = 33;
    /// Takes what the program writes to `$zero`.
    pub(super) const SINK: u8 = 34;
    /// Keeps what a branch or jump read, while its delay slot may write that register.
    pub(super) const LATCH: u8 = 35;
    /// Keep where the bases of groups of loads would lie on the host, or 0.
    pub(super) const SLOTS: Range<u8> = 64..128;

    pub(super) const fn new() -> Self {
        Self([0; 256])
    }

    /// Takes the registers of a state.
    pub(super) fn load(&mut self, cpu: &Cpu) {
        self.0[..32].copy_from_slice(&cpu.regs);
        (self[Self::HI], self[Self::LO]) = (cpu.hi, cpu.lo);
    }

    /// Gives the registers to a state.
    pub(super) fn store(&self, cpu: &mut Cpu) {
        cpu.regs.copy_from_slice(&self.0[..32]);
        (cpu.hi, cpu.lo) = (self[Self::HI], self[Self::LO]);
    }
}

impl Index<u8> for Registers {
    type Output = u64;

    #[inline]
    fn index(&self, register: u8) -> &u64 {
        &self.0[register as usize]
    }
}

impl IndexMut<u8> for Registers {
    #[inline]
    fn index_mut(&mut self, register: u8) -> &mut u64 {
        &mut self.0[register as usize]
    }
}

/// Where blocks begin that were jumped to through a register, direct mapped by the program counter.
#[derive(Debug)]
pub(super) struct Jumps([Jump; Self::SLOTS]);

#[derive(Clone, Copy, Debug)]
struct Jump {
    pc: u64,
    /// Index of the block's first op.
    entry: usize,
}

impl Jumps {
    const SLOTS: usize = 1 << 10;
    /// Is in no slot, so that it matches no jump: its own slot would be the one after slot 0.
    const NONE: Jump = Jump { pc: 4, entry: 0 };

    pub(super) const fn new() -> Self {
        let mut slots = [Self::NONE; Self::SLOTS];
        // What would match in slot 1 does not in slot 0 and the other way round.
        slots[1].pc = 0;
        Self(slots)
    }

    #[inline]
    const fn slot(pc: u64) -> usize {
        (pc >> 2) as usize % Self::SLOTS
    }

    #[inline]
    pub(super) fn get(&self, pc: u64) -> Option<usize> {
        let jump = self.0[Self::slot(pc)];
        (jump.pc == pc).then_some(jump.entry)
    }

    pub(super) const fn set(&mut self, pc: u64, entry: usize) {
        self.0[Self::slot(pc)] = Jump { pc, entry };
    }
}

/// Why the ops came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pause {
    /// The budget is spent. The op is what follows: the first of a block or a [`Pause::Link`].
    Spent,
    /// The reference step has to run the instruction of this op.
    Step,
    /// Control leaves for a pc to which no link was made yet.
    Link,
    /// A jump to the pc in [`Registers::LATCH`], which is not among [`Jumps`].
    Jump,
}

/// What all handlers work on, besides the memory.
#[derive(Debug)]
pub(super) struct Machine {
    pub(super) registers: Registers,
    pub(super) jumps: Jumps,
    /// Set by whoever returns.
    pub(super) pause: Pause,
}

/// Where the ops came back, and the steps they left of the budget.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paused {
    pub(super) op: *const Op,
    pub(super) budget: u64,
}

/// Runs an op and all that follow, until one pauses.
///
/// # Safety
///
/// The op belongs to a block of [`Code`](super::code::Code), which stays as it is meanwhile, and the budget is
/// at least [`LONGEST`](super::code::LONGEST) less what was charged since the block was entered.
pub(super) type Handler = unsafe fn(*const Op, &mut Machine, &mut PageCache<'_>, u64) -> Paused;

/// An instruction or a part of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Op {
    pub(super) handler: Handler,
    /// An immediate operand; in a transfer the distance in ops to where it goes.
    pub(super) immediate: i32,
    /// Where the program stands as long as this op has not run.
    pub(super) pc: u32,
    /// First source, or base of an address.
    pub(super) a: u8,
    /// Second source, or what is stored.
    pub(super) b: u8,
    /// Target.
    pub(super) d: u8,
    /// Steps of the block that are done as long as this op has not run.
    pub(super) done: u8,
}

/// Goes on with the op `count` places further.
///
/// # Safety
///
/// As for a [`Handler`]; the op exists.
#[inline(always)]
pub(super) unsafe fn next(
    op: *const Op,
    count: usize,
    machine: &mut Machine,
    memory: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    // SAFETY: the caller vouches for the op, and so for what its handler asks for.
    unsafe {
        let op = op.add(count);
        ((*op).handler)(op, machine, memory, budget)
    }
}

/// Comes back for `pause`.
#[inline(always)]
pub(super) const fn pause(
    pause: Pause,
    op: *const Op,
    machine: &mut Machine,
    budget: u64,
) -> Paused {
    machine.pause = pause;
    Paused { op, budget }
}
