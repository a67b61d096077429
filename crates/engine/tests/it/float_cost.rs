//! What float operators cost in the VM: the bound holds on the worst data, and grows as fast as the steps do.
//!
//! Soft arithmetic takes longer where operands are subnormal, infinite or not numbers, so every shape meets every kind of data.

use crate::guest::{bound, guest, large, large_step};
use opml_fpvm::Program;
use opml_kernels::{Activation, Pairing};
use opml_tensor::{
    AttentionSpec, FinishSpec, Operand, ProductKind, ProductSpec, Record, RopeSpec, SampleSpec,
    StridedSpec,
    layout::{ACTIVATIONS, INPUT, WEIGHTS},
};
use rand::Rng;

const OUT: u64 = ACTIVATIONS + (1 << 20);

/// The bits of an f32, given its index and random bits.
pub(crate) type Fill = fn(u32, u32) -> u32;

pub(crate) const TYPICAL: Fill = |_, bits| 0x3f80_0000 | bits & 0x80ff_ffff;
const SUBNORMAL: Fill = |_, bits| bits & 0x807f_ffff;
const LEAST: Fill = |_, bits| bits & 0x8000_0003;
const JUST_ABOVE: Fill = |_, bits| 0x0080_0000 | bits & 0x80ff_ffff;
const GREATEST: Fill = |_, bits| 0x7f00_0000 | bits & 0x807f_ffff;
const NOT_NUMBERS: Fill = |_, bits| 0x7f80_0001 | bits;
const ENDS: Fill = |_, bits| bits & 0x8000_0000 | ((bits >> 8 & 1) * 0x7f80_0000);
const LARGE: Fill = |_, bits| 0x4900_0000 | bits & 0x81ff_ffff;
/// Large and small in turn, so that every other product is far from the sum.
const IN_TURN: Fill =
    |index, bits| [0x4900_0000, 0x3600_0000][index as usize % 2] | bits & 0x807f_ffff;
/// Two binary16 of one binade, as quantised weights have them, and an f32 of a few.
const SCALES: Fill = |_, bits| 0x2000_2000 | bits & 0x83ff_83ff;

/// Kinds of input and of weights.
pub(crate) const DATA: [(&str, Fill, Fill); 16] = [
    ("typical", TYPICAL, TYPICAL),
    ("any bits", |_, bits| bits, |_, bits| bits),
    ("subnormal", SUBNORMAL, SUBNORMAL),
    ("least subnormals", LEAST, LEAST),
    ("just above the subnormals", JUST_ABOVE, JUST_ABOVE),
    ("greatest", GREATEST, GREATEST),
    ("not numbers", NOT_NUMBERS, NOT_NUMBERS),
    ("zeroes and infinities", ENDS, ENDS),
    // After the maximum is taken away: far apart, so that every addition aligns.
    ("falling", |index, bits| (0x4280_0000 - ((index % 90) << 21)) | bits & 0xff, TYPICAL),
    ("large by subnormal", LARGE, SUBNORMAL),
    ("large by least subnormals", LARGE, LEAST),
    ("subnormal by large", SUBNORMAL, LARGE),
    ("in turn by subnormal", IN_TURN, SUBNORMAL),
    ("in turn", IN_TURN, TYPICAL),
    ("typical by ends", TYPICAL, ENDS),
    ("scales", SCALES, SCALES),
];

fn softmax(rows: u32, inner: u32) -> Record {
    let (x, y) = (Operand::at(INPUT, [4 * inner, 0, 0]), Operand::at(OUT, [4 * inner, 0, 0]));
    Record::softmax([rows, inner], rows, x, y)
}

fn quantise(rows: u32, blocks: u32) -> Record {
    let (x, y) = (Operand::at(INPUT, [128 * blocks, 0, 0]), Operand::at(OUT, [36 * blocks, 0, 0]));
    Record::quantise([rows, 32 * blocks], rows, x, y)
}

fn product(kind: ProductKind, [rows, columns, groups]: [u32; 3], finish: FinishSpec) -> Record {
    let [x_bytes, panel_bytes] = kind.group_bytes().map(|bytes| bytes as u32);
    let terms = if kind == ProductKind::F32 { groups } else { 32 * groups };
    Record::product(ProductSpec {
        kind,
        dims: [rows, columns, terms],
        tile: [rows, columns.next_multiple_of(16)],
        x: Operand::at(INPUT, [x_bytes * groups, 0, 0]),
        weights: Operand::at(WEIGHTS, [panel_bytes * groups, 0, 0]),
        finish,
        out: Operand::at(OUT, [4 * columns, 0, 0]),
    })
}

