//! Subtrees backed by a file on disk: nothing is read, hashed or copied before it is touched.

mod bits;
mod error;
mod placement;
mod sidecar;

pub use error::{Corruption, MapError};
pub use placement::Placement;
pub use sidecar::write_sidecar;

use crate::{
    PAGE_BYTES, PAGE_HEIGHT,
    branch::{CHILDREN, SPAN},
    child::Child,
    hash::zero_hash,
    page::{self, ZERO_PAGE},
    reduce,
};
use alloy_primitives::B256;
use bits::Bits;
use memmap2::Mmap;
use placement::{Level, NODE_BYTES};
use sidecar::decode;
use std::{
    array,
    fs::File,
    ops::Range,
    sync::{Arc, OnceLock},
};

/// A file and its sidecar of upper nodes, mapped read-only, as the content of one aligned subtree.
///
/// Neither is trusted. Each page is compared with its node, and each node with the one above it, up
/// to the root that [`Self::open`] was given, when it is touched for the first time. What fails reads
/// as zeroes and condemns the region for good: see [`Memory::integrity`](crate::Memory::integrity).
#[derive(Debug)]
pub struct MappedRegion {
    placement: Placement,
    content: Mmap,
    sidecar: Mmap,
    root: B256,
    /// By level: which nodes were compared with what lies directly below them.
    compared: Vec<Bits>,
    corruption: OnceLock<Corruption>,
}

impl MappedRegion {
    /// Maps `content` and `sidecar`, as [`write_sidecar`] made it for the same `placement`, under
    /// the trusted `root`. What follows the nodes in the sidecar is its owner's business.
    ///
    /// # Errors
    ///
    /// If a file has the wrong size or cannot be mapped, or [`MapError::Root`] if the highest nodes
    /// in the sidecar do not give `root`.
    ///
    /// # Safety
    ///
    /// Neither file may be changed or truncated, by anybody, as long as the region lives. The bytes
    /// of a mapping are plain memory to the compiler, which may read them twice; and touching a page
    /// that was cut off raises SIGBUS, which ends the process. Give it files that only this program
    /// writes, before it maps them: in its own directory, read-only once complete, replaced by
    /// renaming a new file over them and never in place.
    pub unsafe fn open(
        content: &File,
        sidecar: &File,
        placement: Placement,
        root: B256,
    ) -> Result<Self, MapError> {
        placement.check_file(content)?;
        let (expected, found) = (placement.sidecar_bytes(), sidecar.metadata()?.len());
        if found < expected {
            return Err(MapError::SidecarLength { expected, found });
        }
        // SAFETY: the caller promises that nobody changes the files.
        let (content, sidecar) = unsafe { (Mmap::map(content)?, Mmap::map(sidecar)?) };
        let compared = placement.levels().iter().map(|level| Bits::new(level.count)).collect();
        let corruption = OnceLock::new();
        let region = Self { placement, content, sidecar, root, compared, corruption };
        region.compare_top()?;
        Ok(region)
    }

    /// Returns the height of the subtree.
    pub const fn height(&self) -> u32 {
        self.placement.height()
    }

    /// Returns the trusted root.
    pub const fn root(&self) -> B256 {
        self.root
    }

    /// Returns the bytes of the file as they are, compared with nothing.
    pub fn content(&self) -> &[u8] {
        &self.content
    }

    /// Returns the first mismatch that was found, if any was.
    ///
    /// # Errors
    ///
    /// The [`Corruption`].
    pub fn integrity(&self) -> Result<(), Corruption> {
        self.corruption.get().map_or(Ok(()), |corruption| Err(*corruption))
    }

    /// Bytes of the page `number`, if the file covers it and they are the right ones.
    ///
    /// Pages and nodes may be counted from the start of the memory as well as from that of the
    /// subtree, because it is aligned.
    pub(crate) fn page(&self, number: u64) -> Option<&[u8; PAGE_BYTES]> {
        let number = number % (1 << (self.height() - PAGE_HEIGHT));
        if self.is_intact(0, number) { self.bytes(number) } else { None }
    }

    /// The pages of `range` that the file covers. The range lies in one place of the region.
    pub(crate) fn pages(
        &self,
        range: Range<u64>,
    ) -> impl Iterator<Item = (u64, &[u8; PAGE_BYTES])> {
        let place = range.start & !((1 << (self.height() - PAGE_HEIGHT)) - 1);
        let covered = self.placement.extents().iter().flat_map(move |extent| {
            range.start.max(place + extent.pages.start)..range.end.min(place + extent.pages.end)
        });
        covered.filter_map(|number| Some((number, self.page(number)?)))
    }

