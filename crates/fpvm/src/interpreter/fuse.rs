//! Which neighbours run as one op: pairs that programs are full of.
//!
//! A pair saves a call. The second op stays where it is, with its operands, and a pair that pauses
//! between its halves does so at the second.

use std::marker::PhantomData;

use super::{
    body::*,
    handlers::{double, double_branch},
    op::Handler,
    select::{Maker, by_name},
};
use crate::{AluOp, Condition, Instruction, LoadOp, MulDivOp};

/// Returns the handler of two neighbours, if there is one.
pub(super) fn pair(first: Instruction, second: Instruction) -> Option<Handler> {
    hot(first, First(second))?
}

/// Returns the handler of a delay slot and its branch, if there is one.
pub(super) fn pair_branch(slot: Instruction, when: Condition) -> Option<Handler> {
    hot(slot, Slot(when))
}

/// Knows what comes second.
struct First(Instruction);

impl Maker for First {
    type Made = Option<Handler>;

    fn make<A: Body>(self) -> Option<Handler> {
        hot(self.0, Second(PhantomData::<A>))
    }
}

/// Knows the type of the first.
struct Second<A>(PhantomData<A>);

impl<A: Body> Maker for Second<A> {
    type Made = Handler;

    fn make<B: Body>(self) -> Handler {
        double::<A, B>
    }
}

/// Knows the branch.
struct Slot(Condition);

impl Maker for Slot {
    type Made = Handler;

    fn make<A: Body>(self) -> Handler {
        match self.0 {
            Condition::Equal => double_branch::<A, Equal>,
            Condition::NotEqual => double_branch::<A, NotEqual>,
            Condition::Less => double_branch::<A, Less>,
            Condition::LessOrEqual => double_branch::<A, LessOrEqual>,
            Condition::Greater => double_branch::<A, Greater>,
            Condition::GreaterOrEqual => double_branch::<A, GreaterOrEqual>,
            Condition::LessUnsigned => double_branch::<A, LessUnsigned>,
            Condition::GreaterOrEqualUnsigned => double_branch::<A, GreaterOrEqualUnsigned>,
        }
    }
}

/// The instructions that pairs are made of.
fn hot<M: Maker>(instruction: Instruction, maker: M) -> Option<M::Made> {
    Some(match instruction {
        Instruction::Alu { op, .. } => {
            by_name!(maker, Binary, op, AluOp: Addu Subu Daddu Dsubu And Or
            Xor Sltu Mul Dsll Dsra, _ => return None)
        }
        Instruction::AluImmediate { op, .. } => {
            by_name!(maker, Immediate, op, AluOp: Addu Daddu And
            Or Sltu Sll Srl Sra Dsll Dsrl Dsra, _ => return None)
        }
        Instruction::MoveIf { zero: false, .. } => maker.make::<MoveIf<false>>(),
        Instruction::Extract { word: true, .. } => maker.make::<Extract<true>>(),
        Instruction::Extract { word: false, .. } => maker.make::<Extract<false>>(),
        Instruction::Insert { word: true, .. } => maker.make::<Insert<true>>(),
        Instruction::MoveFrom { .. } => maker.make::<Binary<Or>>(),
        Instruction::MulDiv { op: MulDivOp::Dmult, .. } => maker.make::<HiLo<Dmult>>(),
        Instruction::Load { op, .. } => {
            by_name!(maker, Load, op, LoadOp: Lb Lw Ld, _ => return None)
        }
        _ => return None,
    })
}
