//! Translation of addresses to pages, for machines that load and store one word at a time.

use crate::{ADDRESS_BITS, Memory, PAGE_BITS, PAGE_BYTES, page::ZERO_PAGE};
use std::{array, ptr, sync::Arc};

/// Translations in each table. That of an address is number `(address ^ address >> FOLD) >> 12` of them,
/// modulo their count.
pub const TRANSLATIONS: usize = 1 << 12;
/// Brings the bits that tell regions apart down to those that tell pages apart: programs walk through several
/// regions in step, whose pages would else evict each other with every access.
pub const FOLD: u32 = 20;

/// Where a page of the memory lies on the host.
///
/// Generated code reads this, so the layout is part of the interface: 16 bytes, `page` first.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct Translation {
    /// Address of the page's first byte, or in an empty slot a number that differs from every address
    /// of that slot both above and inside the page.
    pub page: u64,
    /// What to add to an address inside the page, wrapping, to get its place on the host.
    pub addend: usize,
}

impl Translation {
    /// Matches no access: an aligned address has zeroes where this has ones, and every address that
    /// the slot serves has another page number.
    const fn none(slot: usize) -> Self {
        // With ones in the bits that are folded down, it belongs to the slot with all bits of this one's number inverted.
        let inverted = (TRANSLATIONS - 1 - slot) as u64;
        Self { page: !(inverted << PAGE_BITS), addend: 0 }
    }

    /// Whether this is the translation for an access of `width` bytes (a power of two, at most 8):
    /// one comparison for the page, the alignment and the range.
    #[inline]
    const fn serves(self, address: u64, width: usize) -> bool {
        self.page == address & (!(PAGE_BYTES as u64 - 1) | (width as u64 - 1))
    }

    /// Whether this is the translation for each of `count` bytes from `address` on, at least one and at most a page.
    #[inline]
    const fn serves_all(self, address: u64, count: u64) -> bool {
        // Without a branch for each.
        self.serves(address, 1) & self.serves(address.wrapping_add(count - 1), 1)
    }

    #[inline]
    const fn host(self, address: u64) -> usize {
        self.addend.wrapping_add(address as usize)
    }
}

/// The two tables, loads first, as generated code sees them.
#[repr(C)]
#[derive(Debug)]
pub struct Translations {
    /// Pages that may be read.
    pub load: [Translation; TRANSLATIONS],
    /// Pages that may be written: no snapshot shares them, and no cached root covers them.
    pub store: [Translation; TRANSLATIONS],
}

/// Access to a [`Memory`] by aligned words without a walk down the tree for each of them: what a
/// translation look-aside buffer is to a processor.
///
/// A page is made ready for stores when it is first stored to: unshared from snapshots, its cached
/// root and those above it dropped. So tracking what changed costs nothing per store.
#[derive(Debug)]
pub struct PageCache<'a> {
    // Every translation points into a page that `memory` or a snapshot that it shares with keeps
    // alive and in place, because `memory` changes only by `admit_store` while it is borrowed here,
    // or into a region mapped in `memory`, which keeps it.
    memory: &'a mut Memory,
    translations: Box<Translations>,
}

impl<'a> PageCache<'a> {
    /// Returns an empty cache over `memory`.
    pub fn new(memory: &'a mut Memory) -> Self {
        let none = array::from_fn(Translation::none);
        Self { memory, translations: Box::new(Translations { load: none, store: none }) }
    }

    /// Returns the `N` bytes at `address`, which is a multiple of `N`, a power of two up to 8.
    ///
    /// # Panics
    ///
    /// If `address` is unaligned or outside the memory.
    #[inline]
    pub fn load<const N: usize>(&mut self, address: u64) -> [u8; N] {
        const { assert!(N.is_power_of_two() && N <= 8) };
        let mut translation = self.translations.load[slot(address)];
        if !translation.serves(address, N) {
            check_aligned(address, N);
            translation = self.admit_load(address);
        }
        // SAFETY: the translation serves this access, so the N bytes lie inside one page, which is
        // initialised, alive, and not written while this shared copy is made (`&mut self`).
        unsafe { ptr::with_exposed_provenance::<[u8; N]>(translation.host(address)).read() }
    }

