//! The seam between the phases: what a large step means in small steps (docs/protocol.md §2 and §5).

use alloy_primitives::{B256, b256};
use opml_fpvm::Cpu;

use crate::GuestVersion;
use crate::list::pair;

/// `keccak256("opml.fault.v1")`: the successor of a state whose large step does not end well, and of itself.
pub const FAULT: B256 = b256!("0x42ba3ba05478bfe9ebc4b92de8b8871ae49d9fed0262b66bbb0b7331b0c1850b");

/// Hash of the state in which the small steps of the large step from data half `s` begin.
pub fn start_hash(guest: &GuestVersion, s: B256) -> B256 {
    Cpu::start(guest.entry).hash(pair(guest.root, s))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::keccak256;

    #[test]
    fn fault_is_the_hash_of_its_name() {
        assert_eq!(FAULT, keccak256("opml.fault.v1"));
    }
}
