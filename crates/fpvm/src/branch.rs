//! Where control goes after an instruction.

use crate::Cpu;

/// What an instruction does to the program counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// The next instruction is `next_pc`; then follows the one after it.
    Next,
    /// The next instruction is the delay slot at `next_pc`; then follows the target.
    To(u64),
    /// The delay slot is skipped: a likely branch was not taken.
    SkipDelaySlot,
}

impl Flow {
    /// Moves the program counters.
    #[inline]
    pub(crate) const fn apply(self, cpu: &mut Cpu) {
        let next = cpu.next_pc;
        (cpu.pc, cpu.next_pc) = match self {
            Self::Next => (next, next.wrapping_add(4)),
            Self::To(target) => (next, target),
            Self::SkipDelaySlot => (next.wrapping_add(4), next.wrapping_add(8)),
        };
    }
}

/// Whether the running instruction stands in the delay slot of a taken branch.
#[inline]
pub(crate) const fn in_delay_slot(cpu: &Cpu) -> bool {
    cpu.next_pc != cpu.pc.wrapping_add(4)
}

/// The address that a linking branch at `pc` stores: behind the delay slot.
#[inline]
pub(crate) const fn return_address(pc: u64) -> u64 {
    pc.wrapping_add(8)
}

/// Target of a branch at `pc`: `offset` instructions from the delay slot.
#[inline]
pub(crate) const fn branch_target(pc: u64, offset: i16) -> u64 {
    pc.wrapping_add(4).wrapping_add((offset as i64 as u64) << 2)
}

/// Target of `j` and `jal` at `pc`: in the 256 MiB region of the delay slot, not of the jump.
#[inline]
pub(crate) const fn jump_target(pc: u64, index: u32) -> u64 {
    pc.wrapping_add(4) & !0x0fff_ffff | (index as u64) << 2
}
