//! The perceptron 784-20-10 as one large step: what a dispute in a single phase has to bisect.

use crate::{
    guest::{guest, large_step},
    programs,
};
use opml_engine::{Engine, ModelFile};
use opml_kernels::{Activation, Channel, Output};
use opml_tensor::{
    DenseSpec, FinishSpec, Header, Operand, ProductKind, ProductSpec, Record,
    layout::{ACTIVATIONS, INPUT, OUTPUT_BODY, WEIGHTS},
};
use rand::Rng;
use std::sync::Arc;

const LAYERS: [[u32; 2]; 2] = [[784, 20], [20, 10]];

/// Small steps of the whole program in the VM, which leaves what the engine does.
fn steps(records: &[Record], weights: &[u8], element: u32) -> u64 {
    let header = Header {
        whole: true,
        records: 0,
        max_steps: 1,
        input_min: 784 * element,
        input_max: 784 * element,
        output_max: 10 * element,
        activation_bytes: 4096,
        weight_bytes: 0,
    };
    let model = Arc::new(ModelFile::build(header, "784-20-10", records, weights).unwrap());
    let mut rng = programs::rng(1);
    let input: Vec<u8> = (0..784)
        .flat_map(|_| match element {
            1 => vec![rng.random()],
            _ => rng.random_range(0f32..1.0).to_le_bytes().to_vec(),
        })
        .collect();
    let mut engine = Engine::new(model, &input).unwrap();
    let (steps, after) = large_step(&guest(), engine.snapshot());
    assert_eq!(engine.run_to_halt(1).unwrap(), 1);
    assert!(engine.refusal().is_none(), "{:?}", engine.refusal());
    assert_eq!(after.node(38, 1), engine.root());
    steps
}

#[test]
fn a_perceptron_of_s8_takes_few_small_steps() {
    let mut rng = programs::rng(2);
    let mut weights = Vec::new();
    let mut records = Vec::new();
    let mut x = INPUT + 32;
    for (index, [inputs, outputs]) in LAYERS.into_iter().enumerate() {
        let channel = Channel { bias: 0, multiplier: 1 << 30, shift: 43 };
        let table = WEIGHTS + weights.len() as u64;
        weights.extend(channel.to_bytes().repeat(outputs as usize));
        let panel = inputs.div_ceil(4) * 64;
        let start = WEIGHTS + weights.len() as u64;
        weights.extend((0..outputs.div_ceil(16) * panel).map(|_| rng.random::<u8>()));
        let out = [ACTIVATIONS, OUTPUT_BODY][index];
        records.push(Record::dense(DenseSpec {
            dims: [1, outputs, inputs],
            tile: [1, 32],
            output: Output { zero_point: 0, low: [0, -128][index], high: 127 },
            x: Operand::at(x, [0; 3]),
            weights: Operand::at(start, [panel, 0, 0]),
            table: Operand::at(table, [12, 0, 0]),
            out: Operand::at(out, [0; 3]),
        }));
        x = out;
    }
    records.push(Record::halt(0, 10));
    let steps = steps(&records, &weights, 1);
    eprintln!("int8: {steps} small steps");
    assert!(steps <= 120_000, "{steps}");
}

#[test]
fn a_perceptron_of_f32_takes_few_small_steps() {
    let mut rng = programs::rng(3);
    let mut weights = Vec::new();
    let mut records = Vec::new();
    let mut x = INPUT + 32;
    for (index, [inputs, outputs]) in LAYERS.into_iter().enumerate() {
        let mut words = |count: u32| {
            let start = WEIGHTS + weights.len() as u64;
            let word = |_| rng.random_range(-0.1f32..0.1).to_le_bytes();
            weights.extend((0..count).flat_map(word));
            start
        };
        let bias = words(outputs);
        let start = words(outputs.div_ceil(16) * 16 * inputs);
        let out = [ACTIVATIONS, OUTPUT_BODY][index];
        records.push(Record::product(ProductSpec {
            kind: ProductKind::F32,
            dims: [1, outputs, inputs],
            tile: [1, 32],
            x: Operand::at(x, [0; 3]),
            weights: Operand::at(start, [64 * inputs, 0, 0]),
            finish: FinishSpec {
                bias: Some(Operand::at(bias, [4, 0, 0])),
                activation: [Activation::Relu, Activation::None][index],
                ..FinishSpec::default()
            },
            out: Operand::at(out, [0; 3]),
        }));
        x = out;
    }
    records.push(Record::halt(0, 40));
    let steps = steps(&records, &weights, 4);
    eprintln!("f32: {steps} small steps");
    assert!(steps <= 1_300_000, "{steps}");
}
