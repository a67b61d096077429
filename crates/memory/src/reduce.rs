//! Level by level from nodes to the roots above them.

use crate::{
    hash::zero_hash,
    keccak::{Pair, Width},
};
use alloy_primitives::B256;

/// Replaces `nodes`, neighbours of the same `height`, by the nodes `levels` above them, and returns
/// these. They may belong to many subtrees: those at hand together fill the lanes.
///
/// Pairs of zero subtrees are not hashed, so the cost follows what is not zero.
pub(crate) fn reduce(nodes: &mut [B256], height: u32, levels: u32) -> &[B256] {
    debug_assert!(
        nodes.len().is_multiple_of(1 << levels),
        "{} nodes, {levels} levels",
        nodes.len()
    );
    let width = Width::detect();
    let mut batch = Batch::new(width);
    let mut count = nodes.len();
    for height in height..height + levels {
        count /= 2;
        let (zero, zero_above) = (zero_hash(height), zero_hash(height + 1));
        for first in (0..count).step_by(width.lanes()) {
            let places = first..count.min(first + width.lanes());
            let pairs: &[Pair] = nodes[2 * places.start..2 * places.end].as_chunks().0;
            // Mostly all of them are to be hashed, and need not be gathered.
            if !pairs.contains(&[zero; 2]) {
                let mut hashed = [B256::ZERO; Width::MAX];
                let hashed = &mut hashed[..pairs.len()];
                width.hash_pairs(pairs, hashed);
                nodes[places].copy_from_slice(hashed);
                continue;
            }
            for place in places {
                let pair = [nodes[2 * place], nodes[2 * place + 1]];
                if pair == [zero; 2] {
                    nodes[place] = zero_above;
                } else {
                    batch.push(pair, place, nodes);
                }
            }
        }
        batch.flush(nodes);
    }
    &nodes[..count]
}

/// As [`reduce`] of a whole subtree.
pub(crate) fn root(nodes: &mut [B256], height: u32) -> B256 {
    let levels = nodes.len().ilog2();
    reduce(nodes, height, levels)[0]
}

/// Pairs that wait until there are enough of them, each with the place of its node.
struct Batch {
    width: Width,
    count: usize,
    pairs: [Pair; Width::MAX],
    places: [usize; Width::MAX],
}

impl Batch {
    const fn new(width: Width) -> Self {
        let pairs = [[B256::ZERO; 2]; Width::MAX];
        Self { width, count: 0, pairs, places: [0; Width::MAX] }
    }

    fn push(&mut self, pair: Pair, place: usize, nodes: &mut [B256]) {
        self.pairs[self.count] = pair;
        self.places[self.count] = place;
        self.count += 1;
        if self.count == self.width.lanes() {
            self.flush(nodes);
        }
    }

    fn flush(&mut self, nodes: &mut [B256]) {
        let mut hashed = [B256::ZERO; Width::MAX];
        let hashed = &mut hashed[..self.count];
        self.width.hash_pairs(&self.pairs[..self.count], hashed);
        for (node, place) in hashed.iter().zip(self.places) {
            nodes[place] = *node;
        }
        self.count = 0;
    }
}
