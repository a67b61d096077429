//! The memory itself: bytes in, bytes and roots out.

use crate::{
    ADDRESS_BITS, Corruption, DEPTH, LEAF_BITS, LEAF_BYTES, LEAVES, MappedRegion, PAGE_BITS,
    PAGE_BYTES, PAGE_HEIGHT,
    branch::Branch,
    child::Child,
    page::{Page, ZERO_PAGE},
};
use alloy_primitives::B256;
use std::{ops::Range, sync::Arc};

/// 2^44 bytes that start as zeroes, with the Merkle root of §1.
///
/// A clone shares everything with its original until one of them writes, so it serves as a snapshot.
/// Roots are cached with the content: whichever snapshot computes one, all that share it have it.
///
/// Like indexing a slice, every access outside the 2^44 bytes panics; who takes an address from
/// outside checks it first (the MIPS machine faults, the tensor machine refuses).
#[derive(Clone, Debug, Default)]
pub struct Memory {
    top: Arc<Branch>,
    /// Every region that was mapped here, for as long as what was read from it may matter.
    regions: Vec<Arc<MappedRegion>>,
}

impl Memory {
    /// Returns a memory of zeroes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fills `bytes` with what stands at `address` and after it.
    ///
    /// # Panics
    ///
    /// If the range leaves the memory.
    pub fn read(&self, address: u64, bytes: &mut [u8]) {
        check_range(address, bytes.len());
        let mut at = address;
        let mut rest = bytes;
        while !rest.is_empty() {
            let offset = offset_in_page(at);
            let (chunk, tail) = rest.split_at_mut(rest.len().min(PAGE_BYTES - offset));
            match self.page(at >> PAGE_BITS) {
                Some(page) => chunk.copy_from_slice(&page[offset..][..chunk.len()]),
                None => chunk.fill(0),
            }
            at += chunk.len() as u64;
            rest = tail;
        }
    }

    /// Stores `bytes` at `address` and after it. Zeroes written to an absent page leave it absent.
    ///
    /// # Panics
    ///
    /// If the range leaves the memory.
    pub fn write(&mut self, address: u64, bytes: &[u8]) {
        check_range(address, bytes.len());
        let mut at = address;
        let mut rest = bytes;
        while !rest.is_empty() {
            let offset = offset_in_page(at);
            let (chunk, tail) = rest.split_at(rest.len().min(PAGE_BYTES - offset));
            let number = at >> PAGE_BITS;
            if chunk.iter().any(|byte| *byte != 0) || self.page(number).is_some() {
                let page = Arc::make_mut(self.page_mut(number));
                page.bytes_mut()[offset..][..chunk.len()].copy_from_slice(chunk);
            }
            at += chunk.len() as u64;
            rest = tail;
        }
    }

    /// Puts a page of `bytes` at `address`, where a page begins. One that is there already stays shared with clones and keeps its root.
    ///
    /// # Panics
    ///
    /// If no page of the memory begins there.
    pub fn put_page(&mut self, address: u64, bytes: &[u8; PAGE_BYTES]) {
        check_range(address, PAGE_BYTES);
        assert!(offset_in_page(address) == 0, "no page begins at {address:#x}");
        let number = address >> PAGE_BITS;
        if self.page(number).unwrap_or(ZERO_PAGE.bytes()) != bytes {
            let page = Child::Page(Arc::new(Page::new(*bytes)));
            Arc::make_mut(&mut self.top).places(PAGE_HEIGHT, number, DEPTH)[0] = Some(page);
        }
    }

    /// Returns the 8 bytes at `address` as a little-endian number.
    ///
    /// # Panics
    ///
    /// If the range leaves the memory.
    pub fn read_u64(&self, address: u64) -> u64 {
        let mut bytes = [0; 8];
        self.read(address, &mut bytes);
        u64::from_le_bytes(bytes)
    }

    /// Stores `value` as 8 little-endian bytes at `address`.
    ///
    /// # Panics
    ///
    /// If the range leaves the memory.
    pub fn write_u64(&mut self, address: u64, value: u64) {
        self.write(address, &value.to_le_bytes());
    }

    /// Returns the 32 bytes of leaf `index`.
    ///
    /// # Panics
    ///
    /// If `index` is not below 2^39.
    pub fn leaf(&self, index: u64) -> [u8; LEAF_BYTES] {
        assert!(index < LEAVES, "leaf {index} of a memory of 2^{DEPTH} leaves");
        let mut bytes = [0; LEAF_BYTES];
        self.read(index << LEAF_BITS, &mut bytes);
        bytes
    }

    /// Returns the root of the whole memory.
    ///
    /// # Panics
    ///
    /// If a mapped page or node is known to be corrupt: see [`Self::integrity`].
    pub fn root(&self) -> B256 {
        self.node(DEPTH, 0)
    }

