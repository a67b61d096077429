//! Loads and stores, as far as the cache serves them.

use std::marker::PhantomData;

use opml_memory::PageCache;

use super::{
    body::{Body, Constant, constants},
    op::{Op, Registers},
};
use crate::{
    LoadOp, StoreOp,
    load_store::{address, extend, loaded, stored},
};

/// A load, as a type: how the bytes that it loads become a register.
pub(super) trait LoadFrom {
    /// An array of bytes, as many as are loaded.
    type Bytes;

    fn extend(bytes: Self::Bytes) -> u64;

    /// The bytes, if the cache serves the address.
    fn load(memory: &PageCache<'_>, address: u64) -> Option<Self::Bytes>;

    /// As [`PageCache::load_among`].
    fn among(
        memory: &PageCache<'_>,
        address: u64,
        around: [u64; 2],
    ) -> Option<(Self::Bytes, usize)>;

    /// As [`PageCache::load_at`].
    ///
    /// # Safety
    ///
    /// As there.
    unsafe fn at(memory: &PageCache<'_>, host: usize) -> Self::Bytes;
}

/// A store, as a type.
pub(super) trait StoreTo {
    /// Stores if the cache serves the address. That of a text page never is: a store to it faults.
    fn store(memory: &mut PageCache<'_>, address: u64, value: u64) -> bool;
}

/// The low bytes of a register's value.
fn low<const N: usize>(value: u64) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&value.to_le_bytes()[..N]);
    bytes
}

/// What `op` makes of the bytes that it loads.
#[inline(always)]
fn extended<const N: usize>(op: LoadOp, bytes: [u8; N]) -> u64 {
    let mut double = [0; 8];
    double[..N].copy_from_slice(&bytes);
    extend(op, u64::from_le_bytes(double))
}

macro_rules! loads {
    ($($name:ident $bytes:literal)*) => {
        $(
            #[derive(Debug)]
            pub(super) struct $name;

            impl LoadFrom for $name {
                type Bytes = [u8; $bytes];

                #[inline(always)]
                fn extend(bytes: Self::Bytes) -> u64 {
                    extended(LoadOp::$name, bytes)
                }

                #[inline(always)]
                fn load(memory: &PageCache<'_>, address: u64) -> Option<Self::Bytes> {
                    memory.load_cached(address)
                }

                #[inline(always)]
                fn among(
                    memory: &PageCache<'_>,
                    address: u64,
                    around: [u64; 2],
                ) -> Option<(Self::Bytes, usize)> {
                    memory.load_among(address, around)
                }

                #[inline(always)]
                unsafe fn at(memory: &PageCache<'_>, host: usize) -> Self::Bytes {
                    // SAFETY: the caller vouches for the place.
                    unsafe { memory.load_at(host) }
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
                    memory.store_cached::<$bytes>(address, low(value))
                }
            }
        )*
    };
}

loads!(Lb 1 Lbu 1 Lh 2 Lhu 2 Lw 4 Lwu 4 Ld 8);
stores!(Sb 1 Sh 2 Sw 4 Sd 8);
constants!(LoadOp: Lwl Lwr Ldl Ldr);
constants!(StoreOp: Swl Swr Sdl Sdr);

/// `d` = what is loaded from `a + immediate`.
pub(super) struct Load<O>(PhantomData<O>);

impl<O: LoadFrom> Body for Load<O> {
    const READS_B: bool = false;

    #[inline(always)]
    fn run(
        op: &Op,
        [a, _]: [u64; 2],
        registers: &mut Registers,
        memory: &mut PageCache<'_>,
    ) -> bool {
        let bytes = O::load(memory, address(a, op.immediate as i16));
        bytes.map(|bytes| registers[op.d] = O::extend(bytes)).is_some()
    }
}

/// As [`Load`], the first of a group: the slot `b` keeps where `a` would lie on the host, or 0 if the group is not all in
/// one page. The immediate also holds the bytes of the group around those of this load.
pub(super) struct First<O>(PhantomData<O>);

impl<O: LoadFrom> Body for First<O> {
    const READS_B: bool = false;

