//! Which neighbours run as one op: pairs that programs are full of.
//!
//! A pair saves a call, and if the second needs what the first makes, the wait for it. The second op stays where it is, with
//! its operands, and a pair that pauses between its halves does so at the second.

use std::marker::PhantomData;

use super::{
    access::*,
    body::*,
    groups::Form,
    handlers::{Apart, Chain, ThroughA, ThroughB, double, double_branch, whole},
    op::Handler,
    operands::Operands,
    select::{Maker, by_name},
};
use crate::{AluOp, Condition, Instruction, LoadOp, MulDivOp, StoreOp};

/// A handler of two ops, and how much it saves, next to other pairs.
type Pair = (Handler, u32);

/// Chooses among the pairs of `forms`, one after the other: those that save most. Returns their handlers, each with the place
/// of its first op.
pub(super) fn pairs(forms: &[Form]) -> Vec<(usize, Handler)> {
    let known: Vec<_> = forms.windows(2).map(|two| pair(two[0], two[1])).collect();
    // The most that can be saved from each place on.
    let mut saved = vec![0; forms.len() + 2];
    for (at, pair) in known.iter().enumerate().rev() {
        let with = pair.map_or(0, |(_, saves)| saves + saved[at + 2]);
        saved[at] = with.max(saved[at + 1]);
    }
    let mut chosen = Vec::new();
    let mut at = 0;
    while let Some(pair) = known.get(at) {
        match pair {
            Some((handler, saves)) if saves + saved[at + 2] == saved[at] => {
                chosen.push((at, *handler));
                at += 2;
            }
            _ => at += 1,
        }
    }
    chosen
}

/// Returns the handler of a delay slot and its branch, which reads `a` and `b`, if there is one.
pub(super) fn pair_branch(slot: Form, when: Condition, [a, b]: [u8; 2]) -> Option<Handler> {
    let result = Operands::of(slot).d;
    if result == a {
        hot(slot, Slot(when, PhantomData::<ThroughA>))
    } else if result == b {
        hot(slot, Slot(when, PhantomData::<ThroughB>))
    } else {
        hot(slot, Slot(when, PhantomData::<Apart>))
    }
}

fn pair(first: Form, second: Form) -> Option<Pair> {
    if let Some(handler) = halves(first, second) {
        return Some((handler, 4));
    }
    let (result, Operands { a, b, .. }) = (Operands::of(first).d, Operands::of(second));
    let source = [a, b].iter().position(|source| *source == result);
    let handler = hot(first, Before { second, source })??;
    Some((handler, if source.is_some() { 3 } else { 2 }))
}

/// Returns the handler of the two halves of a word.
fn halves(left: Form, right: Form) -> Option<Handler> {
    let (Form::Alone(left), Form::Alone(right)) = (left, right) else { return None };
    match (left.halves(right)?, left) {
        (4, Instruction::Load { .. }) => Some(whole::<WholeLoad<Lwl, Lwr, 4>>),
        (_, Instruction::Load { .. }) => Some(whole::<WholeLoad<Ldl, Ldr, 8>>),
        (4, _) => Some(whole::<WholeStore<Swl, Swr, 4>>),
        _ => Some(whole::<WholeStore<Sdl, Sdr, 8>>),
    }
}

/// Knows what comes second, and which of its sources comes from the first.
struct Before {
    second: Form,
    source: Option<usize>,
}

impl Maker for Before {
    type Made = Option<Handler>;

    fn make<A: Body>(self) -> Option<Handler> {
        hot(self.second, Behind { first: PhantomData::<A>, source: self.source })
    }
}

/// Knows the type of the first.
struct Behind<A> {
    first: PhantomData<A>,
    source: Option<usize>,
}

impl<A: Body> Maker for Behind<A> {
    type Made = Handler;

    fn make<B: Body>(self) -> Handler {
        match self.source {
            Some(0) => double::<A, B, ThroughA>,
            Some(_) if B::READS_B => double::<A, B, ThroughB>,
            _ => double::<A, B, Apart>,
        }
    }
}

/// Knows the branch, and how it is chained.
struct Slot<C>(Condition, PhantomData<C>);

impl<C: Chain> Maker for Slot<C> {
    type Made = Handler;

    fn make<A: Body>(self) -> Handler {
        match self.0 {
            Condition::Equal => double_branch::<A, Equal, C>,
            Condition::NotEqual => double_branch::<A, NotEqual, C>,
            Condition::Less => double_branch::<A, Less, C>,
            Condition::LessOrEqual => double_branch::<A, LessOrEqual, C>,
            Condition::Greater => double_branch::<A, Greater, C>,
            Condition::GreaterOrEqual => double_branch::<A, GreaterOrEqual, C>,
            Condition::LessUnsigned => double_branch::<A, LessUnsigned, C>,
            Condition::GreaterOrEqualUnsigned => double_branch::<A, GreaterOrEqualUnsigned, C>,
        }
    }
}

/// The instructions that pairs are made of.
fn hot<M: Maker>(form: Form, maker: M) -> Option<M::Made> {
    let instruction = match form {
        Form::Alone(instruction) => instruction,
        Form::Member { load, .. } => {
            return Some(by_name!(maker, Member, load.op, LoadOp: Lb Lbu Lw Ld, _ => return None));
        }
        Form::First { .. } => return None,
    };
    Some(match instruction {
        Instruction::Alu { op, .. } => {
            by_name!(maker, Binary, op, AluOp: Addu Subu Daddu Dsubu And Or
            Xor Slt Sltu Mul Dsll Dsra Dclz, _ => return None)
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
        Instruction::Store { op, .. } => {
            by_name!(maker, Store, op, StoreOp: Sw Sd, _ => return None)
        }
        _ => return None,
    })
}
