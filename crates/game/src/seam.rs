//! The seam between the phases: what a large step means in small steps (docs/protocol.md §2 and §5).

use alloy_primitives::{B256, b256, keccak256};

use crate::GuestVersion;
use crate::list::pair;

/// `keccak256("opml.fault.v1")`: the successor of a state whose large step does not end well, and of itself.
pub const FAULT: B256 = b256!("0x42ba3ba05478bfe9ebc4b92de8b8871ae49d9fed0262b66bbb0b7331b0c1850b");

/// Exit word of a state that has called `exit(0)`; 0 is a running state, every other value a failed run.
pub const EXIT_OK: u64 = 0x100;

/// Bytes of a packed state of the MIPS machine: version, memory root, 36 fields.
pub const PACKED_LEN: usize = 321;

/// First byte of every packed state.
pub const PACKED_VERSION: u8 = 1;

/// Where the exit word lies in a packed state: after version, root, pc, nextPc, hi and lo.
pub const PACKED_EXIT: usize = 1 + 32 + 4 * 8;

/// A packed state whose fields other than these are zero.
fn pack(root: B256, pc: u64, next_pc: u64, exit: u64) -> [u8; PACKED_LEN] {
    let mut packed = [0; PACKED_LEN];
    packed[0] = PACKED_VERSION;
    packed[1..33].copy_from_slice(root.as_slice());
    packed[33..41].copy_from_slice(&pc.to_be_bytes());
    packed[41..49].copy_from_slice(&next_pc.to_be_bytes());
    packed[PACKED_EXIT..PACKED_EXIT + 8].copy_from_slice(&exit.to_be_bytes());
    packed
}

/// Hash of the state in which the small steps of the large step from data half `s` begin.
pub fn start_hash(guest: &GuestVersion, s: B256) -> B256 {
    keccak256(pack(pair(guest.root, s), guest.entry, guest.entry.wrapping_add(4), 0))
}

/// Hash of a state that has exited: `exit` and every fault clear all fields but the memory root and the exit word.
pub fn exited_hash(root: B256, exit: u64) -> B256 {
    keccak256(pack(root, 0, 0, exit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fault_is_the_hash_of_its_name() {
        assert_eq!(FAULT, keccak256("opml.fault.v1"));
    }
}
