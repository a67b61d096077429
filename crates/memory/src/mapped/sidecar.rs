//! Making the sidecar of a file: every page hashed once, in bounded memory, by all processors.

use super::{
    MapError, Placement,
    placement::{Level, NODE_BYTES},
};
use crate::{
    LEAF_BYTES, PAGE_BYTES, PAGE_HEIGHT,
    branch::{CHILDREN, SPAN},
    hash::zero_hash,
    reduce::{self, reduce},
};
use alloy_primitives::B256;
use std::{
    fs::File,
    io,
    num::NonZero,
    ops::Range,
    os::unix::fs::FileExt,
    ptr,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread::{available_parallelism, scope},
};

/// Nodes made from one read: of a quarter of a megabyte of pages, and of as many children, so that they stay in the cache of a
/// processor.
const PIECE: u64 = 64;

/// Writes the sidecar of `content` to `sidecar`, over what is there, and returns the root of the
/// subtree. Whoever wants to trust that root compares it with one known from elsewhere.
///
/// # Errors
///
/// [`MapError::FileLength`] if `content` does not fill its placement, or [`MapError::Io`].
pub fn write_sidecar(
    content: &File,
    placement: &Placement,
    sidecar: &File,
) -> Result<B256, MapError> {
    placement.check_file(content)?;
    sidecar.set_len(0)?;
    sidecar.set_len(placement.sidecar_bytes())?;
    let (pages, upper) = (placement.levels()[0], &placement.levels()[1..]);
    in_pieces(placement, pages, |piece, buffers| {
        let Some(offset) = placement.file_offset(piece.start) else { return Ok(()) };
        buffers.read_pages(content, offset, (piece.end - piece.start) as usize)?;
        let nodes = reduce(&mut buffers.nodes, 0, PAGE_HEIGHT);
        write_nodes(sidecar, pages, piece.start, nodes)
    })?;
    let mut below = pages;
    for &level in upper {
        in_pieces(placement, level, |piece, buffers| {
            let children = piece.start * CHILDREN as u64..piece.end * CHILDREN as u64;
            buffers.read_nodes(sidecar, below, children)?;
            let nodes = reduce(&mut buffers.nodes, below.height, SPAN);
            write_nodes(sidecar, level, piece.start, nodes)
        })?;
        below = level;
    }
    let mut top = Buffers::default();
    top.read_nodes(sidecar, below, 0..1 << (placement.height() - below.height))?;
    Ok(reduce::root(&mut top.nodes, below.height))
}

/// What stands in a sidecar for `node`.
fn encode(node: B256, height: u32) -> B256 {
    if node == zero_hash(height) { B256::ZERO } else { node }
}

/// The node that `stored` stands for in a sidecar.
pub(super) fn decode(stored: B256, height: u32) -> B256 {
    if stored.is_zero() { zero_hash(height) } else { stored }
}

/// Calls `make` with every piece of a level that lies over the file, on all processors.
fn in_pieces(
    placement: &Placement,
    level: Level,
    make: impl Fn(Range<u64>, &mut Buffers) -> io::Result<()> + Sync,
) -> io::Result<()> {
    let ranges = placement.extents().iter().map(|extent| extent.nodes(level.height));
    let pieces: Vec<Range<u64>> = ranges
        .flat_map(|range| {
            let starts = range.clone().step_by(PIECE as usize);
            starts.map(move |start| start..range.end.min(start + PIECE))
        })
        .collect();
    let next = AtomicUsize::new(0);
    let failure = OnceLock::new();
    let work = || {
        let mut buffers = Buffers::default();
        while failure.get().is_none()
            && let Some(piece) = pieces.get(next.fetch_add(1, Relaxed))
        {
            if let Err(error) = make(piece.clone(), &mut buffers) {
                // Only the first failure is reported.
                let _ = failure.set(error);
            }
        }
    };
    let threads = available_parallelism().map_or(1, NonZero::get).min(pieces.len());
    scope(|scope| {
        for _ in 1..threads {
            scope.spawn(work);
        }
        work();
    });
    failure.into_inner().map_or(Ok(()), Err)
}

/// What a thread reads into, piece after piece.
#[derive(Default)]
struct Buffers {
    nodes: Vec<B256>,
}

impl Buffers {
    /// Reads the leaves of `count` pages.
    fn read_pages(&mut self, content: &File, offset: u64, count: usize) -> io::Result<()> {
        self.nodes.resize(count * (PAGE_BYTES / LEAF_BYTES), B256::ZERO);
        content.read_exact_at(bytes_mut(&mut self.nodes), offset)
    }

    /// Reads nodes of `level`; those after the last stored one are zero subtrees.
    fn read_nodes(&mut self, sidecar: &File, level: Level, indices: Range<u64>) -> io::Result<()> {
        let stored = indices.start..indices.end.min(level.count);
        self.nodes.clear();
        self.nodes.resize((indices.end - indices.start) as usize, B256::ZERO);
        let nodes = &mut self.nodes[..(stored.end - stored.start) as usize];
        sidecar.read_exact_at(bytes_mut(nodes), level.offset + stored.start * NODE_BYTES as u64)?;
        for node in &mut self.nodes {
            *node = decode(*node, level.height);
        }
        Ok(())
    }
}

/// The bytes of leaves or nodes, side by side.
const fn bytes_mut(nodes: &mut [B256]) -> &mut [u8] {
    // SAFETY: a node is its 32 bytes (`repr(transparent)`), and every pattern of bits is a value of both.
    let bytes: &mut [[u8; NODE_BYTES]] = unsafe { &mut *(ptr::from_mut(nodes) as *mut [_]) };
    bytes.as_flattened_mut()
}

fn write_nodes(sidecar: &File, level: Level, first: u64, nodes: &[B256]) -> io::Result<()> {
    let bytes: Vec<u8> = nodes.iter().flat_map(|node| encode(*node, level.height)).collect();
    if bytes.iter().all(|byte| *byte == 0) {
        return Ok(());
    }
    sidecar.write_all_at(&bytes, level.offset + first * NODE_BYTES as u64)
}
