//! Witnesses that every verifier must refuse.

use super::Malformed;
use crate::asm::{RS, RT, i, state};
use opml_fpvm::witness;
use opml_memory::DEPTH;

impl Malformed {
    fn add(&mut self, name: &str, steps: u32, witness: Vec<u8>) {
        self.name.push(name.into());
        self.steps.push(steps);
        self.witness.push(witness.into());
    }
}

/// One witness for each way to be malformed.
pub(super) fn generate(section: &mut Malformed) {
    let mut store = state(&[i(0x3f, RS, RT, 0), 0, 0, 0, 0, 0, 0, 0, 0], 1 << 25, 5);
    store.memory.write_u64((1 << 25) + 32, 6);
    let good = witness(&store, 1).unwrap_or_default();
    let leaves = good.len() - fields_after(&good);
    section.add("no steps", 0, good.clone());
    section.add("17 steps", 17, good.clone());
    section.add("second leaf of code missing", 9, good.clone());
    section.add("empty", 1, Vec::new());
    section.add("cut after the lengths", 1, good[..18].to_vec());
    section.add("cut by a byte", 1, good[..good.len() - 1].to_vec());
    section.add("a byte too many", 1, [&good[..], &[0]].concat());
    let edit = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    section.add("field of 9 bytes", 1, edit(3, 0x90));
    section.add("33 leaves announced", 1, edit(leaves, 33));
    section.add("fewer leaves announced", 1, edit(leaves, 1));
    section.add("root only, and then a proof", 1, edit(leaves, 0));
    section.add("first leaf index out of order", 1, edit(leaves + 1, 0x7f));
    section.add("first leaf index out of range", 1, edit(leaves + 1, 0x80));
    let runs = leaves + 1 + 5 + 32;
    section.add("run announced where none is", 1, edit(runs, 1));

    let head = &good[..leaves];
    // The code leaf holds branches, which touch no data: only the shape of the proof can be wrong.
    let leaf = |index: u64, runs: &[(u8, u8)]| {
        let mut bytes = [&index.to_be_bytes()[3..], &[0x11; 32], &[runs.len() as u8]].concat();
        for (height, length) in runs {
            bytes.extend([*height, *length]);
            bytes.extend(vec![0x22; 32 * usize::from(*length)]);
        }
        bytes
    };
    let (code, data) = (0x800, (1 << 25) / 32);
    for (name, first, second) in [
        ("empty run", leaf(code, &[(3, 0)]), leaf(data, &[])),
        ("runs overlap", leaf(code, &[(3, 2), (4, 1)]), leaf(data, &[])),
        ("runs out of order", leaf(code, &[(5, 1), (3, 1)]), leaf(data, &[])),
        ("run reaches the merge height", leaf(code, &[(19, 2)]), leaf(data, &[])),
        ("run over the neighbour", leaf(code, &[]), leaf(data, &[(20, 1)])),
        ("run through the neighbour", leaf(code, &[]), leaf(data, &[(19, 3)])),
        ("run above the root", leaf(code, &[]), leaf(data, &[(38, 2)])),
        ("run at height 255", leaf(code, &[]), leaf(data, &[(255, 1)])),
        ("leaf twice", leaf(code, &[]), leaf(code, &[])),
        ("leaves out of order", leaf(data, &[]), leaf(code, &[])),
        ("last leaf out of range", leaf(code, &[]), leaf(1 << DEPTH, &[])),
    ] {
        section.add(name, 1, [head, &[2], &first, &second].concat());
    }
}

/// Bytes of an encoded witness from the number of leaves on.
fn fields_after(witness: &[u8]) -> usize {
    let nibbles = witness[..18].iter().map(|byte| usize::from((byte >> 4) + (byte & 15)));
    witness.len() - 18 - nibbles.sum::<usize>()
}
