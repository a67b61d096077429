//! Where the parts of a file lie in a subtree, and what that makes of its sidecar.

use crate::{DEPTH, LEAF_BITS, PAGE_BITS, PAGE_BYTES, PAGE_HEIGHT, branch::SPAN, mapped::MapError};
use std::{fs::File, ops::Range};

/// Bytes of a node in a sidecar.
pub(crate) const NODE_BYTES: usize = 32;

/// Where a file lies in an aligned subtree of the memory. What the file does not cover is zero.
///
/// Its sidecar holds the nodes of heights 7, 11, 15 … up to the subtree's, each level from its first
/// node to the last one over the file, one level after the other. 32 zero bytes stand for the root of
/// a zero subtree, so a sidecar is as sparse as the content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placement {
    height: u32,
    extents: Vec<Extent>,
    levels: Vec<Level>,
}

/// Pages that follow each other in the subtree and in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Numbers of the pages in the subtree.
    pub(crate) pages: Range<u64>,
    /// Where the first of them starts in the file.
    pub(crate) file_offset: u64,
}

/// The nodes of one height in a sidecar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Level {
    pub(crate) height: u32,
    /// How many nodes are stored; the others are roots of zeroes.
    pub(crate) count: u64,
    /// Where the first of them starts in the sidecar.
    pub(crate) offset: u64,
}

impl Placement {
    /// Lays a file out in a subtree of `2^height` leaves: its parts, one after the other, take the
    /// byte ranges `extents`, which count from the first byte of the subtree.
    ///
    /// # Errors
    ///
    /// [`MapError::Height`] unless 7 ≤ `height` ≤ 39; [`MapError::Extent`] if a range is empty, not
    /// made of whole pages, out of order, or leaves the subtree; [`MapError::NoExtent`].
    pub fn new(
        height: u32,
        extents: impl IntoIterator<Item = Range<u64>>,
    ) -> Result<Self, MapError> {
        if !(PAGE_HEIGHT..=DEPTH).contains(&height) {
            return Err(MapError::Height(height));
        }
        let size = 1 << (height + LEAF_BITS);
        let page = PAGE_BYTES as u64;
        let mut placed: Vec<Extent> = Vec::new();
        let (mut end, mut file_offset) = (0, 0);
        for range in extents {
            let is_whole = range.start.is_multiple_of(page) && range.end.is_multiple_of(page);
            if !is_whole || range.is_empty() || range.start < end || range.end > size {
                return Err(MapError::Extent {
                    start: range.start,
                    end: range.end,
                    after: end,
                    size,
                });
            }
            let pages = range.start >> PAGE_BITS..range.end >> PAGE_BITS;
            placed.push(Extent { pages, file_offset });
            end = range.end;
            file_offset += range.end - range.start;
        }
        if placed.is_empty() {
            return Err(MapError::NoExtent);
        }
        Ok(Self { height, extents: placed, levels: levels(height, end >> PAGE_BITS) })
    }

    /// Returns the height of the subtree.
    pub const fn height(&self) -> u32 {
        self.height
    }

    /// Returns the bytes of the file.
    pub fn file_bytes(&self) -> u64 {
        self.extents.iter().map(|extent| extent.length()).sum()
    }

    /// Returns the bytes of the sidecar.
    pub fn sidecar_bytes(&self) -> u64 {
        self.levels.iter().map(|level| level.count * NODE_BYTES as u64).sum()
    }

    /// Compares the size of `file` with [`Self::file_bytes`].
    pub(crate) fn check_file(&self, file: &File) -> Result<(), MapError> {
        let (expected, found) = (self.file_bytes(), file.metadata()?.len());
        if expected == found { Ok(()) } else { Err(MapError::FileLength { expected, found }) }
    }

    pub(crate) fn extents(&self) -> &[Extent] {
        &self.extents
    }

    /// The levels of the sidecar, from the pages up.
    pub(crate) fn levels(&self) -> &[Level] {
        &self.levels
    }

    /// Where page `number` of the subtree starts in the file, unless the file does not cover it.
    pub(crate) fn file_offset(&self, number: u64) -> Option<u64> {
        let extent = self.extents.iter().find(|extent| extent.pages.contains(&number))?;
        Some(extent.file_offset + ((number - extent.pages.start) << PAGE_BITS))
    }
}

impl Extent {
    const fn length(&self) -> u64 {
        (self.pages.end - self.pages.start) << PAGE_BITS
    }

    /// The nodes of `height` over these pages.
    pub(crate) const fn nodes(&self, height: u32) -> Range<u64> {
        let levels = height - PAGE_HEIGHT;
        self.pages.start >> levels..self.pages.end.div_ceil(1 << levels)
    }
}

fn levels(height: u32, pages: u64) -> Vec<Level> {
    let mut offset = 0;
    let heights = (PAGE_HEIGHT..=height).step_by(SPAN as usize);
    heights
        .map(|height| {
            let count = pages.div_ceil(1 << (height - PAGE_HEIGHT));
            let level = Level { height, count, offset };
            offset += count * NODE_BYTES as u64;
            level
        })
        .collect()
}
