//! Models of three sizes, as far as a proof sees them.
//!
//! The proof of a leaf has one word for every height at which the sibling is not a zero subtree. Which heights those are follows
//! from which bytes of memory are in use; what the bytes say does not matter. So a memory that a model of 7.2 GB fills has the
//! same proofs as an empty one with one byte set under each of those siblings ([`Model::surround`]).

use std::{collections::BTreeSet, ops::Range};

use opml_memory::{DEPTH, LEAF_BYTES, Memory, zero_hash};
use opml_tensor::layout::{ACTIVATIONS, CONTROL, CONTROL_BYTES, INPUT, MODEL, WEIGHTS};

/// First byte of the guest's text, constants and stack, as its linker script lays them out.
pub(crate) const TEXT: u64 = 0x1_0000;
const CONSTANTS: u64 = 0x100_0000;
pub(crate) const STACK_END: u64 = 0x200_0000;

/// Bytes of text, constants and stack: those of the committed guest, each up to an address that is a power of two from the start of
/// its region, which is what a proof sees.
const TEXT_BYTES: u64 = (512 << 10) - TEXT;
const CONSTANT_BYTES: u64 = 32 << 10;
pub(crate) const STACK_BYTES: u64 = 4 << 10;
const INPUT_BYTES: u64 = 4 << 10;
const HEADER_AND_PROGRAM_BYTES: u64 = 64 << 10;

/// A size of model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Model {
    pub(crate) name: &'static str,
    pub(crate) weight_bytes: u64,
    /// Activations with all that outlives a token, as an attention cache.
    pub(crate) activation_bytes: u64,
    /// Terms and outputs of a typical layer.
    pub(crate) width: u32,
}

/// A small classifier, and language models of one and of seven billion parameters in 8 bits.
pub(crate) const MODELS: [Model; 3] = [
    Model { name: "200 KB", weight_bytes: 200_000, activation_bytes: 4_096, width: 256 },
    Model {
        name: "1.1 GB",
        weight_bytes: 1_100_000_000,
        activation_bytes: 256 << 20,
        width: 2_048,
    },
    Model { name: "7.2 GB", weight_bytes: 7_200_000_000, activation_bytes: 2 << 30, width: 4_096 },
];

impl Model {
    /// An address in the midst of the weights, at the start of a leaf.
    pub(crate) const fn a_weight(&self) -> u64 {
        WEIGHTS + self.weight_bytes / 2 / LEAF_BYTES as u64 * LEAF_BYTES as u64
    }

    /// An address in the midst of the activations.
    pub(crate) const fn an_activation(&self) -> u64 {
        ACTIVATIONS + self.activation_bytes / 2
    }

    /// The bytes of memory that are in use.
    fn occupied(&self) -> [Range<u64>; 8] {
        let range = |start, bytes| start..start + bytes;
        [
            range(TEXT, TEXT_BYTES),
            range(CONSTANTS, CONSTANT_BYTES),
            range(STACK_END - STACK_BYTES, STACK_BYTES),
            range(CONTROL, CONTROL_BYTES),
            range(ACTIVATIONS, self.activation_bytes),
            range(INPUT, INPUT_BYTES),
            range(MODEL, HEADER_AND_PROGRAM_BYTES),
            range(WEIGHTS, self.weight_bytes),
        ]
    }

    /// Sets a byte under every sibling of `leaves` that is a zero subtree though this model uses memory there, unless one of the
    /// leaves lies there, too: those are what the measured steps touch, and keep their values.
    pub(crate) fn surround(&self, memory: &mut Memory, leaves: &BTreeSet<u64>) {
        let occupied = self.occupied();
        let mut missing = BTreeSet::new();
        for leaf in leaves {
            for height in 0..DEPTH {
                let sibling = leaf >> height ^ 1;
                let under = sibling << height..(sibling + 1) << height;
                let known = leaves.range(under.clone()).next().is_some();
                if known || memory.node(height, sibling) != zero_hash(height) {
                    continue;
                }
                let bytes = under.start * LEAF_BYTES as u64..under.end * LEAF_BYTES as u64;
                let overlaps =
                    |range: &&Range<u64>| bytes.start < range.end && range.start < bytes.end;
                missing.extend(
                    occupied.iter().find(overlaps).map(|range| range.start.max(bytes.start)),
                );
            }
        }
        for address in missing {
            memory.write(address, &[1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::ELF;
    use opml_fpvm::Program;
    use opml_memory::JointProof;

    /// Siblings in the joint proof of a text leaf and of the one at `address`.
    fn siblings(model: &Model, address: u64) -> usize {
        let leaves = BTreeSet::from([TEXT + 0x1000, address].map(|address| address / 32));
        let mut memory = Memory::new();
        model.surround(&mut memory, &leaves);
        let indices: Vec<u64> = leaves.into_iter().collect();
        let proof = JointProof::build(&memory, &indices).unwrap();
        proof.leaves().iter().flat_map(|leaf| &leaf.runs).map(|run| run.siblings.len()).sum()
    }

    #[test]
    fn proofs_grow_with_the_model() {
        // Text: 13 heights and the constants. Weights: 2^13, 2^26, 2^28 leaves, and the run quarter.
        let loads = MODELS.map(|model| siblings(&model, model.a_weight()));
        assert_eq!(loads, [14 + 13 + 2, 14 + 26 + 2, 14 + 28 + 1]);
        // Activations: 2^7, 2^23, 2^26 leaves; control block, input, model quarter.
        let stores = MODELS.map(|model| siblings(&model, model.an_activation()));
        assert_eq!(stores, [14 + 7 + 3, 14 + 23 + 3, 14 + 26 + 3]);
    }

    /// Without this a guest that has grown is measured in a memory that is too small for it, and looks cheaper than it is.
    #[test]
    fn text_and_constants_are_those_of_the_committed_guest() {
        let mut memory = Memory::new();
        Program::from_elf(ELF).unwrap().load_into(&mut memory);
        let end = |below| {
            let pages = memory.pages_in(0..below).into_iter();
            pages.map(|(address, bytes)| address + bytes.len() as u64).max().unwrap()
        };
        assert_eq!(TEXT + TEXT_BYTES, end(CONSTANTS).next_power_of_two());
        assert_eq!(CONSTANT_BYTES, (end(STACK_END) - CONSTANTS).next_power_of_two());
    }
}
