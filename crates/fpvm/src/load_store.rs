//! Loads and stores: addresses, alignment and the parts of a word.
//!
//! Every access touches one aligned double word, and so one leaf of the memory.

use crate::{Fault, LoadOp, Ram, StoreOp, TEXT_END, alu::word, step::Stop};
use opml_memory::ADDRESS_BITS;

/// Effective address: `base` plus the sign-extended `offset`. It wraps at 64 bits and is checked afterwards.
#[inline]
pub(crate) const fn address(base: u64, offset: i16) -> u64 {
    base.wrapping_add(offset as i64 as u64)
}

/// Executes a load from `address`; `old` is the target register, which partial loads merge into.
#[inline]
pub(crate) fn load<M: Ram>(
    ram: &mut M,
    op: LoadOp,
    address: u64,
    old: u64,
) -> Result<u64, Stop<M::Error>> {
    check(address, load_width(op), false)?;
    let double = ram.load(address & !7).map_err(Stop::Memory)?;
    Ok(loaded(op, address, double, old))
}

/// Returns what `op` loads from `address` in the aligned `double`, into a register that holds `old`.
#[inline]
pub(crate) const fn loaded(op: LoadOp, address: u64, double: u64, old: u64) -> u64 {
    // The bytes from the address on, and the aligned 32-bit word around it.
    let bytes = double >> bit(address & 7);
    let around = double >> bit(address & 4) & 0xffff_ffff;
    let merged = match op {
        LoadOp::Lwl => {
            let shift = bit(3 - address % 4);
            around << shift | old & low_bits(shift)
        }
        LoadOp::Lwr => {
            let shift = bit(address % 4);
            around >> shift | old & !(0xffff_ffff >> shift)
        }
        LoadOp::Ldl => {
            let shift = bit(7 - address % 8);
            double << shift | old & low_bits(shift)
        }
        LoadOp::Ldr => {
            let shift = bit(address % 8);
            double >> shift | old & !(u64::MAX >> shift)
        }
        _ => bytes,
    };
    extend(op, merged)
}

/// Extends the low bytes of `loaded`, as many as `op` loads, to a register.
#[inline]
pub(crate) const fn extend(op: LoadOp, loaded: u64) -> u64 {
    match op {
        LoadOp::Lb => loaded as i8 as u64,
        LoadOp::Lbu => loaded as u8 as u64,
        LoadOp::Lh => loaded as i16 as u64,
        LoadOp::Lhu => loaded as u16 as u64,
        LoadOp::Lw | LoadOp::Lwl | LoadOp::Lwr => word(loaded),
        LoadOp::Lwu => loaded as u32 as u64,
        LoadOp::Ld | LoadOp::Ldl | LoadOp::Ldr => loaded,
    }
}

/// Executes a store of `value` to `address`.
#[inline]
pub(crate) fn store<M: Ram>(
    ram: &mut M,
    op: StoreOp,
    address: u64,
    value: u64,
) -> Result<(), Stop<M::Error>> {
    check(address, store_width(op), true)?;
    let at = address & !7;
    let double = ram.load(at).map_err(Stop::Memory)?;
    ram.store(at, stored(op, address, double, value)).map_err(Stop::Memory)
}

/// Returns the aligned `double` after `op` stored `value` to `address` in it.
#[inline]
pub(crate) const fn stored(op: StoreOp, address: u64, double: u64, value: u64) -> u64 {
    // The bits that change, and their new content, relative to the aligned unit at `base`.
    let (base, mask, bits) = match op {
        StoreOp::Sb => (address & 7, 0xff, value),
        StoreOp::Sh => (address & 7, 0xffff, value),
        StoreOp::Sw => (address & 7, 0xffff_ffff, value),
        StoreOp::Sd => (0, u64::MAX, value),
        StoreOp::Swl => {
            let shift = bit(3 - address % 4);
            (address & 4, 0xffff_ffff >> shift, value >> shift)
        }
        StoreOp::Swr => {
            let shift = bit(address % 4);
            (address & 4, 0xffff_ffff << shift & 0xffff_ffff, value << shift)
        }
        StoreOp::Sdl => {
            let shift = bit(7 - address % 8);
            (0, u64::MAX >> shift, value >> shift)
        }
        StoreOp::Sdr => {
            let shift = bit(address % 8);
            (0, u64::MAX << shift, value << shift)
        }
    };
    let mask = mask << bit(base);
    double & !mask | bits << bit(base) & mask
}

/// Checks the address of a load or store that needs to be a multiple of `width`: alignment first, then
/// the range, then the text.
#[inline]
pub(crate) const fn check(address: u64, width: u64, store: bool) -> Result<(), Fault> {
    if address & (width - 1) != 0 {
        return Err(Fault::UnalignedAccess);
    }
    if address >> ADDRESS_BITS != 0 {
        return Err(Fault::AddressOutOfRange);
    }
    if store && address < TEXT_END {
        return Err(Fault::StoreToText);
    }
    Ok(())
}

/// The alignment that a load needs; partial loads need none.
pub(crate) const fn load_width(op: LoadOp) -> u64 {
    match op {
        LoadOp::Lb | LoadOp::Lbu | LoadOp::Lwl | LoadOp::Lwr | LoadOp::Ldl | LoadOp::Ldr => 1,
        LoadOp::Lh | LoadOp::Lhu => 2,
        LoadOp::Lw | LoadOp::Lwu => 4,
        LoadOp::Ld => 8,
    }
}

/// The alignment that a store needs; partial stores need none.
const fn store_width(op: StoreOp) -> u64 {
    match op {
        StoreOp::Sb | StoreOp::Swl | StoreOp::Swr | StoreOp::Sdl | StoreOp::Sdr => 1,
        StoreOp::Sh => 2,
        StoreOp::Sw => 4,
        StoreOp::Sd => 8,
    }
}

/// Position of the lowest bit of byte `byte` of a little-endian word.
const fn bit(byte: u64) -> u32 {
    8 * byte as u32
}

/// The low `count` bits set, `count` < 64.
const fn low_bits(count: u32) -> u64 {
    (1 << count) - 1
}
