//! What can be wrong with a file, its sidecar or the place that they are given.

use alloy_primitives::B256;
use std::io;

/// Why a file cannot be mapped, or its sidecar not be written.
#[derive(Debug, thiserror::Error)]
pub enum MapError {
    /// The subtree is lower than a page or higher than the memory.
    #[error("a file cannot be mapped to a subtree of height {0}, only of 7 to 39")]
    Height(u32),
    /// Nothing is mapped.
    #[error("no part of the file is given a place")]
    NoExtent,
    /// A range is empty, not made of whole pages, not after the one before, or outside the subtree.
    #[error(
        "bytes {start:#x} to {end:#x} are no whole pages from {after:#x} on in a subtree of {size:#x} bytes"
    )]
    Extent {
        /// First byte of the range, counted like the others from the start of the subtree.
        start: u64,
        /// First byte after it.
        end: u64,
        /// Where the range before it ends.
        after: u64,
        /// Bytes of the subtree.
        size: u64,
    },
    /// The file has another size than its place.
    #[error("file of {found} bytes in a place of {expected}")]
    FileLength {
        /// Bytes of the place.
        expected: u64,
        /// Bytes of the file.
        found: u64,
    },
    /// The sidecar is shorter than the place calls for.
    #[error("sidecar of {found} bytes instead of at least {expected}")]
    SidecarLength {
        /// Bytes that it should have.
        expected: u64,
        /// Bytes that it has.
        found: u64,
    },
    /// The highest nodes of the sidecar do not give the trusted root.
    #[error(transparent)]
    Root(#[from] Corruption),
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A node of a mapped subtree that is not what the trusted root says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "mapped node {index} of height {height} should be {expected}, but what lies below it gives {found}"
)]
pub struct Corruption {
    /// Height of the node; 7 is a page.
    pub height: u32,
    /// Its number among those of its height in the mapped subtree.
    pub index: u64,
    /// The node, vouched for by those above it.
    pub expected: B256,
    /// The root of the file's bytes, or of the sidecar's nodes, below it.
    pub found: B256,
}
