//! What generated code and the host hand each other.

use opml_memory::{PAGE_BYTES, PageCache, Translations};

use crate::{Cpu, TEXT_END};

/// Why generated code came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(super) enum Stop {
    /// There is no code for `pc`.
    NoCode,
    /// The instruction at `pc` is one for the interpreter, this time.
    Interpret,
    /// The steps left may end inside the code at `pc`.
    Steps,
}

/// What generated code works on. It addresses the fields by their offsets.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Context<'a, 'm> {
    /// The machine. Its registers are up to date when no region runs.
    pub(super) cpu: Cpu,
    pub(super) stop: Stop,
    /// Answer of [`admit`]: where the accessed bytes lie on the host, or 0.
    pub(super) host: usize,
    /// The tables of `cache`, by address.
    pub(super) tables: usize,
    pub(super) cache: &'a mut PageCache<'m>,
}

impl<'a, 'm> Context<'a, 'm> {
    pub(super) fn new(cpu: Cpu, cache: &'a mut PageCache<'m>) -> Self {
        let tables = (&raw mut *cache.translations()).expose_provenance();
        Self { cpu, stop: Stop::NoCode, host: 0, tables, cache }
    }
}

/// The bytes that a group of loads or stores touches from its lowest address on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Access {
    /// What the lowest address is a multiple of: a power of two, at most 8.
    pub(super) align: u64,
    /// Bytes from there, at most a page.
    pub(super) bytes: u64,
    pub(super) store: bool,
}

impl Access {
    /// Packs the access into the number that generated code passes to [`admit`].
    pub(super) const fn pack(self) -> u64 {
        self.bytes << 8 | self.align << 1 | self.store as u64
    }

    const fn unpack(packed: u64) -> Self {
        Self { bytes: packed >> 8, align: packed >> 1 & 0x7f, store: packed & 1 != 0 }
    }
}

/// Called by generated code when the tables do not serve an access: makes the page ready and sets
/// `host`, or sets it to 0 if the interpreter has to see to the access: because it faults or crosses
/// a page, or because the page has moved, so that generated code may hold its old place.
pub(super) extern "C" fn admit(context: &mut Context<'_, '_>, address: u64, packed: u64) {
    let access = Access::unpack(packed);
    context.host = host_address(context.cache, address, access).unwrap_or(0);
}

fn host_address(cache: &mut PageCache<'_>, address: u64, access: Access) -> Option<usize> {
    let offset = address % PAGE_BYTES as u64;
    let fits = address.is_multiple_of(access.align) && offset + access.bytes <= PAGE_BYTES as u64;
    if !fits || address >> opml_memory::ADDRESS_BITS != 0 || access.store && address < TEXT_END {
        return None;
    }
    let mut addend = cache.admit_load(address).addend;
    if access.store {
        let readable = addend;
        addend = cache.admit_store(address).addend;
        if addend != readable {
            return None;
        }
    }
    Some(addend.wrapping_add(address as usize))
}

/// Offsets of what generated code reads and writes.
pub(super) mod offset {
    use std::mem::{offset_of, size_of};

    use super::{Context, Translations};
    use opml_memory::Translation;

    pub(in crate::jit) const STOP: i32 = offset_of!(Context<'_, '_>, stop) as i32;
    pub(in crate::jit) const HOST: i32 = offset_of!(Context<'_, '_>, host) as i32;
    pub(in crate::jit) const TABLES: i32 = offset_of!(Context<'_, '_>, tables) as i32;

    pub(in crate::jit) const PC: i32 = offset_of!(Context<'_, '_>, cpu.pc) as i32;
    pub(in crate::jit) const NEXT_PC: i32 = offset_of!(Context<'_, '_>, cpu.next_pc) as i32;
    pub(in crate::jit) const HI: i32 = offset_of!(Context<'_, '_>, cpu.hi) as i32;
    pub(in crate::jit) const LO: i32 = offset_of!(Context<'_, '_>, cpu.lo) as i32;
    pub(in crate::jit) const REGS: i32 = offset_of!(Context<'_, '_>, cpu.regs) as i32;

    pub(in crate::jit) const LOADS: i32 = offset_of!(Translations, load) as i32;
    pub(in crate::jit) const STORES: i32 = offset_of!(Translations, store) as i32;
    pub(in crate::jit) const PAGE: i32 = offset_of!(Translation, page) as i32;
    pub(in crate::jit) const ADDEND: i32 = offset_of!(Translation, addend) as i32;
    /// Generated code shifts by this instead of multiplying.
    pub(in crate::jit) const TRANSLATION_BITS: u32 = size_of::<Translation>().trailing_zeros();
}