fn strided([rows, columns, terms]: [u32; 3], w: [u32; 3], finish: FinishSpec) -> Record {
    Record::strided(StridedSpec {
        dims: [1, rows, columns, terms],
        tile: [rows, columns.next_multiple_of(16)],
        x: Operand::at(INPUT, [0, 4 * terms, 4]),
        w: Operand::at(WEIGHTS, w),
        finish,
        out: Operand::at(OUT, [0, 4 * columns, 4]),
    })
}

/// Epilogues, each part of them once.
fn finishes() -> Vec<FinishSpec> {
    let words = Operand::at(WEIGHTS + 4000, [4, 4, 4]);
    let bias = Operand { stride: [4, 0, 0], ..words };
    let plain = FinishSpec::default();
    let activations = [
        Activation::Relu,
        Activation::Clip(-1.0, 1.0),
        Activation::LeakyRelu(0.1),
        Activation::LeakyRelu(1e-30),
        Activation::Silu,
        Activation::GeluTanh,
        Activation::Gelu,
        Activation::Sigmoid,
        Activation::Tanh,
    ];
    let mut finishes =
        vec![FinishSpec { bias: Some(bias), ..plain }, FinishSpec { gate: true, ..plain }];
    finishes.extend(activations.map(|activation| FinishSpec { activation, ..plain }));
    finishes
}

fn rope(rows: u32, heads: u32, inner: u32) -> Record {
    let row = 4 * heads * inner;
    Record::rope(RopeSpec {
        pairing: Pairing::Adjacent,
        dims: [rows, heads, inner],
        tile: [rows, heads],
        x: Operand::at(INPUT, [row, 4 * inner, 0]),
        table: Operand::at(WEIGHTS, [4 * inner, 0, 0]),
        out: Operand::at(OUT, [row, 4 * inner, 0]),
    })
}

/// One query head per row, over as many positions; the values lie between the keys.
fn attention([rows, inner, positions]: [u32; 3], chunk: Option<u32>) -> Record {
    let part = 4 * (inner + 2);
    Record::attention(AttentionSpec {
        dims: [rows, 1, 1, inner, positions],
        tile: [rows, 1000],
        chunk,
        scale: 0.5,
        causal: false,
        query: Operand::at(INPUT, [4 * inner, 0, 0]),
        keys: Operand::at(WEIGHTS, [8 * inner, 0, 0]),
        values: Operand::at(WEIGHTS + 4 * u64::from(inner), [8 * inner, 0, 0]),
        bias: Some(Operand::at(INPUT + 1000, [0, 0, 0])),
        out: match chunk {
            None => Operand::at(OUT, [4 * inner, 0, 0]),
            Some(chunk) => {
                let row = part * positions.div_ceil(chunk);
                Operand::at(OUT, [row, row, part])
            }
        },
    })
}

fn merge(rows: u32, chunks: u32, inner: u32) -> Record {
    let part = 4 * (inner + 2);
    let x = Operand::at(INPUT, [part * chunks, part * chunks, part]);
    Record::merge([rows, 1, inner, chunks], [rows, 1], x, Operand::at(OUT, [4 * inner, 0, 0]))
}

