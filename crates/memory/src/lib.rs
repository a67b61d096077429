//! The Merkle memory of 2^44 bytes: sparse pages, mapped files, zero subtrees, lazy roots, proofs.
//!
//! The rules are §1 (memory) and §6 (joint proofs) of `docs/protocol.md`. A [`Memory`] behaves like a
//! flat array of bytes that starts as zeroes, costs what was written to it, and can be cloned in
//! constant time; its root, and the root of every aligned subtree, is computed on demand from what
//! changed since the last time, many nodes at once in the lanes of the vector unit. A file can be
//! mapped into it without being read: see [`MappedRegion`].
//!
//! ```
//! use opml_memory::{DATA_HALF, DATA_HEIGHT, Memory, zero_hash};
//!
//! let mut memory = Memory::new();
//! memory.write(DATA_HALF, b"weights");
//! assert_eq!(memory.node(DATA_HEIGHT, 0), zero_hash(DATA_HEIGHT), "the guest half is untouched");
//! let snapshot = memory.clone();
//! memory.write(DATA_HALF, &[0; 7]);
//! assert_eq!(memory.root(), Memory::new().root(), "zero pages equal absent pages");
//! assert_ne!(snapshot.root(), memory.root());
//! ```

mod branch;
mod cache;
mod child;
mod hash;
mod header;
mod joint;
mod keccak;
mod layout;
mod mapped;
mod memory;
mod page;
mod reduce;
mod runs;
mod stale;

pub use cache::{FOLD, PageCache, TRANSLATIONS, Translation, Translations};
pub use hash::{node, zero_hash};
pub use header::{HEADER_BYTES, header_proof, header_root};
pub use joint::{JointProof, ProofLeaf};
pub use keccak::{Pair, Width};
pub use layout::*;
pub use mapped::{Corruption, MapError, MappedRegion, Placement, write_sidecar};
pub use memory::Memory;
pub use runs::{ProofError, Run};
