//! Which handler runs an instruction.

use super::{
    body::*,
    handlers::{branch, single},
    op::{Handler, Op, Registers},
};
use crate::{AluOp, Condition, Instruction, LoadOp, MulDivOp, Register, StoreOp};

/// Chooses `$use` of the type that is named like the operation.
macro_rules! by_name {
    ($operation:expr, $operations:ident: $($name:ident)*, $use:ident $wrap:ident) => {
        match $operation {
            $($operations::$name => $use::<$wrap<$name>>,)*
        }
    };
}

/// Returns the op that runs an instruction, if one can: transfers need several, and what is rare has none.
pub(super) fn body(instruction: Instruction) -> Option<Op> {
    let (handler, d, a, b, immediate): (Handler, _, _, _, _) = match instruction {
        Instruction::Alu { op, rd, a, b } => (binary(op), target(rd), source(a), source(b), 0),
        Instruction::AluImmediate { op, rd, a, b } => (immediate(op), target(rd), source(a), 0, b),
        Instruction::MoveIf { rd, rs, rt, zero } => {
            let handler = if zero { single::<MoveIf<true>> } else { single::<MoveIf<false>> };
            (handler, target(rd), source(rs), source(rt), 0)
        }
        Instruction::Extract { rt, rs, position, size, word } => {
            let handler = if word { single::<Extract<true>> } else { single::<Extract<false>> };
            (handler, target(rt), source(rs), 0, field(position, size))
        }
        Instruction::Insert { rt, rs, position, size, word } => {
            let handler = if word { single::<Insert<true>> } else { single::<Insert<false>> };
            (handler, target(rt), source(rs), source(rt), field(position, size))
        }
        Instruction::MulDiv { op, rs, rt } => {
            (hi_lo(op), Registers::SINK, source(rs), source(rt), 0)
        }
        Instruction::MoveFrom { rd, from } => {
            (single::<Binary<Or>>, target(rd), accumulator(from), 0, 0)
        }
        Instruction::MoveTo { rs, to } => (single::<Binary<Or>>, accumulator(to), source(rs), 0, 0),
        Instruction::Load { op, rt, base, offset } => {
            (load(op)?, target(rt), source(base), 0, offset.into())
        }
        Instruction::Store { op, rt, base, offset } => {
            (store(op)?, Registers::SINK, source(base), source(rt), offset.into())
        }
        Instruction::Trap { when, rs, rt } => {
            (trap(when), Registers::SINK, source(rs), source(rt), 0)
        }
        Instruction::TrapImmediate { when, rs, b } => {
            (trap_immediate(when), Registers::SINK, source(rs), 0, b.into())
        }
        Instruction::Nop => (single::<Nop>, Registers::SINK, 0, 0, 0),
        Instruction::Branch { .. }
        | Instruction::Jump { .. }
        | Instruction::JumpRegister { .. }
        | Instruction::Syscall
        | Instruction::Break
        | Instruction::Linked => return None,
    };
    Some(Op { handler, immediate, pc: 0, a, b, d, done: 0 })
}

/// The register that an op reads for a general register.
pub(super) const fn source(register: Register) -> u8 {
    register.index() as u8
}

/// The register that an op writes for a general register.
pub(super) const fn target(register: Register) -> u8 {
    if register.index() == 0 { Registers::SINK } else { register.index() as u8 }
}

const fn accumulator(which: crate::HiLo) -> u8 {
    match which {
        crate::HiLo::Hi => Registers::HI,
        crate::HiLo::Lo => Registers::LO,
    }
}

fn binary(op: AluOp) -> Handler {
    by_name!(op, AluOp: Add Addu Sub Subu Dadd Daddu Dsub Dsubu And Or Xor Nor Slt Sltu Lui Sll Srl Sra
        Rotr Dsll Dsrl Dsra Drotr Mul Clz Clo Dclz Dclo Seb Seh Wsbh Dsbh Dshd, single Binary)
}

fn immediate(op: AluOp) -> Handler {
    by_name!(op, AluOp: Add Addu Sub Subu Dadd Daddu Dsub Dsubu And Or Xor Nor Slt Sltu Lui Sll Srl Sra
        Rotr Dsll Dsrl Dsra Drotr Mul Clz Clo Dclz Dclo Seb Seh Wsbh Dsbh Dshd, single Immediate)
}

fn hi_lo(op: MulDivOp) -> Handler {
    by_name!(op, MulDivOp: Mult Multu Div Divu Dmult Dmultu Ddiv Ddivu Madd Maddu Msub Msubu,
        single HiLo)
}

fn trap(when: Condition) -> Handler {
    by_name!(when, Condition: Equal NotEqual Less LessOrEqual Greater GreaterOrEqual LessUnsigned
        GreaterOrEqualUnsigned, single Trap)
}

fn trap_immediate(when: Condition) -> Handler {
    by_name!(when, Condition: Equal NotEqual Less LessOrEqual Greater GreaterOrEqual LessUnsigned
        GreaterOrEqualUnsigned, single TrapImmediate)
}

/// Keeps whether a condition holds.
pub(super) fn test(when: Condition) -> Handler {
    by_name!(when, Condition: Equal NotEqual Less LessOrEqual Greater GreaterOrEqual LessUnsigned
        GreaterOrEqualUnsigned, single Test)
}

/// Leaves the block if a condition holds.
pub(super) fn branch_if(when: Condition) -> Handler {
    match when {
        Condition::Equal => branch::<Equal>,
        Condition::NotEqual => branch::<NotEqual>,
        Condition::Less => branch::<Less>,
        Condition::LessOrEqual => branch::<LessOrEqual>,
        Condition::Greater => branch::<Greater>,
        Condition::GreaterOrEqual => branch::<GreaterOrEqual>,
        Condition::LessUnsigned => branch::<LessUnsigned>,
        Condition::GreaterOrEqualUnsigned => branch::<GreaterOrEqualUnsigned>,
    }
}

fn load(op: LoadOp) -> Option<Handler> {
    Some(match op {
        LoadOp::Lb => single::<Load<Lb, 1>>,
        LoadOp::Lbu => single::<Load<Lbu, 1>>,
        LoadOp::Lh => single::<Load<Lh, 2>>,
        LoadOp::Lhu => single::<Load<Lhu, 2>>,
        LoadOp::Lw => single::<Load<Lw, 4>>,
        LoadOp::Lwu => single::<Load<Lwu, 4>>,
        LoadOp::Ld => single::<Load<Ld, 8>>,
        LoadOp::Lwl | LoadOp::Lwr | LoadOp::Ldl | LoadOp::Ldr => return None,
    })
}

fn store(op: StoreOp) -> Option<Handler> {
    Some(match op {
        StoreOp::Sb => single::<Store<1>>,
        StoreOp::Sh => single::<Store<2>>,
        StoreOp::Sw => single::<Store<4>>,
        StoreOp::Sd => single::<Store<8>>,
        StoreOp::Swl | StoreOp::Swr | StoreOp::Sdl | StoreOp::Sdr => return None,
    })
}
