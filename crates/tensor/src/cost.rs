//! What a tile costs the MIPS machine at most.

use opml_kernels::{Channel, PANEL};

use crate::{ControlFlow, Header, Operation, RowKind};

/// Greatest cost of one tile in small steps.
pub const MAX_COST: u64 = 1 << 27;
/// Greatest number of tiles of one record.
pub const MAX_LENGTH: u64 = 1 << 40;
/// Greatest sum of the costs of the tiles of a *whole* program. The rest up to 2^30 small steps is left for a refusal, which
/// clears at most 2^20 bytes of output.
pub const WHOLE_BUDGET: u64 = (1 << 30) - (1 << 22);

/// Entry, exit, header, record, admission, control block.
const FIXED: u64 = 20_000;
/// Start of a row.
const ROW: u64 = 200;

impl Operation {
    /// Upper bound of the small steps of one tile; edge tiles count as full ones. A test in `crates/engine` measures the guest
    /// against it.
    ///
    /// The guest's integer kernels take the same steps whatever the data, so the slack is for the compiler: a rebuilt guest
    /// may be slower by that much before the bound has to move.
    pub fn cost(&self, header: &Header) -> u64 {
        let work = match self {
            Self::Control(ControlFlow::Halt { .. }) => 2 * u64::from(header.output_max),
            Self::Control(_) => 0,
            Self::Dense(dense) => {
                let (rows, columns) = dense.grid.largest();
                let output =
                    dense.inner.saturating_mul(5).saturating_add(10 * Channel::BYTES as u64);
                rows.saturating_mul(columns.saturating_mul(output).saturating_add(ROW))
            }
            Self::Map(map) => {
                let (rows, columns) = map.grid.largest();
                let element = if map.is_contiguous() { 12 } else { 32 };
                rows.saturating_mul(columns.saturating_mul(element).saturating_add(ROW))
            }
            Self::Blocks(blocks) => {
                let (rows, columns) = blocks.grid.largest();
                let columns = columns.next_multiple_of(PANEL as u64);
                let output = blocks.inner.saturating_mul(32 * 32).saturating_add(100);
                rows.saturating_mul(columns.saturating_mul(output).saturating_add(ROW))
            }
            Self::Rows(rows) => {
                let (count, _) = rows.grid.largest();
                let element = match rows.kind {
                    RowKind::Argmax => 12,
                    RowKind::Softmax => 2000,
                    RowKind::Quantise => 500,
                };
                count.saturating_mul(rows.inner.saturating_mul(element).saturating_add(ROW))
            }
        };
        work.saturating_add(FIXED)
    }
}
