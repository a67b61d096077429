//! How the records of language models are cut: about 2^24 small steps of typical data per tile, whatever the data within the machine's bound.

use opml_kernels::{PANEL, Q8_BLOCK};
use opml_tensor::ProductKind;

/// Bytes copied by a tile.
pub(crate) const COPIED: u32 = 1 << 18;

/// Small steps that a tile aims at.
const TARGET: u64 = 1 << 24;
/// Small steps that a tile may be bounded by, a little below what admission allows.
const BOUND: u64 = 3 << 25;

/// Small steps per element: what a row typically takes, and what it may be bounded by.
pub(crate) type Steps = [u64; 2];
/// An element of an embedding.
pub(crate) const GATHERED: Steps = [20, 320];
/// An element of a rotated head.
pub(crate) const ROTATED: Steps = [150, 500];
/// An element of a norm.
pub(crate) const NORMED: Steps = [180, 1300];
/// An element of a layer norm with factors and summands.
pub(crate) const LAYER_NORMED: Steps = [400, 1300];
/// An element of a sum.
pub(crate) const ADDED: Steps = [94, 290];
/// A quantised element.
pub(crate) const QUANTISED: Steps = [150, 520];
/// An element that an average is taken of.
pub(crate) const AVERAGED: Steps = [90, 230];
/// A logit to choose from.
pub(crate) const SAMPLED: Steps = [30, 3500];

/// Whole rows per tile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    pub(crate) count: u32,
}

impl Count {
    /// Rows, and all of the columns.
    pub(crate) const fn both(self, columns: u32) -> [u32; 2] {
        [self.count, columns]
    }
}

/// Rows of `columns` elements per tile, at least one.
pub(crate) fn rows(most: u32, columns: u32, [typical, bound]: Steps) -> Count {
    let columns = u64::from(columns.max(1));
    let fit = (TARGET / (columns * typical)).min(BOUND / (columns * bound + 10_000));
    Count { count: fit.clamp(1, most.into()) as u32 }
}

/// Rows and columns per tile of a product: as many rows as leave a panel of columns.
pub(crate) fn product(
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

/// Heads, or chunks of heads, of attention to `positions` per tile.
pub(crate) fn attention(positions: u32, head: u32, heads: u32) -> u32 {
    let [positions, head] = [positions, head].map(u64::from);
    let typical = positions * (152 * head + 800);
    let bound = positions * (520 * head + 2200) + 200 * head + 10_000;
    (TARGET / typical).min(BOUND / bound).clamp(1, heads.into()) as u32
}

/// Heads of a merge of `chunks` per tile.
pub(crate) fn merged(chunks: u32, head: u32, heads: u32) -> u32 {
    let [chunks, head] = [chunks, head].map(u64::from);
    let bound = chunks * (280 * head + 2500) + 200 * head + 10_000;
    (TARGET / bound).clamp(1, heads.into()) as u32
}

/// Bytes of a row of so many quantised elements.
pub(crate) const fn quantised_row(columns: u32) -> u32 {
    columns / 32 * Q8_BLOCK as u32
}
