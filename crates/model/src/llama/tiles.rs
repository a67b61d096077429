//! How the program's records are cut: about 2^24 small steps of typical data per tile, whatever the data within the machine's bound.

use opml_kernels::{PANEL, POSITIONS};
use opml_tensor::ProductKind;

use super::Config;

/// Rows of a block of prefill.
pub(super) const BLOCK_ROWS: u32 = 32;
/// Positions per chunk of attention where a row of positions is cut at all.
pub(super) const CHUNK: u32 = 1024;
/// Bytes copied by a tile.
pub(super) const COPIED: u32 = 1 << 18;

/// Small steps that a tile aims at.
const TARGET: u64 = 1 << 24;
/// Small steps that a tile may be bounded by, a little below what admission allows.
const BOUND: u64 = 3 << 25;

/// Small steps per element: what a row typically takes, and what it may be bounded by.
pub(super) type Steps = [u64; 2];
/// An element of an embedding.
pub(super) const GATHERED: Steps = [20, 320];
/// An element of a rotated head.
pub(super) const ROTATED: Steps = [150, 500];
/// An element of a norm.
pub(super) const NORMED: Steps = [180, 1300];
/// A quantised element.
pub(super) const QUANTISED: Steps = [150, 520];
/// A logit to choose from.
pub(super) const SAMPLED: Steps = [30, 3500];

/// Whole rows per tile.
#[derive(Clone, Copy, Debug)]
pub(super) struct Count {
    pub(super) count: u32,
}

impl Count {
    /// Rows, and all of the columns.
    pub(super) const fn both(self, columns: u32) -> [u32; 2] {
        [self.count, columns]
    }
}

/// Rows of `columns` elements per tile, at least one.
pub(super) fn rows(most: u32, columns: u32, [typical, bound]: Steps) -> Count {
    let columns = u64::from(columns.max(1));
    let fit = (TARGET / (columns * typical)).min(BOUND / (columns * bound + 10_000));
    Count { count: fit.clamp(1, most.into()) as u32 }
}

/// Rows and columns per tile of a product: as many rows as leave a panel of columns.
pub(super) fn product(
    kind: ProductKind,
    rows: u32,
    columns: u32,
    terms: u32,
    gate: bool,
) -> [u32; 2] {
    // Typical and bound of a multiply-add, panel overhead spread over it.
    let [typical, bound] = match kind {
        ProductKind::F32 => [66, 190],
        ProductKind::Q8_0 | ProductKind::Q4_0 => [10, 28],
    };
    let parts = if gate { 2 } else { 1 };
    let output = |steps: u64, fixed: u64| (u64::from(terms) * steps + fixed) * parts;
    // An activation typically takes 800 small steps and is bounded by a few thousand.
    let fit = (TARGET / output(typical, 1000)).min(BOUND / output(bound, 5000));
    let panel = PANEL as u64;
    let tile_rows = (fit / panel).clamp(1, rows.into());
    let tile_columns = (fit / tile_rows / panel).max(1) * panel;
    let columns = columns.next_multiple_of(PANEL as u32);
    [tile_rows as u32, tile_columns.min(columns.into()) as u32]
}

/// Positions per chunk; none if the context is so short that a row of positions stays whole.
pub(super) fn chunk(config: &Config) -> Option<u32> {
    (config.context as usize > POSITIONS).then_some(CHUNK)
}

/// Heads, or chunks of heads, of attention per tile.
pub(super) fn heads(config: &Config) -> u32 {
    let positions = u64::from(chunk(config).unwrap_or(config.context));
    let head = u64::from(config.head);
    let typical = positions * (152 * head + 800);
    let bound = positions * (520 * head + 2200) + 200 * head + 10_000;
    (TARGET / typical).min(BOUND / bound).clamp(1, config.heads.into()) as u32
}

/// Heads of a merge per tile.
pub(super) fn merged(config: &Config) -> u32 {
    let chunks = u64::from(config.context.div_ceil(CHUNK));
    let head = u64::from(config.head);
    let bound = chunks * (280 * head + 2500) + 200 * head + 10_000;
    (TARGET / bound).clamp(1, config.heads.into()) as u32
}