fn sample(rows: u32, inner: u32) -> Record {
    Record::sample(SampleSpec {
        dims: [rows, inner, 1],
        tile: rows,
        logits: Operand::at(INPUT, [4 * inner, 0, 0]),
        parameters: Operand::at(WEIGHTS, [24, 0, 0]),
        out: Operand::at(OUT, [4, 0, 0]),
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
    let plain = FinishSpec::default();
    for (kind, long) in [(ProductKind::F32, 150), (ProductKind::Q8_0, 20), (ProductKind::Q4_0, 20)]
    {
        for columns in [1, 2, 15, 17] {
            let of = |rows, groups| product(kind, [rows, columns, groups], plain);
            pairs.push((of(10, 1), of(20, 1)));
            pairs.push((of(2, long), of(2, 2 * long)));
        }
        pairs.push((product(kind, [1, 64, 20], plain), product(kind, [1, 128, 20], plain)));
        for finish in finishes() {
            pairs.push((product(kind, [10, 16, 1], finish), product(kind, [20, 16, 1], finish)));
        }
    }
    for columns in [1, 16, 17] {
        for w in [[0, 4 * columns, 4], [0, 4, 800]] {
            let of = |rows, terms| strided([rows, columns, terms], w, plain);
            pairs.push((of(10, 1), of(20, 1)));
            pairs.push((of(2, 65), of(4, 65)));
            pairs.push((of(2, 100), of(2, 200)));
        }
    }
    for inner in [2, 8, 64] {
        pairs.push((rope(10, 1, inner), rope(20, 1, inner)));
        pairs.push((rope(2, 10, inner), rope(2, 20, inner)));
    }
    for inner in [1, 2, 8, 17, 64] {
        for positions in [1, 2, 17] {
            let (some, more) = ([4, inner, positions], [8, inner, positions]);
            pairs.push((attention(some, None), attention(more, None)));
            pairs.push((attention(some, Some(3)), attention(more, Some(3))));
        }
        pairs.push((attention([1, inner, 50], None), attention([1, inner, 100], None)));
        pairs.push((attention([1, inner, 50], Some(7)), attention([1, inner, 100], Some(7))));
        pairs.push((merge(10, 1, inner), merge(20, 1, inner)));
        pairs.push((merge(1, 10, inner), merge(1, 20, inner)));
    }
    for inner in [1, 2, 33, 500] {
        pairs.push((sample(4, inner), sample(8, inner)));
    }
    pairs.push((sample(1, 4000), sample(1, 8000)));
    pairs
}

/// Small steps in the VM and the cost, on input and weights of the given kind.
pub(crate) fn measure(guest: &Program, record: &Record, data: [Fill; 2]) -> (u64, u64) {
    let mut machine = large(record);
    let mut rng = crate::programs::rng(7);
    for (start, data) in [INPUT, WEIGHTS].into_iter().zip(data) {
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
    let mut broken = Vec::new();
    for (once, twice) in shapes() {
        for (what, input, weights) in DATA {
            let data = [input, weights];
            let (steps, cost) = measure(&guest, &once, data);
            let (more_steps, more_cost) = measure(&guest, &twice, data);
            let (steps, cost) = (more_steps - steps, more_cost - cost);
            if steps > cost {
                broken.push(format!(
                    "{what}: {steps} small steps more for {cost} more cost: op {}.{} {:?}",
                    once.op, once.sub, once.dim
                ));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

/// The figures of docs/tensor.md for language models: per element, head and position, merged element, logit.
#[test]
fn small_steps_of_language_models_are_those_of_the_documentation() {
    let guest = guest();
    let cases = [
        ("rope, per element", rope(8, 4, 64), 8 * 4 * 64, 140.0),
        ("attention, per position of 64", attention([2, 64, 100], None), 2 * 100, 11_000.0),
        ("attention, per position of 8", attention([2, 8, 100], None), 2 * 100, 2_000.0),
        ("merge, per element of a chunk", merge(4, 8, 64), 4 * 8 * 64, 110.0),
        ("sample, per logit", sample(1, 8000), 8000, 25.0),
    ];
    let mut wrong = Vec::new();
    for (what, record, units, figure) in cases {
        let (steps, _) = measure(&guest, &record, [TYPICAL; 2]);
        let steps = steps as f64 / f64::from(units);
        if (steps / figure - 1.0).abs() > 0.2 {
            wrong.push(format!("{what}: {steps:.1}, documented {figure}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The figures of docs/tensor.md for float contractions, per multiply-add of long rows.
#[test]
fn small_steps_of_products_are_those_of_the_documentation() {
    let guest = guest();
    let plain = FinishSpec::default();
    let cases = [
        ("f32", product(ProductKind::F32, [2, 32, 256], plain), [TYPICAL; 2], 256, 51.0),
        ("Q8_0", product(ProductKind::Q8_0, [2, 32, 16], plain), [SCALES; 2], 512, 6.3),
        ("Q4_0", product(ProductKind::Q4_0, [2, 32, 16], plain), [SCALES; 2], 512, 7.1),
        ("strided", strided([2, 32, 256], [0, 128, 4], plain), [TYPICAL; 2], 256, 65.0),
    ];
    for (what, record, data, terms, figure) in cases {
        let steps = measure(&guest, &record, data).0 as f64 / f64::from(2 * 32 * terms);
        eprintln!("{what}: {steps:.2}, documented {figure}");
        assert!((steps / figure - 1.0).abs() <= 0.2, "{what}: {steps:.2}, documented {figure}");
    }
}
