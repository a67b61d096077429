//! What ops do, apart from control and access to memory: each rule is the reference's own function, specialised.

use std::marker::PhantomData;

use opml_memory::PageCache;

use super::op::{Op, Registers};
use crate::{
    AluOp, Condition, Fault, MulDivOp,
    alu::{alu, extract, insert},
    muldiv::mul_div,
};

/// An instruction that is followed by the next one.
pub(super) trait Body {
    /// The register that holds the result, if it is not the op's target.
    const RESULT: Option<u8> = None;
    /// Whether it reads its second source.
    const READS_B: bool = true;

    /// Runs it with the values of its sources. Or returns false and changes nothing, if only the reference step can: it faults, or
    /// touches a page that the cache does not serve yet.
    fn run(
        op: &Op,
        sources: [u64; 2],
        registers: &mut Registers,
        memory: &mut PageCache<'_>,
    ) -> bool;
}

/// One of the operations that an instruction can name, as a type.
pub(super) trait Constant<O> {
    const OP: O;
}

/// Makes a type of each of the named operations.
macro_rules! constants {
    ($operations:ident: $($name:ident)*) => {
        $(
            #[derive(Debug)]
            pub(in crate::interpreter) struct $name;

            impl $crate::interpreter::body::Constant<$operations> for $name {
                const OP: $operations = $operations::$name;
            }
        )*
    };
}
pub(super) use constants;

constants!(AluOp: Add Addu Sub Subu Dadd Daddu Dsub Dsubu And Or Xor Nor Slt Sltu Lui Sll Srl Sra Rotr
    Dsll Dsrl Dsra Drotr Mul Clz Clo Dclz Dclo Seb Seh Wsbh Dsbh Dshd);
constants!(MulDivOp: Mult Multu Div Divu Dmult Dmultu Ddiv Ddivu Madd Maddu Msub Msubu);
constants!(Condition: Equal NotEqual Less LessOrEqual Greater GreaterOrEqual LessUnsigned
    GreaterOrEqualUnsigned);

/// `d = O(a, b)`.
pub(super) struct Binary<O>(PhantomData<O>);

impl<O: Constant<AluOp>> Body for Binary<O> {
    #[inline(always)]
    fn run(op: &Op, [a, b]: [u64; 2], registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        set(registers, op.d, alu(O::OP, a, b))
    }
}

/// `d = O(a, immediate)`.
pub(super) struct Immediate<O>(PhantomData<O>);

impl<O: Constant<AluOp>> Body for Immediate<O> {
    const READS_B: bool = false;

    #[inline(always)]
    fn run(op: &Op, [a, _]: [u64; 2], registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        set(registers, op.d, alu(O::OP, a, i64::from(op.immediate) as u64))
    }
}

#[inline(always)]
fn set(registers: &mut Registers, target: u8, result: Result<u64, Fault>) -> bool {
    result.map(|value| registers[target] = value).is_ok()
}

/// `d = a` if `b` is zero (`ZERO`) or not.
pub(super) struct MoveIf<const ZERO: bool>;

impl<const ZERO: bool> Body for MoveIf<ZERO> {
    #[inline(always)]
    fn run(op: &Op, [a, b]: [u64; 2], registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        if (b == 0) == ZERO {
            registers[op.d] = a;
        }
        true
    }
}

/// Position and size of a field, in an immediate.
pub(super) const fn field(position: u8, size: u8) -> i32 {
    i32::from_le_bytes([position, size, 0, 0])
}

/// `d` = a field of `a`.
pub(super) struct Extract<const WORD: bool>;

impl<const WORD: bool> Body for Extract<WORD> {
    const READS_B: bool = false;

    #[inline(always)]
    fn run(op: &Op, [a, _]: [u64; 2], registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        let [position, size, ..] = op.immediate.to_le_bytes();
        registers[op.d] = extract(a, position, size, WORD);
        true
    }
}

/// `d` = `b` with a field replaced by the low bits of `a`.
pub(super) struct Insert<const WORD: bool>;

impl<const WORD: bool> Body for Insert<WORD> {
    #[inline(always)]
    fn run(op: &Op, [a, b]: [u64; 2], registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        let [position, size, ..] = op.immediate.to_le_bytes();
        registers[op.d] = insert(b, a, position, size, WORD);
        true
    }
}

/// hi and lo = O(a, b).
pub(super) struct HiLo<O>(PhantomData<O>);

impl<O: Constant<MulDivOp>> Body for HiLo<O> {
    const RESULT: Option<u8> = Some(Registers::LO);

    #[inline(always)]
    fn run(_: &Op, [a, b]: [u64; 2], registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        let (hi, lo) = (registers[Registers::HI], registers[Registers::LO]);
        let Ok((hi, lo)) = mul_div(O::OP, hi, lo, a, b) else {
            return false;
        };
        registers[Registers::HI] = hi;
        registers[Registers::LO] = lo;
        true
    }
}

/// `d` = 1 if the condition holds for `a` and `b`, else 0.
pub(super) struct Test<C>(PhantomData<C>);

impl<C: Constant<Condition>> Body for Test<C> {
    #[inline(always)]
    fn run(op: &Op, [a, b]: [u64; 2], registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        registers[op.d] = C::OP.holds(a, b).into();
        true
    }
}

/// Faults if the condition holds for `a` and `b`.
pub(super) struct Trap<C>(PhantomData<C>);

impl<C: Constant<Condition>> Body for Trap<C> {
    #[inline(always)]
    fn run(_: &Op, [a, b]: [u64; 2], _: &mut Registers, _: &mut PageCache<'_>) -> bool {
        !C::OP.holds(a, b)
    }
}

/// Faults if the condition holds for `a` and the immediate.
pub(super) struct TrapImmediate<C>(PhantomData<C>);

impl<C: Constant<Condition>> Body for TrapImmediate<C> {
    const READS_B: bool = false;

    #[inline(always)]
    fn run(op: &Op, [a, _]: [u64; 2], _: &mut Registers, _: &mut PageCache<'_>) -> bool {
        !C::OP.holds(a, i64::from(op.immediate) as u64)
    }
}
