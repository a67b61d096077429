//! Where everything lies in the data half (protocol §1 and §3). All addresses are absolute.

/// Start of the data half.
pub const DATA_HALF: u64 = 1 << 43;
/// Control block: `pc`, `tile`, registers, `step`.
pub const CONTROL: u64 = DATA_HALF;
/// Bytes of the control block that the machine uses.
pub const CONTROL_BYTES: u64 = 19 * 8;
/// Activations and all scratch that outlives a tile.
pub const ACTIVATIONS: u64 = DATA_HALF + (1 << 39);
/// Greatest size of the activations.
pub const MAX_ACTIVATION_BYTES: u64 = 1 << 39;
/// Input: length word in the first leaf, bytes from the second.
pub const INPUT: u64 = DATA_HALF + (1 << 40);
/// Output: `complete` and length in the first leaf.
pub const OUTPUT: u64 = DATA_HALF + (1 << 41);
/// First byte of the output body.
pub const OUTPUT_BODY: u64 = OUTPUT + LEAF;
/// Model quarter: header page.
pub const MODEL: u64 = 3 << 42;
/// First record of the program.
pub const PROGRAM: u64 = MODEL + PAGE;
/// Weights.
pub const WEIGHTS: u64 = MODEL + WEIGHTS_OFFSET;
/// Offset of the weights in the model quarter.
pub const WEIGHTS_OFFSET: u64 = 1 << 30;
/// Greatest size of the weights: the rest of the model quarter.
pub const MAX_WEIGHT_BYTES: u64 = (1 << 42) - WEIGHTS_OFFSET;
/// First address after the memory.
pub const END: u64 = 1 << 44;

/// Bytes of a leaf of the Merkle tree.
pub const LEAF: u64 = 32;
/// Bytes of a page.
pub const PAGE: u64 = 4096;
/// Bytes of a record.
pub const RECORD: u64 = 256;
/// Greatest number of records: the program fills the model quarter up to the weights.
pub const MAX_RECORDS: u32 = ((WEIGHTS_OFFSET - PAGE) / RECORD) as u32;
/// Greatest input and output length in bytes.
pub const MAX_INPUT_OUTPUT: u32 = 1 << 20;
/// Greatest bound on the number of large steps.
pub const MAX_STEPS: u64 = 1 << 40;

/// Value of `complete` of a finished run.
pub const DONE: u64 = 1;
/// Value of `complete` after a program error.
pub const PROGRAM_ERROR: u64 = 2;
