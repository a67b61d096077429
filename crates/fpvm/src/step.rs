//! The step: §5 of the protocol, in its order.

use crate::{
    Cpu, Fault, HiLo, Instruction, Ram, Register,
    alu::{alu, extract, insert},
    branch::{Flow, branch_target, in_delay_slot, jump_target, return_address},
    load_store::{address, load, store},
    muldiv::mul_div,
};

/// First address after the text: fetches must stay below it, stores at or above it.
pub const TEXT_END: u64 = 1 << 24;

/// The system call `exit` of the n64 ABI.
const SYS_EXIT: u64 = 5058;

/// Why an instruction has no ordinary successor.
#[derive(Debug)]
pub(crate) enum Stop<E> {
    /// The machine stops with this exit word.
    Exit(u64),
    /// The memory could not answer.
    Memory(E),
}

impl<E> From<Fault> for Stop<E> {
    fn from(fault: Fault) -> Self {
        Self::Exit(fault.exit_word())
    }
}

/// Replaces a state by its successor. Every state has one: faults are successors too, and a state
/// with an exit word is its own.
///
/// # Errors
///
/// If `ram` does not hold an address that the step touches; the state is then unusable.
#[inline]
pub fn step<M: Ram>(cpu: &mut Cpu, ram: &mut M) -> Result<(), M::Error> {
    if cpu.exit != 0 {
        return Ok(());
    }
    match instruction_at_pc(cpu, ram).and_then(|instruction| execute(cpu, ram, instruction)) {
        Ok(flow) => flow.apply(cpu),
        Err(Stop::Exit(word)) => *cpu = Cpu::exited(word),
        Err(Stop::Memory(error)) => return Err(error),
    }
    Ok(())
}

#[inline]
fn instruction_at_pc<M: Ram>(cpu: &Cpu, ram: &mut M) -> Result<Instruction, Stop<M::Error>> {
    if !cpu.pc.is_multiple_of(4) {
        return Err(Fault::UnalignedFetch.into());
    }
    if cpu.pc >= TEXT_END {
        return Err(Fault::FetchOutsideText.into());
    }
    let instruction = ram.fetch(cpu.pc).map_err(Stop::Memory)?;
    instruction.ok_or_else(|| Fault::ReservedInstruction.into())
}

#[inline]
fn execute<M: Ram>(
    cpu: &mut Cpu,
    ram: &mut M,
    instruction: Instruction,
) -> Result<Flow, Stop<M::Error>> {
    match instruction {
        Instruction::Alu { op, rd, a, b } => {
            let result = alu(op, cpu.get(a), cpu.get(b))?;
            cpu.set(rd, result);
        }
        Instruction::AluImmediate { op, rd, a, b } => {
            let result = alu(op, cpu.get(a), i64::from(b) as u64)?;
            cpu.set(rd, result);
        }
        Instruction::MoveIf { rd, rs, rt, zero } => {
            if (cpu.get(rt) == 0) == zero {
                cpu.set(rd, cpu.get(rs));
            }
        }
        Instruction::Extract { rt, rs, position, size, word } => {
            cpu.set(rt, extract(cpu.get(rs), position, size, word));
        }
        Instruction::Insert { rt, rs, position, size, word } => {
            cpu.set(rt, insert(cpu.get(rt), cpu.get(rs), position, size, word));
        }
        Instruction::MulDiv { op, rs, rt } => {
            (cpu.hi, cpu.lo) = mul_div(op, cpu.hi, cpu.lo, cpu.get(rs), cpu.get(rt))?;
        }
        Instruction::MoveFrom { rd, from: HiLo::Hi } => cpu.set(rd, cpu.hi),
        Instruction::MoveFrom { rd, from: HiLo::Lo } => cpu.set(rd, cpu.lo),
        Instruction::MoveTo { rs, to: HiLo::Hi } => cpu.hi = cpu.get(rs),
        Instruction::MoveTo { rs, to: HiLo::Lo } => cpu.lo = cpu.get(rs),
        Instruction::Load { op, rt, base, offset } => {
            let value = load(ram, op, address(cpu.get(base), offset), cpu.get(rt))?;
            cpu.set(rt, value);
        }
        Instruction::Store { op, rt, base, offset } => {
            store(ram, op, address(cpu.get(base), offset), cpu.get(rt))?;
        }
        Instruction::Branch { .. }
        | Instruction::Jump { .. }
        | Instruction::JumpRegister { .. } => return transfer(cpu, instruction),
        Instruction::Trap { when, rs, rt } => {
            if when.holds(cpu.get(rs), cpu.get(rt)) {
                return Err(Fault::Trap.into());
            }
        }
        Instruction::TrapImmediate { when, rs, b } => {
            if when.holds(cpu.get(rs), i64::from(b) as u64) {
                return Err(Fault::Trap.into());
            }
        }
        Instruction::Syscall => return Err(system_call(cpu)),
        Instruction::Break => return Err(Fault::Breakpoint.into()),
        Instruction::Linked => return Err(Fault::LinkedAccess.into()),
        Instruction::Nop => {}
    }
    Ok(Flow::Next)
}

/// Branches and jumps. Sources are read before a return address is written.
#[inline]
fn transfer<E>(cpu: &mut Cpu, instruction: Instruction) -> Result<Flow, Stop<E>> {
    if in_delay_slot(cpu) {
        return Err(Fault::BranchInDelaySlot.into());
    }
    Ok(match instruction {
        Instruction::Branch { when, rs, rt, offset, likely, link } => {
            let taken = when.holds(cpu.get(rs), cpu.get(rt));
            if link {
                cpu.set(Register::RA, return_address(cpu.pc));
            }
            match (taken, likely) {
                (true, _) => Flow::To(branch_target(cpu.pc, offset)),
                (false, false) => Flow::Next,
                (false, true) => Flow::SkipDelaySlot,
            }
        }
        Instruction::Jump { index, link } => {
            if link {
                cpu.set(Register::RA, return_address(cpu.pc));
            }
            Flow::To(jump_target(cpu.pc, index))
        }
        Instruction::JumpRegister { rd, rs } => {
            let target = cpu.get(rs);
            cpu.set(rd, return_address(cpu.pc));
            Flow::To(target)
        }
        _ => Flow::Next,
    })
}

/// `syscall`: `exit` is the only one.
fn system_call<E>(cpu: &Cpu) -> Stop<E> {
    if cpu.get(Register::V0) != SYS_EXIT {
        return Fault::UnknownSyscall.into();
    }
    Stop::Exit(crate::EXIT_OK | cpu.get(Register::A0) & 0xff)
}
