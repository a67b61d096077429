//! Making the sidecar of a file: every page hashed once, in bounded memory, by all processors.

use super::{
    MapError, Placement,
    placement::{Level, NODE_BYTES},
};
use crate::{
    LEAF_BYTES, PAGE_BYTES, PAGE_HEIGHT,
    branch::{CHILDREN, SPAN},
    hash::zero_hash,
    page,
    reduce::{self, reduce},
};
use alloy_primitives::B256;
use std::{
    fs::File,
    io,
    num::NonZero,
    ops::Range,
    os::unix::fs::FileExt,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread::{available_parallelism, scope},
};

/// Nodes made from one read: of a megabyte of pages, and of as many children.
const PIECE: u64 = 256;

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
    let (expected, found) = (placement.file_bytes(), content.metadata()?.len());
    if expected != found {
        return Err(MapError::FileLength { expected, found });
    }
    sidecar.set_len(0)?;
    sidecar.set_len(placement.sidecar_bytes())?;
    let levels = placement.levels();
    let mut top = levels[0];
    in_pieces(placement, top, |piece| hash_pages(content, placement, sidecar, piece))?;
    for &level in &levels[1..] {
        in_pieces(placement, level, |piece| raise(sidecar, top, level, piece))?;
        top = level;
    }
    let mut nodes = read_nodes(sidecar, top, 0..1 << (placement.height() - top.height))?;
    Ok(reduce::root(&mut nodes, top.height))
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
    make: impl Fn(Range<u64>) -> io::Result<()> + Sync,
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
        while failure.get().is_none()
            && let Some(piece) = pieces.get(next.fetch_add(1, Relaxed))
        {
            if let Err(error) = make(piece.clone()) {
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

/// Writes the nodes of the pages `numbers`, all in one extent.
fn hash_pages(
    content: &File,
    placement: &Placement,
    sidecar: &File,
    numbers: Range<u64>,
) -> io::Result<()> {
    let Some(offset) = placement.file_offset(numbers.start) else { return Ok(()) };
    let count = (numbers.end - numbers.start) as usize;
    let mut bytes = vec![0; count * PAGE_BYTES];
    content.read_exact_at(&mut bytes, offset)?;
    let mut nodes = vec![B256::ZERO; bytes.len() / LEAF_BYTES];
    page::copy_leaves(&bytes, &mut nodes);
    write_nodes(sidecar, placement.levels()[0], numbers.start, reduce(&mut nodes, 0, PAGE_HEIGHT))
}

/// Writes the nodes `indices` of `level` from their children in the level `below`.
fn raise(sidecar: &File, below: Level, level: Level, indices: Range<u64>) -> io::Result<()> {
    let children = indices.start * CHILDREN as u64..indices.end * CHILDREN as u64;
    let mut nodes = read_nodes(sidecar, below, children)?;
    write_nodes(sidecar, level, indices.start, reduce(&mut nodes, below.height, SPAN))
}

fn read_nodes(sidecar: &File, level: Level, indices: Range<u64>) -> io::Result<Vec<B256>> {
    let mut nodes = vec![B256::ZERO; (indices.end - indices.start) as usize];
    let stored = level.count.saturating_sub(indices.start).min(nodes.len() as u64) as usize;
    let offset = level.offset + indices.start * NODE_BYTES as u64;
    let mut bytes = vec![0; stored * NODE_BYTES];
    sidecar.read_exact_at(&mut bytes, offset)?;
    page::copy_leaves(&bytes, &mut nodes);
    for node in &mut nodes {
        *node = decode(*node, level.height);
    }
    Ok(nodes)
}

fn write_nodes(sidecar: &File, level: Level, first: u64, nodes: &[B256]) -> io::Result<()> {
    let bytes: Vec<u8> = nodes.iter().flat_map(|node| encode(*node, level.height)).collect();
    if bytes.iter().all(|byte| *byte == 0) {
        return Ok(());
    }
    sidecar.write_all_at(&bytes, level.offset + first * NODE_BYTES as u64)
}
