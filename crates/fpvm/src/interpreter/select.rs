//! Which type runs an instruction.

use super::{
    access::*,
    body::*,
    groups::Form,
    handlers::{branch, single},
    op::Handler,
};
use crate::{AluOp, Condition, Instruction, LoadOp, MulDivOp, StoreOp};

/// Makes something of the type of a body, at last a handler.
pub(super) trait Maker {
    type Made;

    fn make<A: Body>(self) -> Self::Made;
}

/// Makes the handler of one instruction.
struct Single;

impl Maker for Single {
    type Made = Handler;

    fn make<A: Body>(self) -> Handler {
        single::<A>
    }
}

/// Makes a handler of `$wrap` of the type that is named like the operation.
macro_rules! by_name {
    ($maker:ident, $wrap:ident, $operation:expr, $operations:ident: $($name:ident)* $(, _ => $other:expr)?) => {
        match $operation {
            $($operations::$name => $maker.make::<$wrap<$name>>(),)*
            $(_ => $other,)?
        }
    };
}
pub(super) use by_name;

/// Returns the handler of an instruction, if it has a body: transfers are several ops, and what is rare has none.
pub(super) fn body(form: Form) -> Option<Handler> {
    let maker = Single;
    let instruction = match form {
        Form::Alone(instruction) => instruction,
        Form::First { load, .. } => {
            return Some(by_name!(maker, First, load.op, LoadOp: Lb Lbu Lh Lhu Lw Lwu Ld,
                _ => return None));
        }
        Form::Member { load, .. } => {
            return Some(by_name!(maker, Member, load.op, LoadOp: Lb Lbu Lh Lhu Lw Lwu Ld,
                _ => return None));
        }
    };
    Some(match instruction {
        Instruction::Alu { op, .. } => {
            by_name!(maker, Binary, op, AluOp: Add Addu Sub Subu Dadd Daddu
            Dsub Dsubu And Or Xor Nor Slt Sltu Lui Sll Srl Sra Rotr Dsll Dsrl Dsra Drotr Mul Clz Clo
            Dclz Dclo Seb Seh Wsbh Dsbh Dshd)
        }
        Instruction::AluImmediate { op, .. } => {
            by_name!(maker, Immediate, op, AluOp: Add Addu Sub Subu
            Dadd Daddu Dsub Dsubu And Or Xor Nor Slt Sltu Lui Sll Srl Sra Rotr Dsll Dsrl Dsra Drotr
            Mul Clz Clo Dclz Dclo Seb Seh Wsbh Dsbh Dshd)
        }
        Instruction::MoveIf { zero: true, .. } => maker.make::<MoveIf<true>>(),
        Instruction::MoveIf { zero: false, .. } => maker.make::<MoveIf<false>>(),
        Instruction::Extract { word: true, .. } => maker.make::<Extract<true>>(),
        Instruction::Extract { word: false, .. } => maker.make::<Extract<false>>(),
        Instruction::Insert { word: true, .. } => maker.make::<Insert<true>>(),
        Instruction::Insert { word: false, .. } => maker.make::<Insert<false>>(),
        Instruction::MulDiv { op, .. } => {
            by_name!(maker, HiLo, op, MulDivOp: Mult Multu Div Divu Dmult
            Dmultu Ddiv Ddivu Madd Maddu Msub Msubu)
        }
        Instruction::MoveFrom { .. } | Instruction::MoveTo { .. } | Instruction::Nop => {
            maker.make::<Binary<Or>>()
        }
        Instruction::Load { op, .. } => by_name!(maker, Load, op, LoadOp: Lb Lbu Lh Lhu Lw Lwu Ld,
            _ => by_name!(maker, LoadPart, op, LoadOp: Lwl Lwr Ldl Ldr, _ => return None)),
        Instruction::Store { op, .. } => by_name!(maker, Store, op, StoreOp: Sb Sh Sw Sd,
            _ => by_name!(maker, StorePart, op, StoreOp: Swl Swr Sdl Sdr, _ => return None)),
        Instruction::Trap { when, .. } => {
            by_name!(maker, Trap, when, Condition: Equal NotEqual Less
            LessOrEqual Greater GreaterOrEqual LessUnsigned GreaterOrEqualUnsigned)
        }
        Instruction::TrapImmediate { when, .. } => {
            by_name!(maker, TrapImmediate, when, Condition: Equal
            NotEqual Less LessOrEqual Greater GreaterOrEqual LessUnsigned GreaterOrEqualUnsigned)
        }
        Instruction::Branch { .. }
        | Instruction::Jump { .. }
        | Instruction::JumpRegister { .. }
        | Instruction::Syscall
        | Instruction::Break
        | Instruction::Linked => return None,
    })
}

/// Makes what leaves the block if a condition holds.
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

/// Makes what keeps whether a condition holds.
pub(super) fn test(when: Condition) -> Handler {
    let maker = Single;
    by_name!(maker, Test, when, Condition: Equal NotEqual Less LessOrEqual Greater GreaterOrEqual
        LessUnsigned GreaterOrEqualUnsigned)
}
