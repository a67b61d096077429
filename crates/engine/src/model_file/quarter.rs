//! The root of a model quarter whose bytes are at hand: piece by piece, so that there is never a second copy of it all.

use alloy_primitives::B256;
use opml_memory::{Memory, QUARTER_HEIGHT, node, zero_hash};
use opml_tensor::layout::MODEL;

/// Height of a piece.
const HEIGHT: u32 = 21;
/// Bytes of a piece, 64 MiB.
const PIECE: usize = 32 << HEIGHT;

/// The root of the model quarter that holds `parts`, addresses and bytes, of which each begins at a piece, in rising order.
pub(super) fn root(parts: &[(u64, &[u8])]) -> B256 {
    let pieces = parts.iter().flat_map(|(address, bytes)| {
        let first = (address - MODEL) / PIECE as u64;
        (first..).zip(bytes.chunks(PIECE))
    });
    let mut nodes: Vec<(u64, B256)> = pieces
        .map(|(index, bytes)| {
            let mut memory = Memory::new();
            memory.write(0, bytes);
            (index, memory.node(HEIGHT, 0))
        })
        .collect();
    for height in HEIGHT..QUARTER_HEIGHT {
        let zero = zero_hash(height);
        // Neighbours have the same parent; who has no neighbour has zeroes beside it.
        nodes = nodes
            .chunk_by(|(left, _), (right, _)| left / 2 == right / 2)
            .map(|children| {
                let child = |index| {
                    let found = children.iter().find(|(at, _)| at % 2 == index);
                    found.map_or(zero, |(_, node)| *node)
                };
                (children[0].0 / 2, node(child(0), child(1)))
            })
            .collect();
    }
    nodes.first().map_or_else(|| zero_hash(QUARTER_HEIGHT), |(_, root)| *root)
}

#[cfg(test)]
mod tests {
    use super::*;
    use opml_tensor::layout::WEIGHTS;

    #[test]
    fn pieces_give_the_root_of_the_whole() {
        let bytes: Vec<u8> = (0..PIECE as u32 / 4 + 5000).flat_map(u32::to_le_bytes).collect();
        for parts in [
            vec![(MODEL, &bytes[..9000])],
            vec![(MODEL, &bytes[..4096]), (WEIGHTS, &bytes[..])],
            vec![(MODEL, &bytes[..PIECE + 4096]), (WEIGHTS, &bytes[5000..5001])],
        ] {
            let mut memory = Memory::new();
            parts.iter().for_each(|(address, bytes)| memory.write(*address, bytes));
            assert_eq!(root(&parts), memory.node(QUARTER_HEIGHT, 3));
        }
    }
}
