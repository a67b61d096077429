//! What ops do, apart from control: each rule is the reference's own function, specialised.

use std::marker::PhantomData;

use opml_memory::PageCache;

use super::op::{Op, Registers};
use crate::{
    AluOp, Condition, Fault, LoadOp, MulDivOp,
    alu::{alu, extract, insert},
    load_store::{address, extend},
    muldiv::mul_div,
};

/// An instruction that is followed by the next one.
pub(super) trait Body {
    /// Runs it. Or returns false and changes nothing, if only the reference step can: it faults, or
    /// touches a page that the cache does not serve yet.
    fn run(op: &Op, registers: &mut Registers, memory: &mut PageCache<'_>) -> bool;
}

/// One of the operations that an instruction can name, as a type.
pub(super) trait Constant<O> {
    const OP: O;
}

macro_rules! constants {
    ($operations:ident: $($name:ident)*) => {
        $(
            #[derive(Debug)]
            pub(super) struct $name;

            impl Constant<$operations> for $name {
                const OP: $operations = $operations::$name;
            }
        )*
    };
}

constants!(AluOp: Add Addu Sub Subu Dadd Daddu Dsub Dsubu And Or Xor Nor Slt Sltu Lui Sll Srl Sra Rotr
    Dsll Dsrl Dsra Drotr Mul Clz Clo Dclz Dclo Seb Seh Wsbh Dsbh Dshd);
constants!(MulDivOp: Mult Multu Div Divu Dmult Dmultu Ddiv Ddivu Madd Maddu Msub Msubu);
constants!(Condition: Equal NotEqual Less LessOrEqual Greater GreaterOrEqual LessUnsigned
    GreaterOrEqualUnsigned);
constants!(LoadOp: Lb Lbu Lh Lhu Lw Lwu Ld);

/// `d = O(a, b)`.
pub(super) struct Binary<O>(PhantomData<O>);

impl<O: Constant<AluOp>> Body for Binary<O> {
    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        set(registers, op.d, alu(O::OP, registers[op.a], registers[op.b]))
    }
}

/// `d = O(a, immediate)`.
pub(super) struct Immediate<O>(PhantomData<O>);

impl<O: Constant<AluOp>> Body for Immediate<O> {
    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        set(registers, op.d, alu(O::OP, registers[op.a], i64::from(op.immediate) as u64))
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
    fn run(op: &Op, registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        if (registers[op.b] == 0) == ZERO {
            registers[op.d] = registers[op.a];
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
    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        let [position, size, ..] = op.immediate.to_le_bytes();
        registers[op.d] = extract(registers[op.a], position, size, WORD);
        true
    }
}

/// `d` = `b` with a field replaced by the low bits of `a`.
pub(super) struct Insert<const WORD: bool>;

impl<const WORD: bool> Body for Insert<WORD> {
    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        let [position, size, ..] = op.immediate.to_le_bytes();
        registers[op.d] = insert(registers[op.b], registers[op.a], position, size, WORD);
        true
    }
}

/// hi and lo = O(a, b).
pub(super) struct HiLo<O>(PhantomData<O>);

impl<O: Constant<MulDivOp>> Body for HiLo<O> {
    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        let (hi, lo) = (registers[Registers::HI], registers[Registers::LO]);
        let Ok((hi, lo)) = mul_div(O::OP, hi, lo, registers[op.a], registers[op.b]) else {
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
    fn run(op: &Op, registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        registers[op.d] = C::OP.holds(registers[op.a], registers[op.b]).into();
        true
    }
}

/// Faults if the condition holds for `a` and `b`.
pub(super) struct Trap<C>(PhantomData<C>);

impl<C: Constant<Condition>> Body for Trap<C> {
    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        !C::OP.holds(registers[op.a], registers[op.b])
    }
}

/// Faults if the condition holds for `a` and the immediate.
pub(super) struct TrapImmediate<C>(PhantomData<C>);

impl<C: Constant<Condition>> Body for TrapImmediate<C> {
    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, _: &mut PageCache<'_>) -> bool {
        !C::OP.holds(registers[op.a], i64::from(op.immediate) as u64)
    }
}

/// `d` = the `N` bytes at `a + immediate`.
pub(super) struct Load<O, const N: usize>(PhantomData<O>);

impl<O: Constant<LoadOp>, const N: usize> Body for Load<O, N> {
    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, memory: &mut PageCache<'_>) -> bool {
        let address = address(registers[op.a], op.immediate as i16);
        let Some(bytes) = memory.load_cached::<N>(address) else { return false };
        let mut double = [0; 8];
        double[..N].copy_from_slice(&bytes);
        registers[op.d] = extend(O::OP, u64::from_le_bytes(double));
        true
    }
}

/// The `N` bytes at `a + immediate` = the low bytes of `b`.
///
/// A store to the text faults, so its pages are never served for stores.
pub(super) struct Store<const N: usize>;

impl<const N: usize> Body for Store<N> {
    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, memory: &mut PageCache<'_>) -> bool {
        let address = address(registers[op.a], op.immediate as i16);
        let mut bytes = [0; N];
        bytes.copy_from_slice(&registers[op.b].to_le_bytes()[..N]);
        memory.store_cached(address, bytes)
    }
}

/// Nothing.
pub(super) struct Nop;

impl Body for Nop {
    #[inline(always)]
    fn run(_: &Op, _: &mut Registers, _: &mut PageCache<'_>) -> bool {
        true
    }
}
