//! What bounds the cost of tiles and programs, in small steps of the MIPS machine.

/// Greatest cost of one tile in small steps.
pub const MAX_COST: u64 = 1 << 27;
/// Greatest number of tiles of one record.
pub const MAX_LENGTH: u64 = 1 << 40;
/// Greatest sum of the costs of the tiles of a *whole* program. The rest up to 2^30 small steps is left for a refusal, which
/// clears at most 2^20 bytes of output.
pub const WHOLE_BUDGET: u64 = (1 << 30) - (1 << 22);

/// Entry, exit, header, record, admission, control block.
pub(crate) const FIXED: u64 = 20_000;
/// Start of a row.
pub(crate) const ROW: u64 = 200;
