//! What generated code and the host hand each other.

use opml_memory::{PAGE_BYTES, PageCache, Translation, Translations};

use crate::{Cpu, load_store::check};

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

/// How many loads of a region have an inline cache to themselves.
pub(super) const INLINE_CACHES: usize = 64;

/// What generated code works on. It addresses the fields by their offsets.
#[derive(Debug)]
#[repr(C)]
pub(super) struct Context<'a, 'm> {
    /// The machine, up to date when no region runs; only the exit word counts if there is one.
    pub(super) cpu: Cpu,
    pub(super) stop: Stop,
    /// Answer of [`admit`]: where the accessed bytes lie on the host, or 0.
    pub(super) host: usize,
    /// The tables of `cache`, by address.
    pub(super) tables: usize,
    /// What a load in the code used last. Every one is valid at all times, so places in the code may
    /// share it, of one region or of several.
    inline: [Translation; INLINE_CACHES],
    pub(super) cache: &'a mut PageCache<'m>,
}

impl<'a, 'm> Context<'a, 'm> {
    pub(super) fn new(cpu: Cpu, cache: &'a mut PageCache<'m>) -> Self {
        let tables = (&raw mut *cache.translations()).expose_provenance();
        let inline = [cache.admit_load(0); INLINE_CACHES];
        Self { cpu, stop: Stop::NoCode, host: 0, tables, inline, cache }
    }

    /// Empties the inline caches, for pages may have moved. An empty one holds the first page of the text,
    /// which never does.
    pub(super) fn forget(&mut self) {
        self.inline = [self.cache.admit_load(0); INLINE_CACHES];
    }
}

/// The bytes that a load, a store or a group of them touches from its lowest address on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Access {
    /// What the lowest address is a multiple of: a power of two, at most 8.
    pub(super) align: u64,
    /// Bytes from there, at most a page.
    pub(super) bytes: u64,
    pub(super) store: bool,
    /// It is one load or store.
    pub(super) single: bool,
    /// Pages must stay where they are, because the code around the access holds places in them.
    pub(super) fixed: bool,
}

impl Access {
    /// Packs the access into the number that generated code passes to [`admit`].
    pub(super) const fn pack(self) -> u64 {
        let flags = self.store as u64 | (self.single as u64) << 1 | (self.fixed as u64) << 2;
        self.bytes << 8 | self.align << 3 | flags
    }

    const fn unpack(packed: u64) -> Self {
        let (store, single, fixed) = (packed & 1 != 0, packed & 2 != 0, packed & 4 != 0);
        Self { align: packed >> 3 & 31, bytes: packed >> 8, store, single, fixed }
    }
}

/// Called by generated code when the tables do not serve an access: makes the page ready and sets
/// `host`, or refuses the access by a 0.
///
/// One that is `single` and not `fixed` is refused for a fault only, which becomes the machine's.
/// Others may be refused because they cross a page or have moved one; the interpreter sees to them.
pub(super) extern "C" fn admit(context: &mut Context<'_, '_>, address: u64, packed: u64) {
    let access = Access::unpack(packed);
    context.host = 0;
    match check(address, access.align, access.store) {
        Ok(()) if address % PAGE_BYTES as u64 + access.bytes <= PAGE_BYTES as u64 => {
            context.host = host_address(context, address, access);
        }
        Err(fault) if access.single && !access.fixed => context.cpu.exit = fault.exit_word(),
        _ => {}
    }
}

fn host_address(context: &mut Context<'_, '_>, address: u64, access: Access) -> usize {
    let mut addend = context.cache.admit_load(address).addend;
    if access.store {
        let readable = addend;
        addend = context.cache.admit_store(address).addend;
        if addend != readable {
            context.forget();
            if access.fixed {
                return 0;
            }
        }
    }
    addend.wrapping_add(address as usize)
}

/// Offsets of what generated code reads and writes.
pub(super) mod offset {
    use std::mem::{offset_of, size_of};

    use super::{Context, INLINE_CACHES, Translation, Translations};

    pub(in crate::jit) const STOP: i32 = offset_of!(Context<'_, '_>, stop) as i32;
    pub(in crate::jit) const HOST: i32 = offset_of!(Context<'_, '_>, host) as i32;
    pub(in crate::jit) const TABLES: i32 = offset_of!(Context<'_, '_>, tables) as i32;

    pub(in crate::jit) const INLINE: [i32; INLINE_CACHES] = {
        let mut offsets = [0; INLINE_CACHES];
        let mut index = 0;
        while index < INLINE_CACHES {
            let at = offset_of!(Context<'_, '_>, inline) + index * size_of::<Translation>();
            offsets[index] = at as i32;
            index += 1;
        }
        offsets
    };

    pub(in crate::jit) const PC: i32 = offset_of!(Context<'_, '_>, cpu.pc) as i32;
    pub(in crate::jit) const NEXT_PC: i32 = offset_of!(Context<'_, '_>, cpu.next_pc) as i32;
    pub(in crate::jit) const HI: i32 = offset_of!(Context<'_, '_>, cpu.hi) as i32;
    pub(in crate::jit) const LO: i32 = offset_of!(Context<'_, '_>, cpu.lo) as i32;
    pub(in crate::jit) const EXIT: i32 = offset_of!(Context<'_, '_>, cpu.exit) as i32;
    pub(in crate::jit) const REGS: i32 = offset_of!(Context<'_, '_>, cpu.regs) as i32;

    pub(in crate::jit) const LOADS: i32 = offset_of!(Translations, load) as i32;
    pub(in crate::jit) const STORES: i32 = offset_of!(Translations, store) as i32;
    pub(in crate::jit) const PAGE: i32 = offset_of!(Translation, page) as i32;
    pub(in crate::jit) const ADDEND: i32 = offset_of!(Translation, addend) as i32;
    /// Generated code shifts by this instead of multiplying.
    pub(in crate::jit) const TRANSLATION_BITS: u32 = size_of::<Translation>().trailing_zeros();
}
