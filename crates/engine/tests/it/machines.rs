//! Machines about to execute one record, everything else random.

use crate::{
    operators,
    programs::{BOUNDS, rng},
    reference::Reference,
};
use opml_kernels::{Activation, Pairing};
use opml_tensor::{
    AttentionSpec, ConvSpec, DenseSpec, DepthwiseSpec, DetokeniseSpec, FinishSpec, Header, Operand,
    ProductKind, ProductSpec, Record, RopeSpec, SampleSpec, SplitSpec, StridedSpec, ValuesSpec,
    WindowSpec, condition,
    layout::{ACTIVATIONS, CONTROL, INPUT, OUTPUT, OUTPUT_BODY, PROGRAM, WEIGHTS},
};
use rand::Rng;

/// Bounds of the machines below.
pub(crate) const HEADER: Header =
    Header { records: 3, weight_bytes: 4096, activation_bytes: 5000, ..BOUNDS };

/// Two rows and columns of taps over an image of four rows and five columns, into the padding on either side.
const WINDOW: WindowSpec =
    WindowSpec { kernel: [2, 2], stride: [1, 2], padding: [0, 1], dilation: [1, 3], size: [4, 5] };
const S8: ValuesSpec = ValuesSpec::S8 {
    output: opml_kernels::Output { zero_point: 4, low: -100, high: 90 },
    padding: -7,
    table: Operand::at(WEIGHTS, [12, 0, 0]),
};

/// One well-formed record of every operator, all with several tiles, registers and strides in use.
pub(crate) fn good_records() -> Vec<Record> {
    let x = Operand::at(ACTIVATIONS + 100, [40, 0, 0]).indexed(3, 2);
    let plane = Operand::at(INPUT + 32, [200, 50, 2]).indexed(1, 1);
    let words = Operand::at(ACTIVATIONS + 100, [260, 0, 0]).indexed(3, 8);
    let map_out = Operand::at(ACTIVATIONS + 2000, [90, 30, 3]);
    let mut records = vec![
        Record::dense(DenseSpec {
            dims: [3, 20, 30],
            tile: [2, 12],
            output: opml_kernels::Output { zero_point: -5, low: -100, high: 90 },
            x,
            weights: Operand::at(WEIGHTS + 1024, [516, 0, 0]),
            table: Operand::at(WEIGHTS, [12, 0, 0]),
            out: Operand::at(OUTPUT_BODY + 8, [22, 0, 0]),
        }),
        Record::relu([2, 3, 10], [4, 7], -3, plane, map_out),
        Record::relu([2, 3, 10], [4, 7], 9, map_out, map_out),
        Record::copy([2, 3, 10], [4, 7], plane, map_out),
        Record::argmax([5, 40], 2, x, Operand::at(OUTPUT_BODY + 64, [8, 0, 0])),
        Record::softmax([3, 40], 2, words, Operand::at(OUTPUT_BODY + 8, [164, 0, 0])),
        Record::quantise([3, 64], 2, words, Operand::at(ACTIVATIONS + 3000, [76, 0, 0])),
        Record::product(ProductSpec {
            kind: ProductKind::F32,
            dims: [3, 20, 5],
            tile: [2, 16],
            x: Operand::at(INPUT + 32, [24, 0, 0]),
            weights: Operand::at(WEIGHTS + 64, [320, 0, 0]).indexed(1, 4),
            finish: FinishSpec {
                bias: Some(Operand::at(WEIGHTS + 1000, [4, 0, 0])),
                residual: Some(Operand::at(ACTIVATIONS + 100, [84, 0, 0])),
                activation: Activation::Clip(-1.5, 3e10),
                gate: false,
            },
            out: Operand::at(OUTPUT_BODY + 8, [84, 0, 0]),
        }),
        Record::product(ProductSpec {
            kind: ProductKind::Q4_0,
            dims: [3, 10, 64],
            tile: [2, 16],
            x: Operand::at(INPUT + 32, [72, 0, 0]),
            weights: Operand::at(WEIGHTS + 64, [576, 0, 0]).indexed(1, 4),
            finish: FinishSpec {
                activation: Activation::LeakyRelu(0.1),
                gate: true,
                ..FinishSpec::default()
            },
            out: Operand::at(OUTPUT_BODY + 8, [44, 0, 0]),
        }),
        Record::conv(ConvSpec {
            output: [1, 3, 2],
            channels: [3, 7],
            groups: 2,
            window: WINDOW,
            tile: [4, 16],
            x: Operand::at(ACTIVATIONS + 100, [600, 160, 28]),
            weights: Operand::at(WEIGHTS + 64, [768, 800, 0]),
            values: ValuesSpec::F32(FinishSpec {
                bias: Some(Operand::at(WEIGHTS + 1000, [0, 0, 0])),
                activation: Activation::Relu,
                ..FinishSpec::default()
            }),
            out: Operand::at(OUTPUT_BODY + 8, [360, 120, 60]),
        }),
        Record::conv(ConvSpec {
            output: [2, 3, 2],
            channels: [3, 7],
            groups: 2,
            window: WINDOW,
            tile: [4, 16],
            x: Operand::at(ACTIVATIONS + 99, [200, 50, 7]),
            weights: Operand::at(WEIGHTS + 64, [192, 256, 0]),
            values: S8,
            out: Operand::at(OUTPUT_BODY + 8, [100, 32, 15]),
        }),
        Record::depthwise(DepthwiseSpec {
            output: [1, 3, 2],
            channels: 19,
            window: WINDOW,
            tile: [4, 10],
            x: Operand::at(ACTIVATIONS + 100, [2000, 500, 80]),
            weights: Operand::at(WEIGHTS + 64, [80, 0, 0]),
            values: ValuesSpec::F32(FinishSpec {
                residual: Some(Operand::at(ACTIVATIONS + 2400, [480, 160, 80])),
                ..FinishSpec::default()
            }),
            out: Operand::at(OUTPUT_BODY + 8, [480, 160, 80]),
        }),
        Record::depthwise(DepthwiseSpec {
            output: [2, 3, 2],
            channels: 19,
            window: WINDOW,
            tile: [4, 10],
            x: Operand::at(ACTIVATIONS + 100, [500, 125, 21]),
            weights: Operand::at(WEIGHTS + 64, [19, 0, 0]),
            values: S8,
            out: Operand::at(OUTPUT_BODY + 8, [121, 40, 20]),
        }),
        Record::strided(StridedSpec {
            dims: [2, 3, 20, 6],
            tile: [4, 16],
            x: Operand::at(INPUT + 32, [88, 24, 4]),
            w: Operand::at(WEIGHTS + 64, [480, 4, 24]),
            finish: FinishSpec {
                residual: Some(Operand::at(ACTIVATIONS, [240, 80, 4])),
                activation: Activation::Relu,
                ..FinishSpec::default()
            },
            out: Operand::at(OUTPUT_BODY + 8, [248, 4, 12]),
        }),
        Record::product(ProductSpec {
            kind: ProductKind::Q8_0,
            dims: [3, 20, 64],
            tile: [2, 16],
            x: Operand::at(INPUT + 32, [72, 0, 0]),
            weights: Operand::at(WEIGHTS + 64, [1088, 0, 0]).indexed(1, 4),
            finish: FinishSpec::default(),
            out: Operand::at(OUTPUT_BODY + 8, [84, 0, 0]),
        }),
    ];
    records.extend(operators::good_records());
    records.extend(control_records());
    records.extend(language_records());
    records
}

