//! A small write-back cache of pages, for a machine that loads and stores one word at a time.

use crate::{
    ADDRESS_BITS, Memory, PAGE_BITS, PAGE_BYTES,
    memory::offset_in_page,
    page::{Page, ZERO_PAGE},
};
use std::sync::Arc;

/// Slots, direct mapped by the low bits of the page number.
const SLOTS: usize = 256;
/// No page has this number: it is above every address.
const NO_PAGE: u64 = u64::MAX;

#[derive(Clone, Debug)]
struct Slot {
    number: u64,
    page: Arc<Page>,
    dirty: bool,
}

/// Access to a [`Memory`] by aligned 8-byte words, without a walk down the tree for each of them.
///
/// Stores reach the memory when their page is evicted, on [`PageCache::flush`] and on drop; the
/// memory is borrowed meanwhile, so nobody can see it half written.
#[derive(Debug)]
pub struct PageCache<'a> {
    memory: &'a mut Memory,
    slots: Vec<Slot>,
}

impl<'a> PageCache<'a> {
    /// Returns an empty cache over `memory`.
    pub fn new(memory: &'a mut Memory) -> Self {
        let empty = Slot { number: NO_PAGE, page: Arc::clone(&ZERO_PAGE), dirty: false };
        Self { memory, slots: vec![empty; SLOTS] }
    }

    /// Returns the little-endian word at `address`, which is a multiple of 8.
    ///
    /// # Panics
    ///
    /// If `address` is outside the memory.
    #[inline]
    pub fn read_u64(&mut self, address: u64) -> u64 {
        let page = self.slot(address >> PAGE_BITS).page.bytes();
        word(page, address)
    }

    /// Stores the little-endian word `value` at `address`, which is a multiple of 8.
    ///
    /// # Panics
    ///
    /// If `address` is outside the memory.
    #[inline]
    pub fn write_u64(&mut self, address: u64, value: u64) {
        let slot = self.slot(address >> PAGE_BITS);
        slot.dirty = true;
        // The memory keeps its own reference until the page goes back, so the first store copies.
        let page = Arc::make_mut(&mut slot.page).bytes_mut();
        let offset = offset_in_page(address) & !7;
        page[offset..offset + 8].copy_from_slice(&value.to_le_bytes());
    }

    /// Writes every changed page back.
    pub fn flush(&mut self) {
        for slot in &mut self.slots {
            write_back(self.memory, slot);
        }
    }

    #[inline]
    fn slot(&mut self, number: u64) -> &mut Slot {
        let index = number as usize % SLOTS;
        if self.slots[index].number != number {
            self.load(index, number);
        }
        &mut self.slots[index]
    }

    #[cold]
    fn load(&mut self, index: usize, number: u64) {
        assert!(number >> (ADDRESS_BITS - PAGE_BITS) == 0, "page {number:#x} of 2^32");
        let slot = &mut self.slots[index];
        write_back(self.memory, slot);
        *slot = Slot { number, page: self.memory.shared_page(number), dirty: false };
    }
}

impl Drop for PageCache<'_> {
    fn drop(&mut self) {
        self.flush();
    }
}

fn write_back(memory: &mut Memory, slot: &mut Slot) {
    if std::mem::take(&mut slot.dirty) {
        *memory.page_mut(slot.number) = Arc::clone(&slot.page);
    }
}

#[inline]
fn word(page: &[u8; PAGE_BYTES], address: u64) -> u64 {
    let offset = offset_in_page(address) & !7;
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&page[offset..offset + 8]);
    u64::from_le_bytes(bytes)
}
