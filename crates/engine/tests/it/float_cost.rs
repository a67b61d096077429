//! What float operators cost in the VM: the bound holds on the worst data, and grows as fast as the steps do.
//!
//! Soft arithmetic takes longer where operands are subnormal, infinite or not numbers, so every shape meets every kind of data.

use crate::guest::{bound, guest, large, large_step};
use opml_fpvm::Program;
use opml_tensor::{
    BlockSpec, Operand, Record,
    layout::{ACTIVATIONS, INPUT, WEIGHTS},
};
use rand::Rng;

const OUT: u64 = ACTIVATIONS + (1 << 20);

/// The bits of an f32, given its index and random bits.
pub(crate) type Fill = fn(u32, u32) -> u32;

pub(crate) const DATA: [(&str, Fill); 9] = [
    ("typical", |_, bits| 0x3f80_0000 | bits & 0x80ff_ffff),
    ("any bits", |_, bits| bits),
    ("subnormal", |_, bits| bits & 0x807f_ffff),
    ("least subnormals", |_, bits| bits & 0x8000_0003),
    ("just above the subnormals", |_, bits| 0x0080_0000 | bits & 0x80ff_ffff),
    ("greatest", |_, bits| 0x7f00_0000 | bits & 0x807f_ffff),
    ("not numbers", |_, bits| 0x7f80_0001 | bits),
    ("zeroes and infinities", |_, bits| bits & 0x8000_0000 | ((bits >> 8 & 1) * 0x7f80_0000)),
    // After the maximum is taken away: far apart, so that every addition aligns.
    ("falling", |index, bits| (0x4280_0000 - ((index % 90) << 21)) | bits & 0xff),
];

fn softmax(rows: u32, inner: u32) -> Record {
    let (x, y) = (Operand::at(INPUT, [4 * inner, 0, 0]), Operand::at(OUT, [4 * inner, 0, 0]));
    Record::softmax([rows, inner], rows, x, y)
}

fn quantise(rows: u32, blocks: u32) -> Record {
    let (x, y) = (Operand::at(INPUT, [128 * blocks, 0, 0]), Operand::at(OUT, [36 * blocks, 0, 0]));
    Record::quantise([rows, 32 * blocks], rows, x, y)
}

fn dense([rows, columns, blocks]: [u32; 3]) -> Record {
    Record::dense_q8_0(BlockSpec {
        dims: [rows, columns, 32 * blocks],
        tile: [rows, columns.next_multiple_of(16)],
        x: Operand::at(INPUT, [36 * blocks, 0, 0]),
        weights: Operand::at(WEIGHTS, [544 * blocks, 0, 0]),
        out: Operand::at(OUT, [4 * columns, 0, 0]),
    })
}

/// Records of about the same work, one unit more each way.
fn shapes() -> Vec<(Record, Record)> {
    let mut pairs = Vec::new();
    for inner in [1, 15, 16, 17, 100] {
        pairs.push((softmax(20, inner), softmax(40, inner)));
    }
    pairs.push((softmax(1, 1000), softmax(1, 2000)));
    for blocks in [1, 3] {
        pairs.push((quantise(20, blocks), quantise(40, blocks)));
    }
    pairs.push((quantise(1, 50), quantise(1, 100)));
    for columns in [1, 2, 15, 16, 17] {
        pairs.push((dense([10, columns, 1]), dense([20, columns, 1])));
        pairs.push((dense([2, columns, 20]), dense([2, columns, 40])));
    }
    pairs.push((dense([1, 64, 20]), dense([1, 128, 20])));
    pairs
}

/// Small steps in the VM and the cost, on input and weights of the given kind.
pub(crate) fn measure(guest: &Program, record: &Record, data: Fill) -> (u64, u64) {
    let mut machine = large(record);
    let mut rng = crate::programs::rng(7);
    for start in [INPUT, WEIGHTS] {
        for (index, word) in (0..).zip(machine.bytes_mut(start, 1 << 16).chunks_exact_mut(4)) {
            word.copy_from_slice(&data(index, rng.random()).to_le_bytes());
        }
    }
    let bound = bound(&machine).unwrap();
    (large_step(guest, machine.memory()).0, bound)
}

#[test]
fn cost_bounds_float_operators_on_any_data() {
    let guest = guest();
    for (once, twice) in shapes() {
        for (what, data) in DATA {
            let (steps, cost) = measure(&guest, &once, data);
            let (more_steps, more_cost) = measure(&guest, &twice, data);
            let (steps, cost) = (more_steps - steps, more_cost - cost);
            assert!(
                steps <= cost,
                "{what}: {steps} small steps more for {cost} more cost: {once:?}"
            );
        }
    }
}
