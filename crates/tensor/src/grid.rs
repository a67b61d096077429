//! How a record is cut into tiles.

use core::ops::Range;

/// A plane of `rows` × `columns` outputs cut into tiles of `tile_rows` × `tile_columns`; tiles at the edges are smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grid {
    /// Rows of the plane, at least 1.
    pub rows: u64,
    /// Columns of the plane, at least 1.
    pub columns: u64,
    /// Rows per tile, at least 1.
    pub tile_rows: u64,
    /// Columns per tile, at least 1.
    pub tile_columns: u64,
}

/// The part of the plane that one large step computes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Rows of the tile.
    pub rows: Range<u64>,
    /// Columns of the tile.
    pub columns: Range<u64>,
}

impl Grid {
    /// Number of tiles; `None` past 64 bits.
    pub const fn tiles(&self) -> Option<u64> {
        self.rows.div_ceil(self.tile_rows).checked_mul(self.columns_of_tiles())
    }

    const fn columns_of_tiles(&self) -> u64 {
        self.columns.div_ceil(self.tile_columns)
    }

    /// Tile `index`, counted row by row; empty past the last.
    pub fn tile(&self, index: u64) -> Tile {
        let across = self.columns_of_tiles();
        let part = |index: u64, size: u64, end: u64| {
            let start = index.saturating_mul(size).min(end);
            start..start.saturating_add(size).min(end)
        };
        Tile {
            rows: part(index / across, self.tile_rows, self.rows),
            columns: part(index % across, self.tile_columns, self.columns),
        }
    }

    /// Rows and columns of the largest tile.
    pub(crate) fn largest(&self) -> (u64, u64) {
        (self.tile_rows.min(self.rows), self.tile_columns.min(self.columns))
    }
}