    /// Root of the subtree of `height`, at most that of the region, at `index`.
    pub(crate) fn node(&self, height: u32, index: u64) -> B256 {
        let index = index % (1 << (self.height() - height));
        if height < PAGE_HEIGHT {
            let levels = PAGE_HEIGHT - height;
            let bytes = self.page(index >> levels).unwrap_or(ZERO_PAGE.bytes());
            return page::node(bytes, height, (index % (1 << levels)) as usize);
        }
        let level = level(height);
        let levels = (height - PAGE_HEIGHT) % SPAN;
        let first = index << levels;
        // The nodes have one parent, which vouches for them unless it is corrupt.
        self.is_intact(level + 1, first / CHILDREN as u64);
        self.reduce(level, first, levels)
    }

    /// Node `index` of `height` as a child, or none if the file covers nothing below it.
    pub(crate) fn child(self: &Arc<Self>, height: u32, index: u32) -> Option<Child> {
        let child = || Child::Mapped { region: Arc::clone(self), index };
        self.covers(height, u64::from(index)).then(child)
    }

    /// The children of node `index` of `height`, once they are compared with it.
    pub(crate) fn children(self: &Arc<Self>, height: u32, index: u32) -> [Option<Child>; CHILDREN] {
        self.is_intact(level(height), u64::from(index));
        array::from_fn(|i| self.child(height - SPAN, index * CHILDREN as u32 + i as u32))
    }

    /// Whether the file covers anything below node `index` of `height`.
    fn covers(&self, height: u32, index: u64) -> bool {
        let mut extents = self.placement.extents().iter();
        extents.any(|extent| extent.nodes(height).contains(&index))
    }

    /// Whether node `index` of a level is what lies below it; remembers the first that is not.
    fn is_intact(&self, level: usize, index: u64) -> bool {
        match self.compare(level, index) {
            Ok(()) => true,
            Err(corruption) => {
                self.corruption.get_or_init(|| corruption);
                false
            }
        }
    }

    /// Compares node `index` of a level, and those above it, with what lies directly below them,
    /// unless that was done. Above the highest level stands the root, which was compared first.
    fn compare(&self, level: usize, index: u64) -> Result<(), Corruption> {
        let Some(Level { height, .. }) = self.placement.levels().get(level) else { return Ok(()) };
        let is_covered = self.covers(*height, index);
        if is_covered && self.compared[level].get(index) {
            return Ok(());
        }
        self.compare(level + 1, index / CHILDREN as u64)?;
        if !is_covered {
            // A zero subtree: the node above it has vouched for all of it.
            return Ok(());
        }
        let found = match level.checked_sub(1) {
            None => page::node(self.bytes(index).unwrap_or(ZERO_PAGE.bytes()), PAGE_HEIGHT, 0),
            Some(below) => self.reduce(below, index * CHILDREN as u64, SPAN),
        };
        expect(*height, index, self.stored(level, index), found)?;
        self.compared[level].set(index);
        Ok(())
    }

    fn compare_top(&self) -> Result<(), Corruption> {
        let level = self.placement.levels().len() - 1;
        let levels = self.height() - self.placement.levels()[level].height;
        expect(self.height(), 0, self.root, self.reduce(level, 0, levels))
    }

    /// Root over `2^levels` nodes of a level, from `first` on.
    fn reduce(&self, level: usize, first: u64, levels: u32) -> B256 {
        let mut nodes = [B256::ZERO; CHILDREN];
        let nodes = &mut nodes[..1 << levels];
        for (node, index) in nodes.iter_mut().zip(first..) {
            *node = self.stored(level, index);
        }
        reduce::root(nodes, self.placement.levels()[level].height)
    }

    /// Node `index` of a level, as the sidecar has it, or of zeroes where there is no file.
    fn stored(&self, level: usize, index: u64) -> B256 {
        let level = self.placement.levels()[level];
        if !self.covers(level.height, index) {
            return zero_hash(level.height);
        }
        let start = level.offset as usize + index as usize * NODE_BYTES;
        decode(B256::from_slice(&self.sidecar[start..start + NODE_BYTES]), level.height)
    }

    /// Bytes of page `number`, as the file has them.
    fn bytes(&self, number: u64) -> Option<&[u8; PAGE_BYTES]> {
        let offset = self.placement.file_offset(number)?;
        self.content[offset as usize..].first_chunk()
    }
}

/// The level of a sidecar at `height`, or the one below it.
const fn level(height: u32) -> usize {
    ((height - PAGE_HEIGHT) / SPAN) as usize
}

fn expect(height: u32, index: u64, expected: B256, found: B256) -> Result<(), Corruption> {
    if found == expected {
        return Ok(());
    }
    Err(Corruption { height, index, expected, found })
}
