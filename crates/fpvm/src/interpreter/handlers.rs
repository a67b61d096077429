//! Handlers: a body and the way to the next op, and the transfers of control.

use opml_memory::PageCache;

use super::{
    access::Whole,
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
        if !A::run(&*op, Apart::sources(&*op, 0, machine), &mut machine.registers, memory) {
            return pause(Pause::Step, op, machine, budget);
        }
        next(op, 1, machine, memory, budget)
    }
}

/// Where the second of two ops finds its sources. What it reads from where the first has just written to, the processor would
/// have to wait for; known when handlers are compiled, it stays in a register.
pub(super) trait Chain {
    /// The values of the sources of `op`, after the op before it has written `result`.
    fn sources(op: &Op, result: u8, machine: &Machine) -> [u64; 2];
}

/// The second reads other registers than the first writes, as far as is known.
pub(super) struct Apart;

/// The first source of the second is the result of the first.
pub(super) struct ThroughA;

/// The second source of the second is the result of the first.
pub(super) struct ThroughB;

impl Chain for Apart {
    #[inline(always)]
    fn sources(op: &Op, _: u8, machine: &Machine) -> [u64; 2] {
        [machine.registers[op.a], machine.registers[op.b]]
    }
}

impl Chain for ThroughA {
    #[inline(always)]
    fn sources(op: &Op, result: u8, machine: &Machine) -> [u64; 2] {
        [machine.registers[result], machine.registers[op.b]]
    }
}

impl Chain for ThroughB {
    #[inline(always)]
    fn sources(op: &Op, result: u8, machine: &Machine) -> [u64; 2] {
        [machine.registers[op.a], machine.registers[result]]
    }
}

/// Where `op` with this body wrote its result.
#[inline(always)]
fn result<A: Body>(op: &Op) -> u8 {
    A::RESULT.unwrap_or(op.d)
}

/// Runs two bodies and goes on.
pub(super) unsafe fn double<A: Body, B: Body, C: Chain>(
    op: *const Op,
    machine: &mut Machine,
    memory: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    // SAFETY: a handler is called with an op of a block, here one that another body follows, which is never the last.
    unsafe {
        if !A::run(&*op, Apart::sources(&*op, 0, machine), &mut machine.registers, memory) {
            return pause(Pause::Step, op, machine, budget);
        }
        let result = result::<A>(&*op);
        let op = op.add(1);
        if !B::run(&*op, C::sources(&*op, result, machine), &mut machine.registers, memory) {
            return pause(Pause::Step, op, machine, budget);
        }
        next(op, 1, machine, memory, budget)
    }
}

/// Runs two halves at once and goes on.
pub(super) unsafe fn whole<W: Whole>(
    op: *const Op,
    machine: &mut Machine,
    memory: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    // SAFETY: a handler is called with an op of a block, here one that another body follows, which is never the last.
    unsafe {
        if !W::run(&*op.add(1), &mut machine.registers, memory) {
            return double::<W::Left, W::Right, Apart>(op, machine, memory, budget);
        }
        next(op, 2, machine, memory, budget)
    }
}

/// Runs a body and the branch behind it.
pub(super) unsafe fn double_branch<A: Body, W: Constant<Condition>, C: Chain>(
    op: *const Op,
    machine: &mut Machine,
    memory: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    // SAFETY: a handler is called with an op of a block, here one that a branch follows.
    unsafe {
        if !A::run(&*op, Apart::sources(&*op, 0, machine), &mut machine.registers, memory) {
            return pause(Pause::Step, op, machine, budget);
        }
        let result = result::<A>(&*op);
        let op = op.add(1);
        branch_on::<W>(C::sources(&*op, result, machine), op, machine, memory, budget)
    }
}

/// Leaves the block if the condition holds for `a` and `b`; `d` steps are then done.
pub(super) unsafe fn branch<W: Constant<Condition>>(
    op: *const Op,
    machine: &mut Machine,
    memory: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    // SAFETY: a handler is called with an op of a block.
    unsafe { branch_on::<W>(Apart::sources(&*op, 0, machine), op, machine, memory, budget) }
}

/// Runs a branch with the values of its sources.
///
/// # Safety
///
/// As for a handler.
#[inline(always)]
unsafe fn branch_on<W: Constant<Condition>>(
    [a, b]: [u64; 2],
    op: *const Op,
    machine: &mut Machine,
    memory: &mut PageCache<'_>,
    budget: u64,
) -> Paused {
    // SAFETY: the caller vouches for the op; a branch is never the last of its block.
    unsafe {
        if W::OP.holds(a, b) {
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
