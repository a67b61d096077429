//! Text operators in the VM, on text that keeps them busy: same bytes, and within the cost.

use crate::guest::{check, guest, large};
use opml_tensor::{
    DetokeniseSpec, Operand, Record, SplitSpec,
    layout::{ACTIVATIONS, INPUT, WEIGHTS},
};

const STATE: u64 = ACTIVATIONS + (1 << 20);
const CHARACTERS: u64 = WEIGHTS;
const BYTES: u64 = WEIGHTS + (1 << 16);
const MERGES: u64 = WEIGHTS + (1 << 17);

const fn at(address: u64) -> Operand {
    Operand::at(address, [0; 3])
}

/// Characters that fill their table; merges of tokens 0 and 1 behind many that do not occur.
fn tables(entries: u32) -> (Vec<u32>, Vec<u32>) {
    let characters = (0..entries).flat_map(|i| [i, i % 2]).collect();
    let pairs = [[0, 0, 3, 0], [0, 1, 2, 1], [1, 0, 2, 0], [1, 1, 1, 1]];
    let others = (2..entries).map(|i| [i, i, 0, i]);
    (characters, pairs.into_iter().chain(others).flatten().collect())
}

#[test]
fn encoding_is_the_same_in_the_vm_and_within_its_cost() {
    let guest = guest();
    for (length, entries) in [(1, 1), (2, 4), (63, 100), (300, 4000), (1500, 257)] {
        let (characters, merges) = tables(entries);
        let merge_count = merges.len() as u32 / 4;
        let split = Record::split(SplitSpec {
            dims: [length, entries, merge_count],
            prefix: true,
            text: at(INPUT + 1),
            characters: at(CHARACTERS),
            bytes: at(BYTES),
            merges: at(MERGES),
            state: at(STATE),
        });
        for text in [b"\x00\x01", b" a", b"\xc3\xa9", b"\xf0\x9f"] {
            let mut machine = large(&split);
            let mut write = |address, bytes: &[u8]| {
                machine.bytes_mut(address, bytes.len()).copy_from_slice(bytes);
            };
            let words =
                |words: &[u32]| words.iter().flat_map(|w| w.to_le_bytes()).collect::<Vec<u8>>();
            write(CHARACTERS, &words(&characters));
            write(MERGES, &words(&merges));
            write(BYTES, &words(&[0, 1].repeat(128)));
            write(INPUT + 1, &text.repeat(length as usize)[..length as usize]);
            check(&guest, &mut machine, &format!("split of {length}"));
            let merge = Record::merge_pairs([length, merge_count], at(MERGES), at(STATE));
            for _ in 0..4 {
                machine
                    .bytes_mut(opml_tensor::layout::PROGRAM, 256)
                    .copy_from_slice(&merge.to_bytes());
                machine.bytes_mut(opml_tensor::layout::CONTROL, 16).fill(0);
                check(&guest, &mut machine, &format!("merges of {length}"));
            }
        }
    }
}

#[test]
fn detokenising_is_the_same_in_the_vm_and_within_its_cost() {
    let guest = guest();
    for (ids, piece, room) in
        [(1, 0, 4), (2, 1, 5), (500, 0, 4), (500, 1, 2000), (500, 7, 4000), (100, 40, 5000)]
    {
        let record = Record::detokenise(DetokeniseSpec {
            dims: [ids, 300, 12_000, room],
            begin: 7,
            ids: at(INPUT),
            offsets: at(WEIGHTS),
            blob: at(ACTIVATIONS),
            out: at(STATE + 3),
        });
        let mut machine = large(&record);
        for i in 0..300u32 {
            let offset = (i * piece).to_le_bytes();
            machine.bytes_mut(WEIGHTS + 4 * u64::from(i), 4).copy_from_slice(&offset);
        }
        for i in 0..ids {
            let id = (i * 7 % 305).to_le_bytes();
            machine.bytes_mut(INPUT + 4 * u64::from(i), 4).copy_from_slice(&id);
        }
        check(&guest, &mut machine, &format!("{ids} tokens of {piece} bytes into {room}"));
    }
}
