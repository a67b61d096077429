//! Machines about to execute one record, everything else random.

use crate::{
    operators,
    programs::{BOUNDS, rng},
    reference::Reference,
};
use opml_tensor::{
    BlockSpec, DenseSpec, Header, Operand, Record, condition,
    layout::{ACTIVATIONS, CONTROL, INPUT, OUTPUT, OUTPUT_BODY, PROGRAM, WEIGHTS},
};
use rand::Rng;

/// Bounds of the machines below.
pub(crate) const HEADER: Header =
    Header { records: 3, weight_bytes: 4096, activation_bytes: 5000, ..BOUNDS };

/// One well-formed record of every operator, all with several tiles, registers and strides in use.
pub(crate) fn good_records() -> Vec<Record> {
    let x = Operand::at(ACTIVATIONS + 100, [40, 0, 0]).indexed(3, 2);
    let plane = Operand::at(INPUT + 32, [200, 50, 2]).indexed(1, 1);
    let words = Operand::at(ACTIVATIONS + 100, [260, 0, 0]).indexed(3, 8);
    let map_out = Operand::at(ACTIVATIONS + 2000, [90, 30, 3]);
    let mut records = vec![
        Record::halt(2, 5),
        Record::set(4, 1 << 40),
        Record::add(4, 2, 3, u64::MAX),
        Record::branch(condition::LESS, 1, 2, 1),
        Record::dense(DenseSpec {
            dims: [3, 10, 32],
            tile: [2, 4],
            output: opml_kernels::Output { zero_point: -5, low: -100, high: 90 },
            x,
            weights: Operand::at(WEIGHTS + 1024, [32, 0, 0]),
            table: Operand::at(WEIGHTS, [12, 0, 0]),
            out: Operand::at(OUTPUT_BODY + 8, [12, 0, 0]),
        }),
        Record::relu([2, 3, 10], [4, 7], -3, plane, map_out),
        Record::relu([2, 3, 10], [4, 7], 9, map_out, map_out),
        Record::copy([2, 3, 10], [4, 7], plane, map_out),
        Record::argmax([5, 40], 2, x, Operand::at(OUTPUT_BODY + 64, [8, 0, 0])),
        Record::softmax([3, 40], 2, words, Operand::at(OUTPUT_BODY + 8, [164, 0, 0])),
        Record::quantise([3, 64], 2, words, Operand::at(ACTIVATIONS + 3000, [76, 0, 0])),
        Record::dense_q8_0(BlockSpec {
            dims: [3, 20, 64],
            tile: [2, 16],
            x: Operand::at(INPUT + 32, [72, 0, 0]),
            weights: Operand::at(WEIGHTS + 64, [1088, 0, 0]).indexed(1, 4),
            out: Operand::at(OUTPUT_BODY + 8, [84, 0, 0]),
        }),
    ];
    records.extend(operators::good_records());
    records
}

/// A machine about to execute `record`, with every other byte random: weights, scratch, even bytes behind the header's bounds.
pub(crate) fn machine(record: &[u8; 256], seed: u64) -> Reference {
    let mut rng = rng(seed);
    let mut machine = Reference::new(&HEADER);
    for (_, bytes) in &mut machine.regions {
        rng.fill(&mut bytes[..]);
    }
    let mut control = [0; 19];
    control[3..18].fill_with(|| rng.random_range(1..9));
    for (index, word) in (0..).zip(control) {
        machine.bytes_mut(CONTROL + 8 * index, 8).copy_from_slice(&u64::to_le_bytes(word));
    }
    machine.bytes_mut(OUTPUT, 32).fill(0);
    machine.bytes_mut(PROGRAM - 4096, 64).copy_from_slice(&HEADER.to_bytes());
    machine.bytes_mut(PROGRAM, 256).copy_from_slice(record);
    machine
}
