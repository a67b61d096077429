//! Where an instruction's operands stand in an op.

use super::{body::field, groups::Form, op::Registers};
use crate::{HiLo, Instruction, Register};

/// The operands of an op.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Operands {
    pub(super) d: u8,
    pub(super) a: u8,
    pub(super) b: u8,
    pub(super) immediate: i32,
}

impl Operands {
    /// Returns the operands of an instruction that has a body. In a group, loads take the base and the slot.
    pub(super) const fn of(form: Form) -> Self {
        match form {
            Form::Alone(instruction) => Self::alone(instruction),
            Form::First { load, slot, around: [below, above] } => {
                let [low, high] = load.offset.to_le_bytes();
                Self {
                    d: target(load.rt),
                    a: load.base.index() as u8,
                    b: slot,
                    immediate: i32::from_le_bytes([low, high, below, above]),
                }
            }
            Form::Member { load, slot } => Self {
                d: target(load.rt),
                a: slot,
                b: load.base.index() as u8,
                immediate: load.offset as i32,
            },
        }
    }

    const fn alone(instruction: Instruction) -> Self {
        let none = Register::ZERO;
        let (d, a, b, immediate) = match instruction {
            Instruction::Alu { rd, a, b, .. } => (target(rd), a, b, 0),
            Instruction::AluImmediate { rd, a, b, .. } => (target(rd), a, none, b),
            Instruction::MoveIf { rd, rs, rt, .. } => (target(rd), rs, rt, 0),
            Instruction::Extract { rt, rs, position, size, .. } => {
                (target(rt), rs, none, field(position, size))
            }
            Instruction::Insert { rt, rs, position, size, .. } => {
                (target(rt), rs, rt, field(position, size))
            }
            Instruction::MoveFrom { rd, from } => {
                return Self { d: target(rd), a: accumulator(from), b: 0, immediate: 0 };
            }
            Instruction::MoveTo { rs, to } => (accumulator(to), rs, none, 0),
            Instruction::Load { rt, base, offset, .. } => (target(rt), base, rt, offset as i32),
            Instruction::Store { rt, base, offset, .. } => {
                (Registers::SINK, base, rt, offset as i32)
            }
            Instruction::MulDiv { rs, rt, .. } => (Registers::LO, rs, rt, 0),
            Instruction::Trap { rs, rt, .. } | Instruction::Branch { rs, rt, .. } => {
                (Registers::SINK, rs, rt, 0)
            }
            Instruction::TrapImmediate { rs, b, .. } => (Registers::SINK, rs, none, b as i32),
            Instruction::JumpRegister { rs, .. } => (Registers::SINK, rs, none, 0),
            Instruction::Jump { .. }
            | Instruction::Syscall
            | Instruction::Break
            | Instruction::Linked
            | Instruction::Nop => (Registers::SINK, none, none, 0),
        };
        Self { d, a: a.index() as u8, b: b.index() as u8, immediate }
    }
}

/// The register that an op writes for a general register.
const fn target(register: Register) -> u8 {
    if register.index() == 0 { Registers::SINK } else { register.index() as u8 }
}

const fn accumulator(which: HiLo) -> u8 {
    match which {
        HiLo::Hi => Registers::HI,
        HiLo::Lo => Registers::LO,
    }
}
