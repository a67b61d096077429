//! The numbers of §1: size, depth and the heights at which the named subtrees sit.

/// Addresses have this many bits.
pub const ADDRESS_BITS: u32 = 44;
/// Bytes in a leaf of the tree.
pub const LEAF_BYTES: usize = 32;
/// Height of the root over the leaves.
pub const DEPTH: u32 = 39;

/// Bytes in a page, the unit of storage.
pub const PAGE_BYTES: usize = 4096;
/// Height of a page's root.
pub const PAGE_HEIGHT: u32 = 7;

/// First byte of the data half, the tensor machine's whole state.
pub const DATA_HALF: u64 = 1 << 43;
/// First byte of the model quarter.
pub const MODEL_QUARTER: u64 = 3 << 42;

/// Height of the guest half's root `G` (index 0) and of the data half's root `S` (index 1).
pub const DATA_HEIGHT: u32 = 38;
/// Height of the run quarter's root `R` (index 2) and of the model id `M` (index 3).
pub const QUARTER_HEIGHT: u32 = 37;
/// Height of the control root `C` (index 4) and of the output root `O` (index 5).
pub const EIGHTH_HEIGHT: u32 = 36;

/// Number of leaves in the tree.
pub(crate) const LEAVES: u64 = 1 << DEPTH;
/// Bits of an address that count bytes inside a leaf.
pub(crate) const LEAF_BITS: u32 = 5;
/// Bits of an address that count bytes inside a page.
pub(crate) const PAGE_BITS: u32 = 12;