    #[inline(always)]
    fn run(
        op: &Op,
        [a, _]: [u64; 2],
        registers: &mut Registers,
        memory: &mut PageCache<'_>,
    ) -> bool {
        let [.., below, above] = op.immediate.to_le_bytes();
        let offset = op.immediate as i16;
        let around = [below.into(), above.into()];
        let Some((bytes, host)) = O::among(memory, address(a, offset), around) else {
            return false;
        };
        let base = host.wrapping_add_signed((-i32::from(offset)) as isize);
        registers[op.b] = if host == 0 { 0 } else { base as u64 };
        registers[op.d] = O::extend(bytes);
        true
    }
}

/// As [`Load`], a later one of a group: from `b + immediate`, which lies at `a + immediate` on the host unless the slot
/// `a` is 0.
pub(super) struct Member<O>(PhantomData<O>);

impl<O: LoadFrom> Body for Member<O> {
    #[inline(always)]
    fn run(
        op: &Op,
        [a, b]: [u64; 2],
        registers: &mut Registers,
        memory: &mut PageCache<'_>,
    ) -> bool {
        let offset = op.immediate as i16;
        let bytes = if a != 0 {
            // SAFETY: the first of the group filled the slot when control last passed through this block, which was not
            // left since, and only outside of blocks pages are admitted. It asked for the bytes of all members.
            unsafe { O::at(memory, address(a, offset) as usize) }
        } else if let Some(bytes) = O::load(memory, address(b, offset)) {
            bytes
        } else {
            return false;
        };
        registers[op.d] = O::extend(bytes);
        true
    }
}

/// Stores `b` to `a + immediate`.
pub(super) struct Store<O>(PhantomData<O>);

impl<O: StoreTo> Body for Store<O> {
    #[inline(always)]
    fn run(op: &Op, [a, b]: [u64; 2], _: &mut Registers, memory: &mut PageCache<'_>) -> bool {
        O::store(memory, address(a, op.immediate as i16), b)
    }
}

/// `d` = `b` with the part that is loaded from `a + immediate`.
pub(super) struct LoadPart<O>(PhantomData<O>);

impl<O: Constant<LoadOp>> Body for LoadPart<O> {
    #[inline(always)]
    fn run(
        op: &Op,
        [a, b]: [u64; 2],
        registers: &mut Registers,
        memory: &mut PageCache<'_>,
    ) -> bool {
        let address = address(a, op.immediate as i16);
        let Some(double) = memory.load_cached(address & !7) else { return false };
        registers[op.d] = loaded(O::OP, address, u64::from_le_bytes(double), b);
        true
    }
}

/// Stores a part of `b` to `a + immediate`.
pub(super) struct StorePart<O>(PhantomData<O>);

impl<O: Constant<StoreOp>> Body for StorePart<O> {
    #[inline(always)]
    fn run(op: &Op, [a, b]: [u64; 2], _: &mut Registers, memory: &mut PageCache<'_>) -> bool {
        let address = address(a, op.immediate as i16);
        let Some(double) = memory.load_cached(address & !7) else { return false };
        let double = stored(O::OP, address, u64::from_le_bytes(double), b);
        memory.store_cached(address & !7, double.to_le_bytes())
    }
}

/// Two halves of a word of `N` bytes at any address, one op after the other, done at once. False if only the two ops can.
pub(super) trait Whole {
    /// `op` is the right half, which names the lowest address.
    fn run(op: &Op, registers: &mut Registers, memory: &mut PageCache<'_>) -> bool;

    /// The two halves.
    type Left: Body;
    type Right: Body;
}

/// Loads `d` from `a + immediate`: halves `L` and `R`.
pub(super) struct WholeLoad<L, R, const N: usize>(PhantomData<(L, R)>);

impl<L: Constant<LoadOp>, R: Constant<LoadOp>, const N: usize> Whole for WholeLoad<L, R, N> {
    type Left = LoadPart<L>;
    type Right = LoadPart<R>;

    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, memory: &mut PageCache<'_>) -> bool {
        let address = address(registers[op.a], op.immediate as i16);
        let bytes = memory.load_unaligned_cached::<N>(address);
        bytes.map(|bytes| registers[op.d] = extended(R::OP, bytes)).is_some()
    }
}

/// Stores `b` to `a + immediate`: halves `L` and `R`.
pub(super) struct WholeStore<L, R, const N: usize>(PhantomData<(L, R)>);

impl<L: Constant<StoreOp>, R: Constant<StoreOp>, const N: usize> Whole for WholeStore<L, R, N> {
    type Left = StorePart<L>;
    type Right = StorePart<R>;

    #[inline(always)]
    fn run(op: &Op, registers: &mut Registers, memory: &mut PageCache<'_>) -> bool {
        let address = address(registers[op.a], op.immediate as i16);
        memory.store_unaligned_cached::<N>(address, low(registers[op.b]))
    }
}
