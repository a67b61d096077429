//! The seam between the phases: what a large step means in small steps (docs/protocol.md §2 and §5).

use alloy_primitives::B256;
pub use opml_engine::seam::FAULT;
use opml_fpvm::Cpu;
use opml_memory::node;

use crate::GuestVersion;

/// Hash of the state in which the small steps of the large step from data half `s` begin.
pub fn start_hash(guest: &GuestVersion, s: B256) -> B256 {
    Cpu::start(guest.entry).hash(node(guest.root, s))
}
