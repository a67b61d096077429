//! Handlers: a body and the way to the next op, and the transfers of control.

use opml_memory::PageCache;

use super::{
    body::{Body, Constant},
    code::LONGEST,
    op::{Machine, Op, Pause, Paused, Registers, next, pause},
};
use crate::Condition;

/// Runs a body and goes on.
pub(super) unsafe fn single<A: Body>(
    op: *const Op,
    machine: &mut Machine,
    memory: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    // SAFETY: a handler is called with an op of a block, and a body is never its last.
    unsafe {
        if !A::run(&*op, &mut machine.registers, memory) {
            return pause(Pause::Step, op, machine, budget);
        }
        next(op, 1, machine, memory, budget)
    }
}

/// Runs two bodies and goes on.
pub(super) unsafe fn double<A: Body, B: Body>(
    op: *const Op,
    machine: &mut Machine,
    memory: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    // SAFETY: a handler is called with an op of a block, here one that another body follows, which is never the last.
    unsafe {
        if !A::run(&*op, &mut machine.registers, memory) {
            return pause(Pause::Step, op, machine, budget);
        }
        let op = op.add(1);
        if !B::run(&*op, &mut machine.registers, memory) {
            return pause(Pause::Step, op, machine, budget);
        }
        next(op, 1, machine, memory, budget)
    }
}

/// Runs a body and the branch behind it.
pub(super) unsafe fn double_branch<A: Body, C: Constant<Condition>>(
    op: *const Op,
    machine: &mut Machine,
    memory: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    // SAFETY: a handler is called with an op of a block, here one that a branch follows.
    unsafe {
        if !A::run(&*op, &mut machine.registers, memory) {
            return pause(Pause::Step, op, machine, budget);
        }
        branch::<C>(op.add(1), machine, memory, budget)
    }
}

/// Leaves the block if the condition holds for `a` and `b`; `d` steps are then done.
#[inline]
pub(super) unsafe fn branch<C: Constant<Condition>>(
    op: *const Op,
    machine: &mut Machine,
    memory: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    // SAFETY: a handler is called with an op of a block, and a branch is never its last.
    unsafe {
        let Op { a, b, .. } = *op;
        if C::OP.holds(machine.registers[a], machine.registers[b]) {
            return jump(op, machine, memory, budget);
        }
        next(op, 1, machine, memory, budget)
    }
}

/// Leaves the block for where the immediate says; `d` steps are then done.
#[inline]
pub(super) unsafe fn jump(
    op: *const Op,
    machine: &mut Machine,
    memory: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    // SAFETY: a handler is called with an op of a block; the immediate of a transfer leads to the first op of a block
    // or to an exit.
    unsafe {
        let target = op.offset((*op).immediate as isize);
        enter(target, machine, memory, budget - u64::from((*op).d))
    }
}

/// Leaves the block for the pc in `a`; `d` steps are then done. The immediate is this op's own index.
pub(super) unsafe fn jump_register(
    op: *const Op,
    machine: &mut Machine,
    memory: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    // SAFETY: a handler is called with an op of a block; entries in `jumps` are indices of blocks' first ops.
    unsafe {
        let Op { a, d, immediate, .. } = *op;
        let pc = machine.registers[a];
        let budget = budget - u64::from(d);
        let Some(entry) = machine.jumps.get(pc) else {
            machine.registers[Registers::LATCH] = pc;
            return pause(Pause::Jump, op, machine, budget);
        };
        enter(op.offset(entry as isize - immediate as isize), machine, memory, budget)
    }
}

/// Goes on with a block if the budget is enough for any.
///
/// # Safety
///
/// `op` is the first of a block, or an exit.
#[inline(always)]
unsafe fn enter(
    op: *const Op,
    machine: &mut Machine,
    memory: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    if budget < LONGEST {
        return pause(Pause::Spent, op, machine, budget);
    }
    // SAFETY: the caller vouches for the op.
    unsafe { next(op, 0, machine, memory, budget) }
}

/// An instruction for the reference step.
pub(super) const unsafe fn step(
    op: *const Op,
    machine: &mut Machine,
    _: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    pause(Pause::Step, op, machine, budget)
}

/// An exit: the end of a transfer that leads to no block yet.
pub(super) const unsafe fn exit(
    op: *const Op,
    machine: &mut Machine,
    _: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    pause(Pause::Link, op, machine, budget)
}