    /// Stores `bytes` at `address`, which is a multiple of `N`, a power of two up to 8.
    ///
    /// # Panics
    ///
    /// If `address` is unaligned or outside the memory.
    #[inline]
    pub fn store<const N: usize>(&mut self, address: u64, bytes: [u8; N]) {
        const { assert!(N.is_power_of_two() && N <= 8) };
        let mut translation = self.translations.store[slot(address)];
        if !translation.serves(address, N) {
            check_aligned(address, N);
            translation = self.admit_store(address);
        }
        // SAFETY: as in `load`; a store translation is made from a mutable borrow of a page that no
        // other memory shares, and every later access to the page goes through the same pointer.
        unsafe {
            ptr::with_exposed_provenance_mut::<[u8; N]>(translation.host(address)).write(bytes)
        }
    }

    /// Returns the `N` bytes at `address` if a translation for loads serves them: not if `address` is no multiple of `N`, lies
    /// outside the memory, or is the first in its page for a while.
    #[inline]
    pub fn load_cached<const N: usize>(&self, address: u64) -> Option<[u8; N]> {
        const { assert!(N.is_power_of_two() && N <= 8) };
        let translation = self.translations.load[slot(address)];
        // SAFETY: as in `load`.
        translation.serves(address, N).then(|| unsafe {
            ptr::with_exposed_provenance::<[u8; N]>(translation.host(address)).read()
        })
    }

    /// As [`Self::load_cached`], with a promise about the bytes from `below` before `address` to `above` behind the `N`:
    /// if they are all in the same page, the place of `address` on the host comes along, else 0.
    #[inline]
    pub fn load_among<const N: usize>(
        &self,
        address: u64,
        [below, above]: [u64; 2],
    ) -> Option<([u8; N], usize)> {
        let translation = self.translations.load[slot(address)];
        let bytes = self.load_cached(address)?;
        let low = address.wrapping_sub(below);
        let span = below + N as u64 + above;
        let host = if translation.serves_all(low, span) { translation.host(address) } else { 0 };
        Some((bytes, host))
    }

    /// Returns the `N` bytes at a place on the host that [`Self::load_among`] told, moved by a distance that it promised.
    ///
    /// # Safety
    ///
    /// Nothing was admitted since, and the bytes are among those that were asked for.
    #[inline]
    pub const unsafe fn load_at<const N: usize>(&self, host: usize) -> [u8; N] {
        // SAFETY: the caller vouches for the place; for the rest as in `load`.
        unsafe { ptr::with_exposed_provenance::<[u8; N]>(host).read() }
    }

    /// Returns the `N` bytes at `address`, aligned or not, if one translation for loads serves them.
    #[inline]
    pub fn load_unaligned_cached<const N: usize>(&self, address: u64) -> Option<[u8; N]> {
        let translation = self.translations.load[slot(address)];
        // SAFETY: as in `load`.
        translation.serves_all(address, N as u64).then(|| unsafe {
            ptr::with_exposed_provenance::<[u8; N]>(translation.host(address)).read()
        })
    }

    /// Stores `bytes` at `address`, aligned or not, if one translation for stores serves them. Returns whether it did.
    #[inline]
    #[must_use]
    pub fn store_unaligned_cached<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> bool {
        let translation = self.translations.store[slot(address)];
        let serves = translation.serves_all(address, N as u64);
        if serves {
            // SAFETY: as in `store`.
            unsafe {
                ptr::with_exposed_provenance_mut::<[u8; N]>(translation.host(address)).write(bytes)
            }
        }
        serves
    }

