//! The test vectors of §2, §3 and §4 in `docs/vectors/tensor.json`, for any other implementation.
//!
//! `OPML_BLESS=1 cargo test -p opml-engine vectors` writes the file anew after the protocol changed.

use crate::reference::Reference;
use alloy_primitives::hex::encode_prefixed as hex;
use opml_engine::{
    Engine, ModelFile,
    seam::{FAULT, Outcome, c0, output_root, s0, sn},
};
use opml_kernels::{Channel, Output, requantise};
use opml_tensor::{
    DenseSpec, Header, Operand, Record, condition,
    layout::{ACTIVATIONS, CONTROL, INPUT, OUTPUT_BODY, WEIGHTS},
};
use serde_json::{Value, json};
use std::{env, fs, sync::Arc};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/vectors/tensor.json");

#[test]
fn vectors_are_current() {
    let vectors = json!({
        "seam": seam(),
        "requantise": requantisations(),
        "model": model(false),
        "model_that_fails": model(true),
    });
    let text = serde_json::to_string_pretty(&vectors).unwrap() + "\n";
    if env::var_os("OPML_BLESS").is_some() {
        fs::write(FILE, &text).unwrap();
    }
    let file = fs::read_to_string(FILE).unwrap();
    assert!(
        file == text,
        "{FILE} differs from what this code generates; see the head of this file"
    );
}

/// Inputs with their `C_0` and `S_0`, outputs with their `O` and `S_n`; parallel arrays.
fn seam() -> Value {
    let strings: Vec<Vec<u8>> = [0usize, 1, 31, 32, 33, 64, 1000]
        .map(|length| (0..length).map(|i| (i * 31 + 1) as u8).collect())
        .into();
    let (model, c_n) = (c0(b"stands for a model"), c0(b"stands for a run"));
    let ends =
        |outcome| strings.iter().map(|output| sn(c_n, outcome, output, model)).collect::<Vec<_>>();
    json!({
        "fault": FAULT,
        "model": model,
        "run_root": c_n,
        "bytes": strings.iter().map(hex).collect::<Vec<_>>(),
        "c0": strings.iter().map(|input| c0(input)).collect::<Vec<_>>(),
        "s0": strings.iter().map(|input| s0(input, model)).collect::<Vec<_>>(),
        "output_root": strings.iter().map(|output| output_root(1, output)).collect::<Vec<_>>(),
        "sn_done": ends(Outcome::Done),
        "sn_program_error": sn(c_n, Outcome::ProgramError, b"", model),
    })
}

/// The rows of the table in `docs/arithmetic.md` §1, and a few more.
fn requantisations() -> Value {
    let (full, relu) = ([0, -128, 127], [-10, -10, 100]);
    let rows: [(i32, i32, i32, u32, [i8; 3]); 12] = [
        (3, 0, 1 << 30, 31, full),
        (-3, 0, 1 << 30, 31, full),
        (100, -20, 1 << 30, 34, full),
        (1000, 0, 1 << 30, 31, full),
        (-1000, 0, 1 << 30, 31, full),
        (-64, 0, 1 << 30, 31, relu),
        (64, 0, 1 << 30, 31, relu),
        (i32::MAX, 1, 1, 1, full),
        (5, 0, 2, 0, full),
        (i32::MIN, 0, i32::MIN, u32::MAX, full),
        (12_345, -678, 1_518_500_250, 38, full),
        (-12_345, -678, -1_518_500_250, 38, full),
    ];
    rows.iter()
        .map(|(acc, bias, multiplier, shift, [zero_point, low, high])| {
            let channel = Channel { bias: *bias, multiplier: *multiplier, shift: *shift };
            let output = Output { zero_point: *zero_point, low: *low, high: *high };
            json!({
                "acc": acc, "bias": bias, "multiplier": multiplier, "shift": shift,
                "zero_point": zero_point, "low": low, "high": high,
                "value": requantise(*acc, channel, output),
            })
        })
        .collect()
}

/// A small model with every operator, its header proof, and the state after every large step of a run.
fn model(fails: bool) -> Value {
    let output = Output { zero_point: -3, low: -3, high: 120 };
    let (hidden, copy) = (Operand::at(ACTIVATIONS, [5, 0, 0]), ACTIVATIONS + 64);
    let mut records = vec![
        Record::set(1, 2),
        Record::dense(DenseSpec {
            dims: [2, 5, 9],
            tile: [1, 16],
            output,
            x: Operand::at(INPUT + 32, [9, 0, 0]),
            weights: Operand::at(WEIGHTS + 64, [192, 0, 0]),
            table: Operand::at(WEIGHTS, [12, 0, 0]),
            out: hidden,
        }),
        Record::copy(
            [1, 2, 5],
            [1, 8],
            Operand::at(ACTIVATIONS, [0, 5, 1]),
            Operand::at(copy, [0, 8, 1]),
        ),
        Record::relu(
            [1, 2, 5],
            [2, 8],
            20,
            Operand::at(copy, [0, 8, 1]),
            Operand::at(copy, [0, 8, 1]),
        ),
        Record::argmax(
            [2, 5],
            1,
            Operand::at(copy, [8, 0, 0]),
            Operand::at(OUTPUT_BODY, [4, 0, 0]),
        ),
        Record::add(2, 2, 0, 1),
        Record::branch(condition::LESS, 2, 1, 5),
        Record::halt(0, 8),
    ];
    if fails {
        // A target in the weights: refused when its turn comes.
        records[4].operand[4].base = WEIGHTS;
    }
    let weights = weights();
    let bounds = Header {
        whole: false,
        records: 0,
        max_steps: 100,
        input_min: 18,
        input_max: 18,
        output_max: 8,
        activation_bytes: 128,
        weight_bytes: 0,
    };
    let model = Arc::new(ModelFile::build(bounds, "vectors", &records, &weights[..]).unwrap());
    let input: Vec<u8> = (0..18u8).map(|i| i.wrapping_mul(29).wrapping_sub(100)).collect();
    let mut engine = Engine::new(Arc::clone(&model), &input).unwrap();
    let state = engine.snapshot();
    let mut reference = Reference::load(model.header(), &state);
    let (mut roots, mut controls) = (vec![engine.root()], vec![]);
    while reference.complete() == 0 {
        controls.push([0, 8, 144].map(|offset| reference.word(CONTROL + offset)));
        reference.step();
        engine.run_to(roots.len() as u64).unwrap();
        roots.push(reference.memory().node(38, 1));
        assert_eq!(roots.last(), Some(&engine.root()));
    }
    let (header, proof) = model.header_proof();
    json!({
        "name": model.name(),
        "header": hex(header),
        "records": records.iter().map(|record| hex(record.to_bytes())).collect::<Vec<_>>(),
        "weights": hex(weights),
        "id": model.id(),
        "header_proof": hex(proof),
        "input": hex(&input),
        "states": roots,
        "pc_tile_step": controls,
        "run_root": engine.run_root(),
        "outcome": engine.outcome().map(|outcome| outcome as u8),
        "output": hex(engine.output()),
    })
}

/// Five channels at 0, 45 weights at 64.
fn weights() -> Vec<u8> {
    let channel =
        |j: i32| Channel { bias: 100 * j - 150, multiplier: 1_200_000_000 + j, shift: 37 };
    let mut weights: Vec<u8> = (0..5).flat_map(|j| channel(j).to_bytes()).collect();
    weights.resize(64, 0);
    weights.extend((0..45u8).map(|i| i.wrapping_mul(57).wrapping_add(11)));
    weights
}
