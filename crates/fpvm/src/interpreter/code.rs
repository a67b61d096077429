//! The ops of all blocks that were entered so far.

use opml_memory::PageCache;

use super::{block::decode_block, op::Op};
use crate::TEXT_END;

/// Most steps of a block. Small enough for the distances in a block to fit a byte.
pub(super) const LONGEST: u64 = 64;

/// Ops after which everything is forgotten and begun anew: 6 MiB of them.
const FULL: usize = 1 << 18;

/// No op.
const NONE: u32 = u32::MAX;

const PCS_PER_PAGE: usize = 1 << 10;
const PAGES: usize = TEXT_END as usize / 4 / PCS_PER_PAGE;

/// Blocks of ops, one after the other.
///
/// Ops name each other by distances, so they may move, but not while handlers run.
#[derive(Debug)]
pub(super) struct Code {
    ops: Vec<Op>,
    /// By pc: index of the first op of the block that begins there, or [`NONE`].
    entries: Vec<Option<Box<[u32; PCS_PER_PAGE]>>>,
}

impl Default for Code {
    fn default() -> Self {
        Self { ops: Vec::new(), entries: vec![None; PAGES] }
    }
}

impl Code {
    /// Whether no more blocks should be added.
    pub(super) const fn is_full(&self) -> bool {
        self.ops.len() >= FULL
    }

    /// Forgets all blocks.
    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Whether a block can begin at `pc`.
    pub(super) const fn holds(pc: u64) -> bool {
        pc < TEXT_END && pc.is_multiple_of(4)
    }

    /// Returns the first op of the block at `pc`, for which [`Self::holds`] is true.
    pub(super) fn block(&mut self, pc: u64, memory: &mut PageCache<'_>) -> usize {
        let (page, slot) = (pc as usize / 4 / PCS_PER_PAGE, pc as usize / 4 % PCS_PER_PAGE);
        let entries = self.entries[page].get_or_insert_with(|| Box::new([NONE; PCS_PER_PAGE]));
        if entries[slot] == NONE {
            entries[slot] = self.ops.len() as u32;
            decode_block(pc, memory, &mut self.ops);
        }
        entries[slot] as usize
    }

    /// Leads the transfer to the exit at `exit` to the block at `entry` from now on.
    pub(super) fn link(&mut self, exit: usize, entry: usize) {
        let transfer = exit - usize::from(self.ops[exit].a);
        self.ops[transfer].immediate = (entry as i64 - transfer as i64) as i32;
    }

    pub(super) fn op(&self, index: usize) -> &Op {
        &self.ops[index]
    }

    pub(super) const fn first(&self) -> *const Op {
        self.ops.as_ptr()
    }
}
