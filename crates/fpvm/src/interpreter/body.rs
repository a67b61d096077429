//! What ops do, apart from control: each rule is the reference's own function, specialised.

use std::marker::PhantomData;

use opml_memory::PageCache;

use super::op::{Op, Registers};
use crate::{
    AluOp, Condition, Fault, LoadOp, MulDivOp, StoreOp,
    alu::{alu, extract, insert},
    load_store::{address, extend, loaded, stored},
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

macro_rules! loads {
    ($($name:ident $bytes:literal)*) => {
        $(
            #[derive(Debug)]
            pub(super) struct $name;

            impl LoadFrom for $name {
                #[inline(always)]
                fn load(memory: &PageCache<'_>, address: u64) -> Option<u64> {
                    let mut double = [0; 8];
                    double[..$bytes].copy_from_slice(&memory.load_cached::<$bytes>(address)?);
                    Some(extend(LoadOp::$name, u64::from_le_bytes(double)))
                }
            }
        )*
    };
}

macro_rules! stores {
    ($($name:ident $bytes:literal)*) => {
        $(
            #[derive(Debug)]
            pub(super) struct $name;

            impl StoreTo for $name {
                #[inline(always)]
                fn store(memory: &mut PageCache<'_>, address: u64, value: u64) -> bool {
                    let mut bytes = [0; $bytes];
                    bytes.copy_from_slice(&value.to_le_bytes()[..$bytes]);
                    memory.store_cached::<$bytes>(address, bytes)
                }
            }
        )*
    };
}

/// A load, as a type.
pub(super) trait LoadFrom {
    /// What a register gets, if the cache serves the address.
    fn load(memory: &PageCache<'_>, address: u64) -> Option<u64>;
}

/// A store, as a type.
pub(super) trait StoreTo {
    /// Stores if the cache serves the address. That of a text page never is: a store to it faults.
    fn store(memory: &mut PageCache<'_>, address: u64, value: u64) -> bool;
}

loads!(Lb 1 Lbu 1 Lh 2 Lhu 2 Lw 4 Lwu 4 Ld 8);
stores!(Sb 1 Sh 2 Sw 4 Sd 8);

/// `d` = what is loaded from `a + immediate`.
pub(super) struct Load<O>(PhantomData<O>);

impl<O: LoadFrom> Body for Load<O> {
    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, memory: &mut PageCache<'_>) -> bool {
        let address = address(registers[op.a], op.immediate as i16);
        O::load(memory, address).map(|value| registers[op.d] = value).is_some()
    }
}

/// Stores `b` to `a + immediate`.
pub(super) struct Store<O>(PhantomData<O>);

impl<O: StoreTo> Body for Store<O> {
    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, memory: &mut PageCache<'_>) -> bool {
        let address = address(registers[op.a], op.immediate as i16);
        O::store(memory, address, registers[op.b])
    }
}

constants!(LoadOp: Lwl Lwr Ldl Ldr);
constants!(StoreOp: Swl Swr Sdl Sdr);

/// `d` = `b` with the part that is loaded from `a + immediate`.
pub(super) struct LoadPart<O>(PhantomData<O>);

impl<O: Constant<LoadOp>> Body for LoadPart<O> {
    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, memory: &mut PageCache<'_>) -> bool {
        let address = address(registers[op.a], op.immediate as i16);
        let Some(double) = memory.load_cached(address & !7) else { return false };
        registers[op.d] = loaded(O::OP, address, u64::from_le_bytes(double), registers[op.b]);
        true
    }
}

/// Stores a part of `b` to `a + immediate`.
pub(super) struct StorePart<O>(PhantomData<O>);

impl<O: Constant<StoreOp>> Body for StorePart<O> {
    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, memory: &mut PageCache<'_>) -> bool {
        let address = address(registers[op.a], op.immediate as i16);
        let Some(double) = memory.load_cached(address & !7) else { return false };
        let double = stored(O::OP, address, u64::from_le_bytes(double), registers[op.b]);
        memory.store_cached(address & !7, double.to_le_bytes())
    }
}
