//! The commitment to a list: a keccak tree of fixed height over pairs of neighbours (docs/protocol.md §8).
//!
//! Leaf `j - 1` is `keccak(entry_{j-1} ‖ entry_j)`, with the segment's start as entry 0. One leaf therefore proves both the
//! agreed start and the rejected end of a part. Unused leaves are zero words: no pair of states hashes to one.

use alloy_primitives::B256;
use opml_memory::node;

/// Root of the tree in which `leaf` has `index` and the `siblings` from the bottom up; bits of `index` above the tree are
/// ignored.
pub fn climb(leaf: B256, index: u64, siblings: &[B256]) -> B256 {
    siblings.iter().enumerate().fold(leaf, |below, (height, &sibling)| {
        if index >> height & 1 == 0 { node(below, sibling) } else { node(sibling, below) }
    })
}

/// A list with all nodes of its tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListTree {
    /// `levels[h]` has the nodes of height `h`; the last level is the root alone.
    levels: Vec<Vec<B256>>,
}

impl ListTree {
    /// The tree of a list that begins after the state `start`. Entries beyond `2^arity_bits` have no leaf.
    pub fn new(start: B256, entries: &[B256], arity_bits: u8) -> Self {
        let width = 1 << arity_bits;
        let mut level: Vec<B256> = std::iter::once(&start)
            .chain(entries)
            .zip(entries)
            .take(width)
            .map(|(&before, &after)| node(before, after))
            .collect();
        level.resize(width, B256::ZERO);
        let mut levels = vec![level];
        for height in 0..usize::from(arity_bits) {
            let above = levels[height].chunks_exact(2).map(|c| node(c[0], c[1])).collect();
            levels.push(above);
        }
        Self { levels }
    }

    /// The list's commitment.
    pub fn root(&self) -> B256 {
        self.levels.last().and_then(|top| top.first()).copied().unwrap_or_default()
    }

    /// Siblings of the leaf of entry `pick` (from 1), from the bottom up; `None` if the tree has no such leaf.
    pub fn proof(&self, pick: u64) -> Option<Vec<B256>> {
        let index = usize::try_from(pick.checked_sub(1)?).ok()?;
        (index < self.levels[0].len()).then(|| {
            let below_root = &self.levels[..self.levels.len() - 1];
            below_root
                .iter()
                .enumerate()
                .map(|(height, level)| level[index >> height ^ 1])
                .collect()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(i: u64) -> B256 {
        B256::left_padding_from(&i.to_be_bytes())
    }

    #[test]
    fn every_leaf_climbs_to_the_root_and_to_nothing_else() {
        for bits in 1..=6u8 {
            for p in 1..=(1u64 << bits) {
                let entries: Vec<B256> = (1..=p).map(state).collect();
                let tree = ListTree::new(state(0), &entries, bits);
                for pick in 1..=p {
                    let leaf = node(state(pick - 1), state(pick));
                    let proof = tree.proof(pick).unwrap();
                    assert_eq!(proof.len(), usize::from(bits));
                    assert_eq!(climb(leaf, pick - 1, &proof), tree.root());
                    assert_ne!(climb(leaf, (pick - 1) ^ 1, &proof), tree.root());
                }
                assert_eq!(tree.proof(0), None);
                assert_eq!(tree.proof((1 << bits) + 1), None);
            }
        }
    }

    #[test]
    fn unused_leaves_are_zero_words() {
        let tree = ListTree::new(state(0), &[state(1)], 1);
        assert_eq!(tree.root(), node(node(state(0), state(1)), B256::ZERO));
    }
}
