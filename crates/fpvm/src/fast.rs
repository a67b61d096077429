//! The memory of a long run: cached pages, and instructions decoded once.

use crate::{Instruction, Ram, TEXT_END, decode};
use opml_memory::{Memory, PAGE_BYTES, PageCache};
use std::convert::Infallible;

const WORDS_PER_PAGE: usize = PAGE_BYTES / 4;
const TEXT_PAGES: usize = TEXT_END as usize / PAGE_BYTES;

/// Decoded pages of the text. They never go stale: a store to text faults.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    pages: Vec<Option<Box<[Option<Instruction>]>>>,
}

impl Default for Text {
    fn default() -> Self {
        Self { pages: vec![None; TEXT_PAGES] }
    }
}

/// A memory for many steps, with the decoded text of the same memory.
#[derive(Debug)]
pub(crate) struct FastRam<'a> {
    cache: PageCache<'a>,
    text: &'a mut Text,
}

impl<'a> FastRam<'a> {
    pub(crate) fn new(memory: &'a mut Memory, text: &'a mut Text) -> Self {
        Self { cache: PageCache::new(memory), text }
    }

    #[cold]
    fn decode_page(&mut self, number: usize) -> Box<[Option<Instruction>]> {
        let base = (number * PAGE_BYTES) as u64;
        let doubles = (0..WORDS_PER_PAGE as u64 / 2).map(|i| self.cache.read_u64(base + 8 * i));
        doubles.flat_map(|double| [decode(double as u32), decode((double >> 32) as u32)]).collect()
    }
}

impl Ram for FastRam<'_> {
    type Error = Infallible;

    #[inline]
    fn load(&mut self, address: u64) -> Result<u64, Infallible> {
        Ok(self.cache.read_u64(address))
    }

    #[inline]
    fn store(&mut self, address: u64, value: u64) -> Result<(), Infallible> {
        self.cache.write_u64(address, value);
        Ok(())
    }

    #[inline]
    fn fetch(&mut self, pc: u64) -> Result<Option<Instruction>, Infallible> {
        let (page, word) = (pc as usize / PAGE_BYTES, pc as usize / 4 % WORDS_PER_PAGE);
        if let Some(instructions) = &self.text.pages[page] {
            return Ok(instructions[word]);
        }
        let instructions = self.decode_page(page);
        Ok(self.text.pages[page].insert(instructions)[word])
    }
}
