//! The fields of a word, and the instructions that they make in each format.

use crate::instruction::{
    AluOp, Condition,
    Instruction::{self, *},
    LoadOp, MulDivOp, Register, StoreOp,
};

/// The fields of a word, as the manual names them.
pub(super) struct Fields {
    pub(super) rs: u32,
    pub(super) rt: u32,
    pub(super) rd: u32,
    pub(super) sa: u32,
    /// Sign-extended.
    pub(super) immediate: i16,
}

impl Fields {
    pub(super) const fn of(word: u32) -> Self {
        Self {
            rs: word >> 21 & 31,
            rt: word >> 16 & 31,
            rd: word >> 11 & 31,
            sa: word >> 6 & 31,
            immediate: word as i16,
        }
    }

    pub(super) const fn reg_rs(&self) -> Register {
        Register::new(self.rs)
    }

    pub(super) const fn reg_rt(&self) -> Register {
        Register::new(self.rt)
    }

    pub(super) const fn reg_rd(&self) -> Register {
        Register::new(self.rd)
    }
}

pub(super) const fn alu(op: AluOp, f: &Fields) -> Instruction {
    Alu { op, rd: f.reg_rd(), a: f.reg_rs(), b: f.reg_rt() }
}

pub(super) const fn unary(op: AluOp, f: &Fields, a: Register) -> Instruction {
    Alu { op, rd: f.reg_rd(), a, b: Register::ZERO }
}

pub(super) fn alu_signed(op: AluOp, f: &Fields) -> Instruction {
    AluImmediate { op, rd: f.reg_rt(), a: f.reg_rs(), b: i32::from(f.immediate) }
}

pub(super) fn alu_unsigned(op: AluOp, f: &Fields) -> Instruction {
    AluImmediate { op, rd: f.reg_rt(), a: f.reg_rs(), b: i32::from(f.immediate as u16) }
}

pub(super) const fn shift(op: AluOp, f: &Fields, more: u32) -> Instruction {
    AluImmediate { op, rd: f.reg_rd(), a: f.reg_rt(), b: (f.sa + more) as i32 }
}

pub(super) const fn shift_variable(op: AluOp, f: &Fields) -> Instruction {
    Alu { op, rd: f.reg_rd(), a: f.reg_rt(), b: f.reg_rs() }
}

pub(super) const fn move_if(zero: bool, f: &Fields) -> Instruction {
    MoveIf { rd: f.reg_rd(), rs: f.reg_rs(), rt: f.reg_rt(), zero }
}

pub(super) const fn mul_div(op: MulDivOp, f: &Fields) -> Instruction {
    MulDiv { op, rs: f.reg_rs(), rt: f.reg_rt() }
}

pub(super) fn extract(f: &Fields, position: u32, size: u32, word: bool) -> Option<Instruction> {
    let width = if word { 32 } else { 64 };
    (position + size <= width).then(|| Extract {
        rt: f.reg_rt(),
        rs: f.reg_rs(),
        position: position as u8,
        size: size as u8,
        word,
    })
}

/// `ins` names the first and the last bit.
pub(super) fn insert(f: &Fields, position: u32, last: u32, word: bool) -> Option<Instruction> {
    let size = (last + 1).checked_sub(position).filter(|size| *size > 0)?;
    Some(Insert {
        rt: f.reg_rt(),
        rs: f.reg_rs(),
        position: position as u8,
        size: size as u8,
        word,
    })
}

pub(super) const fn load(op: LoadOp, f: &Fields) -> Instruction {
    Load { op, rt: f.reg_rt(), base: f.reg_rs(), offset: f.immediate }
}

pub(super) const fn store(op: StoreOp, f: &Fields) -> Instruction {
    Store { op, rt: f.reg_rt(), base: f.reg_rs(), offset: f.immediate }
}

pub(super) const fn branch(when: Condition, f: &Fields, likely: bool) -> Instruction {
    let (rs, rt) = (f.reg_rs(), f.reg_rt());
    Branch { when, rs, rt, offset: f.immediate, likely, link: false }
}

pub(super) const fn branch_zero(
    when: Condition,
    f: &Fields,
    likely: bool,
    link: bool,
) -> Instruction {
    Branch { when, rs: f.reg_rs(), rt: Register::ZERO, offset: f.immediate, likely, link }
}

pub(super) const fn trap(when: Condition, f: &Fields) -> Instruction {
    Trap { when, rs: f.reg_rs(), rt: f.reg_rt() }
}

pub(super) const fn trap_immediate(when: Condition, f: &Fields) -> Instruction {
    TrapImmediate { when, rs: f.reg_rs(), b: f.immediate }
}
