//! How tiles become rectangles of outputs, and these are shared out to threads.

use crate::{Level, simd::s8_panels::TILE_ROWS};
use opml_kernels::PANEL;
use opml_tensor::Grid;
use std::ops::Range;

/// Blocks per thread: enough to even out threads that are held up.
const PER_THREAD: usize = 8;

/// Rows of which a block of outputs is made at most levels.
pub(super) const BLOCK_ROWS: usize = 12;
/// Rows of which a block of s8 products is made: two tiles where there are tiles.
pub(super) fn s8_rows(level: Level) -> usize {
    if level == Level::Amx { 2 * TILE_ROWS } else { BLOCK_ROWS }
}

/// Panels of s8 weights that rows meet together at most levels.
pub(super) const S8_TOGETHER: usize = 2;
/// Rows that a thread packs at a time.
pub(super) const PACKED_TOGETHER: usize = 4;

/// Rows and columns of a plane of outputs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Area {
    pub(crate) rows: Range<usize>,
    pub(crate) columns: Range<usize>,
}

impl Area {
    /// The areas of consecutive tiles: what is left of a line of tiles, whole lines, the beginning of one.
    pub(crate) fn of(grid: &Grid, tiles: Range<u64>) -> impl Iterator<Item = Self> + use<> {
        let Grid { rows, columns, tile_rows, tile_columns } = *grid;
        let across = columns.div_ceil(tile_columns);
        let (first, last) = (tiles.start / across, tiles.end / across);
        let (begin, end) = (tiles.start % across, tiles.end % across);
        let parts = if first == last {
            [(first..first + 1, begin..end), (0..0, 0..0), (0..0, 0..0)]
        } else {
            [
                (first..first + 1, begin..across),
                (first + 1..last, 0..across),
                (last..last + 1, 0..end),
            ]
        };
        let scale = |range: Range<u64>, size: u64, length: u64| {
            let place = |index: u64| index.saturating_mul(size).min(length) as usize;
            place(range.start)..place(range.end)
        };
        parts
            .map(|(lines, places)| Self {
                rows: scale(lines, tile_rows, rows),
                columns: scale(places, tile_columns, columns),
            })
            .into_iter()
            .filter(|area| !area.rows.is_empty() && !area.columns.is_empty())
    }

    /// Whether its columns, of a plane of `columns`, begin and end where panels do.
    pub(crate) const fn is_whole_panels(&self, columns: usize) -> bool {
        let Range { start, end } = self.columns;
        start.is_multiple_of(PANEL) && (end.is_multiple_of(PANEL) || end == columns)
    }

    /// The panels of its columns, which begin with that of a panel, each of `parts` panels of weights.
    pub(crate) const fn panels(&self, parts: usize) -> Range<usize> {
        self.columns.start / PANEL * parts..self.columns.end.div_ceil(PANEL) * parts
    }
}

/// Rows and panels that one thread computes in one go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    pub(crate) rows: Range<usize>,
    pub(crate) panels: Range<usize>,
}

/// A plane cut into equal blocks; those at the edges are smaller.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    whole: Block,
    /// Rows and panels of a block.
    size: [usize; 2],
}

impl Block {
    /// Cuts the block into some blocks per thread, of whole `unit`s of rows and panels. What there is more of is cut first: threads then
    /// read different weights of a layer of few rows, and of an image, whose weights stay in the caches, different pixels.
    pub(crate) fn cut(self, unit: [usize; 2], threads: usize) -> Cut {
        let (rows, panels) = (self.rows.len(), self.panels.len());
        let wanted = if threads == 1 { 1 } else { threads * PER_THREAD };
        let size = |length: usize, parts: usize, unit: usize| {
            length.div_ceil(parts.max(1)).next_multiple_of(unit).max(1)
        };
        let [row_unit, panel_unit] = unit;
        let rest = |length: usize, size: usize| wanted / length.div_ceil(size).max(1);
        let size = if rows > PANEL * panels {
            let down = size(rows, wanted, row_unit);
            [down, size(panels, rest(rows, down), panel_unit)]
        } else {
            let across = size(panels, wanted, panel_unit);
            [size(rows, rest(panels, across), row_unit), across]
        };
        Cut { whole: self, size }
    }
}

impl Cut {
    /// Number of blocks.
    pub(crate) fn count(&self) -> usize {
        let [down, across] = self.size;
        self.whole.rows.len().div_ceil(down) * self.whole.panels.len().div_ceil(across)
    }

    /// Block `index`. Those of the same panels follow one another.
    pub(crate) fn block(&self, index: usize) -> Block {
        let [down, across] = self.size;
        let Block { rows, panels } = &self.whole;
        let lines = rows.len().div_ceil(down);
        let part = |index: usize, size: usize, whole: &Range<usize>| {
            let start = whole.start + index * size;
            start..whole.end.min(start + size)
        };
        Block { rows: part(index % lines, down, rows), panels: part(index / lines, across, panels) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn blocks_cover_every_output_once(
            start in [0usize..20, 0usize..20], size in [1usize..70, 1usize..70],
            unit in [1usize..14, 1usize..4], threads in 1usize..20,
        ) {
            let [rows, panels] = [0, 1].map(|axis| start[axis]..start[axis] + size[axis]);
            let mut seen = vec![0; size[0] * size[1]];
            let cut = Block { rows: rows.clone(), panels: panels.clone() }.cut(unit, threads);
            for block in (0..cut.count()).map(|index| cut.block(index)) {
                prop_assert!(!block.rows.is_empty() && !block.panels.is_empty());
                prop_assert_eq!((block.panels.start - panels.start) % unit[1], 0);
                for row in block.rows {
                    for panel in block.panels.clone() {
                        seen[(row - rows.start) * size[1] + panel - panels.start] += 1;
                    }
                }
            }
            prop_assert!(seen.iter().all(|count| *count == 1));
        }

        #[test]
        fn areas_cover_the_elements_of_their_tiles(
            rows in 1u64..40, columns in 1u64..40, tile_rows in 1u64..50, tile_columns in 1u64..50, cut in [0u64..2000, 0u64..2000],
        ) {
            let grid = Grid { rows, columns, tile_rows, tile_columns };
            let count = grid.tiles().unwrap();
            let [start, end] = cut.map(|cut| cut % (count + 1));
            let tiles = start.min(end)..start.max(end);
            let mut expected = vec![0; (rows * columns) as usize];
            for tile in tiles.clone().map(|index| grid.tile(index)) {
                for row in tile.rows {
                    tile.columns.clone().for_each(|column| expected[(row * columns + column) as usize] += 1);
                }
            }
            let mut found = vec![0; (rows * columns) as usize];
            for area in Area::of(&grid, tiles) {
                for row in area.rows {
                    area.columns.clone().for_each(|column| found[row * columns as usize + column] += 1);
                }
            }
            prop_assert_eq!(found, expected);
        }
    }
}
