//! Runs of siblings and the climb of one node that consumes them (§6).

use crate::{Memory, hash::node, zero_hash};
use alloy_primitives::B256;
use std::ops::Range;

/// Consecutive siblings on the way up: for `height`, `height + 1`, …
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Height of the first sibling.
    pub height: u8,
    /// The siblings, at least one.
    pub siblings: Vec<B256>,
}

/// Why a proof is malformed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// The bytes end inside the proof.
    #[error("proof ends after {have} bytes where {need} more are needed")]
    Truncated {
        /// Bytes left.
        have: usize,
        /// Bytes that the next part takes.
        need: usize,
    },
    /// Bytes follow the proof.
    #[error("{0} bytes after the end of the proof")]
    TrailingBytes(usize),
    /// The number of leaves is not 1 … 32.
    #[error("{0} leaves in a proof of 1 to 32")]
    LeafCount(usize),
    /// Leaf indices do not rise strictly.
    #[error("leaf {index} after leaf {previous}")]
    LeafOrder {
        /// The leaf before.
        previous: u64,
        /// The leaf that is not above it.
        index: u64,
    },
    /// A leaf index is not below 2^39.
    #[error("leaf {0} is outside the memory of 2^39 leaves")]
    LeafOutOfRange(u64),
    /// A run has no siblings.
    #[error("empty run at height {0}")]
    EmptyRun(u8),
    /// A run starts below the climb or at a height that the run before it covers.
    #[error("run at height {height}, but the siblings up to height {done} are known")]
    RunOrder {
        /// Where the run starts.
        height: u8,
        /// The first height that it could start at.
        done: u32,
    },
    /// A run reaches the height at which the climb stops.
    #[error("run reaches height {end} in a climb that stops at {stop}")]
    RunTooHigh {
        /// First height above the run.
        end: u32,
        /// Height of the node that the climb ends in.
        stop: u32,
    },
    /// A run covers the height at which the left neighbour waits.
    #[error("run covers height {0}, where the left neighbour waits")]
    RunOverNeighbour(u32),
}

/// A part of the input that was read, and the rest of it.
pub(crate) fn take(bytes: &[u8], need: usize) -> Result<(&[u8], &[u8]), ProofError> {
    bytes.split_at_checked(need).ok_or(ProofError::Truncated { have: bytes.len(), need })
}

/// Reads a number of runs and that many runs; returns them with the rest of the input.
pub(crate) fn decode_runs(bytes: &[u8]) -> Result<(Vec<Run>, &[u8]), ProofError> {
    let (count, mut rest) = take(bytes, 1)?;
    let mut runs = Vec::new();
    for _ in 0..count[0] {
        let (head, tail) = take(rest, 2)?;
        let (siblings, tail) = take(tail, B256::len_bytes() * usize::from(head[1]))?;
        let siblings = siblings.chunks_exact(B256::len_bytes()).map(B256::from_slice).collect();
        runs.push(Run { height: head[0], siblings });
        rest = tail;
    }
    Ok((runs, rest))
}

/// Appends the number of runs and the runs. A climb has at most 39 heights, so both counts fit.
pub(crate) fn encode_runs(runs: &[Run], bytes: &mut Vec<u8>) {
    bytes.push(runs.len() as u8);
    for run in runs {
        bytes.extend([run.height, run.siblings.len() as u8]);
        bytes.extend(run.siblings.iter().flatten());
    }
}

/// Left neighbours that wait for a climb to reach their height, the lowest last.
pub(crate) type Waiting = Vec<(u32, B256)>;

/// Climbs from a node of height `heights.start` that lies above leaf `leaf` to `heights.end`.
pub(crate) fn climb(
    mut current: B256,
    leaf: u64,
    heights: Range<u32>,
    waiting: &mut Waiting,
    runs: &[Run],
) -> Result<B256, ProofError> {
    let mut siblings = check_runs(runs, &heights)?.peekable();
    for height in heights {
        let sent = siblings.next_if(|(at, _)| *at == height).map(|(_, sibling)| sibling);
        let neighbour = waiting.pop_if(|(at, _)| *at == height).map(|(_, sibling)| sibling);
        if sent.is_some() && neighbour.is_some() {
            return Err(ProofError::RunOverNeighbour(height));
        }
        let sibling = neighbour.or(sent).unwrap_or_else(|| zero_hash(height));
        let is_right = leaf >> height & 1 == 1;
        current = if is_right { node(sibling, current) } else { node(current, sibling) };
    }
    Ok(current)
}

/// Checks the shape of `runs` and returns their siblings by height.
fn check_runs<'a>(
    runs: &'a [Run],
    heights: &Range<u32>,
) -> Result<impl Iterator<Item = (u32, B256)> + use<'a>, ProofError> {
    let mut done = heights.start;
    for run in runs {
        if run.siblings.is_empty() {
            return Err(ProofError::EmptyRun(run.height));
        }
        if u32::from(run.height) < done {
            return Err(ProofError::RunOrder { height: run.height, done });
        }
        done = u32::from(run.height) + run.siblings.len() as u32;
        if done > heights.end {
            return Err(ProofError::RunTooHigh { end: done, stop: heights.end });
        }
    }
    Ok(runs.iter().flat_map(|run| (u32::from(run.height)..).zip(run.siblings.iter().copied())))
}

/// The runs for a climb in `memory`: the siblings that are neither zero subtrees nor at a height at
/// which `is_known` says that a neighbour waits.
pub(crate) fn collect_runs(
    memory: &Memory,
    leaf: u64,
    heights: Range<u32>,
    is_known: impl Fn(u32) -> bool,
) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut next = None;
    for height in heights.filter(|height| !is_known(*height)) {
        let sibling = memory.node(height, leaf >> height ^ 1);
        if sibling == zero_hash(height) {
            continue;
        }
        match runs.last_mut() {
            Some(run) if next == Some(height) => run.siblings.push(sibling),
            _ => runs.push(Run { height: height as u8, siblings: vec![sibling] }),
        }
        next = Some(height + 1);
    }
    runs
}
