//! How a plane of outputs is shared out to threads.

use std::ops::Range;

/// Blocks per thread: enough to even out threads that are held up.
const PER_THREAD: usize = 4;

/// Rows and panels that one thread computes in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) rows: Range<usize>,
    pub(crate) panels: Range<usize>,
}

/// A plane cut into equal blocks; those at the edges are smaller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    rows: usize,
    panels: usize,
    /// Rows and panels of a block.
    size: [usize; 2],
}

impl Block {
    /// Cuts `rows` × `panels` into some blocks per thread, of whole `unit`s of rows and panels. Panels are cut first: threads
    /// then read different weights, of which there is more than of activations.
    pub(crate) fn cut(rows: usize, panels: usize, unit: [usize; 2], threads: usize) -> Cut {
        let wanted = if threads == 1 { 1 } else { threads * PER_THREAD };
        let size = |length: usize, parts: usize, unit: usize| {
            length.div_ceil(parts.max(1)).next_multiple_of(unit).max(1)
        };
        let [row_unit, panel_unit] = unit;
        let across = size(panels, wanted, panel_unit);
        let down = size(rows, wanted / panels.div_ceil(across).max(1), row_unit);
        Cut { rows, panels, size: [down, across] }
    }
}

impl Cut {
    /// Number of blocks.
    pub(crate) const fn count(&self) -> usize {
        let [down, across] = self.size;
        self.rows.div_ceil(down) * self.panels.div_ceil(across)
    }

    /// Block `index`. Those of the same panels follow one another.
    pub(crate) fn block(&self, index: usize) -> Block {
        let [down, across] = self.size;
        let rows = self.rows.div_ceil(down);
        let part = |index: usize, size: usize, length: usize| {
            (index * size).min(length)..((index + 1) * size).min(length)
        };
        Block {
            rows: part(index % rows, down, self.rows),
            panels: part(index / rows, across, self.panels),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blocks_cover_every_output_once(
            rows in 1usize..70, panels in 1usize..70, unit in [1usize..14, 1usize..4], threads in 1usize..20,
        ) {
            let mut seen = vec![0; rows * panels];
            let cut = Block::cut(rows, panels, unit, threads);
            for block in (0..cut.count()).map(|index| cut.block(index)) {
                prop_assert!(!block.rows.is_empty() && !block.panels.is_empty());
                prop_assert_eq!(block.panels.start % unit[1], 0);
                for row in block.rows {
                    block.panels.clone().for_each(|panel| seen[row * panels + panel] += 1);
                }
            }
            prop_assert!(seen.iter().all(|count| *count == 1));
        }
    }
}