    /// Returns the root of the aligned subtree of `2^height` leaves that is number `index` of its
    /// height. For example `node(DATA_HEIGHT, 1)` is `S` and `node(QUARTER_HEIGHT, 3)` the model id.
    ///
    /// # Panics
    ///
    /// If there is no such subtree: `height > 39` or `index ≥ 2^(39 − height)`; or as [`Self::root`].
    pub fn node(&self, height: u32, index: u64) -> B256 {
        check_subtree(height, index);
        let root = self.top.node(height, index);
        if let Err(corruption) = self.integrity() {
            panic!("no root over corrupt memory: {corruption}");
        }
        root
    }

    /// Sets the aligned subtree of `2^height` leaves that is number `index` of its height to zero,
    /// at the cost of the way down to it, whatever it holds.
    ///
    /// # Panics
    ///
    /// If there is no such subtree.
    pub fn clear(&mut self, height: u32, index: u64) {
        check_subtree(height, index);
        if height < PAGE_HEIGHT {
            let address = index << (height + LEAF_BITS);
            self.write(address, &[0; PAGE_BYTES][..LEAF_BYTES << height]);
        } else {
            Arc::make_mut(&mut self.top).places(height, index, DEPTH).fill(None);
        }
    }

    /// Puts `region` in the place of the aligned subtree that is number `index` of its height. Its
    /// pages are copied when they are written to; nothing is ever written to the file.
    ///
    /// # Panics
    ///
    /// If there is no such subtree.
    pub fn map(&mut self, index: u64, region: &Arc<MappedRegion>) {
        check_subtree(region.height(), index);
        let places = Arc::make_mut(&mut self.top).places(region.height(), index, DEPTH);
        let height = region.height() - places.len().ilog2();
        for (place, i) in places.iter_mut().zip(0..) {
            *place = region.child(height, i);
        }
        self.regions.push(Arc::clone(region));
    }

    /// Returns the first corruption found in a file that is or was mapped here, if any was.
    ///
    /// Bytes of a mapped file are checked when they are first touched. Bad ones read as zeroes, so
    /// that loads cannot fail, and from then on this memory, its clones and all others with the same
    /// region give no root. Ask before a root where the file may have been tampered with.
    ///
    /// # Errors
    ///
    /// The [`Corruption`].
    pub fn integrity(&self) -> Result<(), Corruption> {
        self.regions.iter().try_for_each(|region| region.integrity())
    }

    /// Returns every page that is stored, as (first address, bytes), in rising order. Bytes outside
    /// these pages are zero; a page listed may be zero too.
    pub fn pages(&self) -> Vec<(u64, &[u8; PAGE_BYTES])> {
        self.pages_in(0..1 << ADDRESS_BITS)
    }

    /// Returns the pages that are stored and start in `range`, as [`Self::pages`].
    pub fn pages_in(&self, range: Range<u64>) -> Vec<(u64, &[u8; PAGE_BYTES])> {
        let page = PAGE_BYTES as u64;
        let numbers = range.start.div_ceil(page)..range.end.div_ceil(page);
        let mut pages = Vec::new();
        self.top.for_each_page(0, DEPTH, &numbers, &mut |number, bytes| {
            pages.push((number << PAGE_BITS, bytes));
        });
        pages
    }

    /// Bytes of the pages that this memory keeps and `other` does not share with it: what a snapshot costs beside an earlier one
    /// of the same run. Pages that are mapped and were never written cost nothing.
    pub fn unshared_bytes(&self, other: &Self) -> u64 {
        self.top.unshared_pages(Some(&other.top)) * PAGE_BYTES as u64
    }

    /// The page `number`, or none if it is zero for want of a write.
    pub(crate) fn page(&self, number: u64) -> Option<&[u8; PAGE_BYTES]> {
        self.top.page(number)
    }

    /// The place of page `number`, to be written or replaced.
    pub(crate) fn page_mut(&mut self, number: u64) -> &mut Arc<Page> {
        Arc::make_mut(&mut self.top).page_mut(number)
    }
}

/// Where `address` lies inside its page.
pub(crate) const fn offset_in_page(address: u64) -> usize {
    address as usize % PAGE_BYTES
}

fn check_subtree(height: u32, index: u64) {
    assert!(
        height <= DEPTH && index < 1 << (DEPTH - height),
        "subtree {index} of height {height} in a memory of height {DEPTH}"
    );
}

fn check_range(address: u64, bytes: usize) {
    assert!(
        address.checked_add(bytes as u64).is_some_and(|end| end <= 1 << ADDRESS_BITS),
        "{bytes} bytes at {address:#x} leave the memory of 2^{ADDRESS_BITS} bytes"
    );
}