    /// Stores `bytes` at `address` if a translation for stores serves them, as [`Self::load_cached`] loads. Returns whether it did.
    #[inline]
    #[must_use]
    pub fn store_cached<const N: usize>(&mut self, address: u64, bytes: [u8; N]) -> bool {
        const { assert!(N.is_power_of_two() && N <= 8) };
        let translation = self.translations.store[slot(address)];
        let serves = translation.serves(address, N);
        if serves {
            // SAFETY: as in `store`.
            unsafe {
                ptr::with_exposed_provenance_mut::<[u8; N]>(translation.host(address)).write(bytes)
            }
        }
        serves
    }

    /// Returns the little-endian word at `address`, which is a multiple of 8.
    ///
    /// # Panics
    ///
    /// If `address` is unaligned or outside the memory.
    #[inline]
    pub fn read_u64(&mut self, address: u64) -> u64 {
        u64::from_le_bytes(self.load(address))
    }

    /// Stores the little-endian word `value` at `address`, which is a multiple of 8.
    ///
    /// # Panics
    ///
    /// If `address` is unaligned or outside the memory.
    #[inline]
    pub fn write_u64(&mut self, address: u64, value: u64) {
        self.store(address, value.to_le_bytes());
    }

    /// Makes the page around `address` readable through the table of loads; returns its translation.
    ///
    /// # Panics
    ///
    /// If `address` is outside the memory.
    #[cold]
    #[inline(never)]
    pub fn admit_load(&mut self, address: u64) -> Translation {
        let page = page_of(address);
        let slot = slot(address);
        // A page that is being written is read through the pointer that writes it.
        let stored = self.translations.store[slot];
        let translation = if stored.page == page {
            stored
        } else {
            let content = self.memory.page(address >> PAGE_BITS).unwrap_or(ZERO_PAGE.bytes());
            translate(page, content.as_ptr().expose_provenance())
        };
        self.translations.load[slot] = translation;
        translation
    }

    /// Makes the page around `address` writable through the table of stores; returns its translation.
    ///
    /// # Panics
    ///
    /// If `address` is outside the memory.
    #[cold]
    #[inline(never)]
    pub fn admit_store(&mut self, address: u64) -> Translation {
        let page = page_of(address);
        let content = Arc::make_mut(self.memory.page_mut(address >> PAGE_BITS)).bytes_mut();
        let translation = translate(page, content.as_mut_ptr().expose_provenance());
        let slot = slot(address);
        // The page may have moved away from a snapshot's. Another page's translation stays: to read one page and write the
        // other in turn is common, and they may well share the slot.
        if self.translations.load[slot].page == page {
            self.translations.load[slot] = translation;
        }
        self.translations.store[slot] = translation;
        translation
    }

    /// Returns the tables, for generated code that looks addresses up by itself. It may use them as
    /// long as nothing else uses the cache.
    pub fn translations(&mut self) -> &mut Translations {
        &mut self.translations
    }
}

/// Which slot of a table serves `address`.
#[inline]
const fn slot(address: u64) -> usize {
    ((address ^ address >> FOLD) >> PAGE_BITS) as usize % TRANSLATIONS
}

const fn translate(page: u64, host: usize) -> Translation {
    Translation { page, addend: host.wrapping_sub(page as usize) }
}

fn page_of(address: u64) -> u64 {
    assert!(address >> ADDRESS_BITS == 0, "address {address:#x} of 2^{ADDRESS_BITS}");
    address & !(PAGE_BYTES as u64 - 1)
}

#[inline]
fn check_aligned(address: u64, width: usize) {
    assert!(address.is_multiple_of(width as u64), "{width} bytes at {address:#x}");
}

#[cfg(test)]
mod tests {
    use super::{TRANSLATIONS, Translation, slot};

    #[test]
    fn an_empty_slot_holds_what_belongs_to_another() {
        for number in 0..TRANSLATIONS {
            assert_ne!(slot(Translation::none(number).page), number);
        }
    }
}