fn control_records() -> Vec<Record> {
    let word = Operand::at(INPUT + 32, [0; 3]).indexed(1, 8);
    let out = Operand::at(OUTPUT_BODY + 8, [0; 3]).indexed(2, 8);
    vec![
        Record::halt(2, 5),
        Record::set(4, 1 << 40),
        Record::add(4, 2, 3, u64::MAX),
        Record::branch(condition::LESS, 1, 2, 1),
        Record::subtract(5, 2, 3, 1),
        Record::multiply(6, 2, 3, 1 << 62),
        Record::least(7, 2, 3, 0),
        Record::and(8, 2, 0, 6),
        Record::shift(9, 2, 3, 60),
        Record::load_32(10, word),
        Record::load_64(11, word),
        Record::store_32(12, out),
        Record::store_64(13, out),
    ]
}

/// What language models have besides.
fn language_records() -> Vec<Record> {
    let scratch = ACTIVATIONS + 2000;
    let words = Operand::at(ACTIVATIONS + 100, [100, 20, 0]).indexed(3, 8);
    let attention = AttentionSpec {
        dims: [3, 4, 2, 5, 6],
        tile: [2, 3],
        chunk: None,
        scale: 0.25,
        causal: true,
        query: words,
        keys: Operand::at(INPUT + 32, [52, 24, 0]),
        values: Operand::at(WEIGHTS + 64, [48, 20, 0]).indexed(1, 4),
        bias: None,
        out: Operand::at(OUTPUT_BODY + 8, [84, 20, 0]),
    };
    let rope = RopeSpec {
        pairing: Pairing::Adjacent,
        dims: [3, 2, 8],
        tile: [2, 1],
        x: Operand::at(ACTIVATIONS + 100, [80, 40, 0]).indexed(3, 8),
        table: Operand::at(INPUT + 32, [40, 0, 0]),
        out: Operand::at(scratch, [72, 32, 0]),
    };
    let state = Operand::at(scratch, [0; 3]);
    let merges = Operand::at(ACTIVATIONS + 100, [0; 3]);
    vec![
        Record::rope(rope),
        Record::rope(RopeSpec { pairing: Pairing::Halves, x: rope.out, ..rope }),
        Record::attention(attention),
        Record::attention(AttentionSpec {
            dims: [2, 2, 1, 4, 7],
            chunk: Some(3),
            causal: false,
            bias: Some(Operand::at(INPUT + 64, [64, 32, 0])),
            out: Operand::at(scratch, [144, 72, 24]),
            ..attention
        }),
        Record::merge(
            [2, 2, 4, 3],
            [1, 2],
            Operand::at(ACTIVATIONS + 100, [144, 72, 24]),
            Operand::at(OUTPUT_BODY + 8, [36, 16, 0]),
        ),
        Record::sample(SampleSpec {
            dims: [3, 30, 7],
            tile: 2,
            logits: Operand::at(ACTIVATIONS + 100, [124, 0, 0]),
            parameters: Operand::at(INPUT + 32, [28, 0, 0]),
            out: Operand::at(OUTPUT_BODY + 8, [8, 0, 0]),
        }),
        Record::detokenise(DetokeniseSpec {
            dims: [5, 9, 60, 40],
            begin: 1,
            ids: Operand::at(INPUT + 32, [0; 3]),
            offsets: Operand::at(WEIGHTS + 64, [0; 3]),
            blob: Operand::at(ACTIVATIONS + 100, [0; 3]),
            out: Operand::at(OUTPUT_BODY + 8, [0; 3]),
        }),
        Record::split(SplitSpec {
            dims: [20, 6, 7],
            prefix: true,
            text: Operand::at(INPUT + 33, [0; 3]),
            characters: Operand::at(WEIGHTS + 64, [0; 3]),
            bytes: Operand::at(WEIGHTS + 512, [0; 3]),
            merges,
            state,
        }),
        Record::merge_pairs([20, 7], merges, state),
    ]
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
