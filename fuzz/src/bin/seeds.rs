//! Writes the seed corpora, always the same: `cargo run --bin seeds` in this folder.

#[expect(dead_code, reason = "the tests of embeddings use all of it")]
#[path = "../../../crates/model/tests/bert/made_up.rs"]
mod made_up;
#[expect(dead_code, reason = "the tests of language models use all of it")]
#[path = "../../../crates/model/tests/llama/tiny.rs"]
mod tiny;

use std::{fs, io, path::Path};

use opml_fpvm::witness;
use opml_fuzz::join;
use opml_model::onnx::proto::{
    DimensionProto, GraphProto, ModelProto, NodeProto, OperatorSetIdProto, TensorProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use opml_vmfuzz::{Case, Encoding, Source};
use prost::Message;
use rand::{Rng, RngCore};

/// Inputs of each target.
const SEEDS: u64 = 8;

fn main() -> io::Result<()> {
    for number in 0..SEEDS {
        let mut random = Source::seeded(0x5eed, number);
        let mut program = vec![0; 64 << number];
        random.fill_bytes(&mut program);
        for target in ["interpreter", "jit", "witness", "solidity"] {
            write(target, number, &program)?;
        }
        write("elf", number, &elf(&mut random))?;
        write("witness_bytes", number, &proof(&mut random))?;
        write("onnx", number, &onnx(&mut random))?;
    }
    for (number, checkpoint) in (0..).zip(checkpoints()) {
        write("checkpoint", number, &checkpoint)?;
    }
    Ok(())
}

fn write(target: &str, number: u64, bytes: &[u8]) -> io::Result<()> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    fs::create_dir_all(&folder)?;
    fs::write(folder.join(number.to_string()), bytes)
}

/// A checkpoint of each format. Their weights are zeroes: readers look at their number only, and the repository stays small.
fn checkpoints() -> Vec<Vec<u8>> {
    let mut tiny = tiny::Tiny::new(0);
    for (_, _, values) in &mut tiny.tensors {
        values.fill(0.0);
    }
    let (checkpoint, pieces) = tiny.llama2c();
    let [weights, config, tokens] = tiny.huggingface();
    let shape = made_up::Shape { width: 16, hidden: 16, layers: 1, heads: 2, vocabulary: 8, positions: 4 };
    let [bert, sizes] = made_up::files(shape, 0);
    let npy = b"\x93NUMPY\x01\x00\x3b\x00{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }\x01\x02\x03\x04";
    let vocabulary = b"[UNK]\n[CLS]\n[SEP]\nword\n##s\n";
    let words = br#"{"model":{"type":"WordPiece","vocab":{"[UNK]":0,"[CLS]":1,"[SEP]":2,"word":3}}}"#;
    vec![
        join(0, &[&tiny.gguf(2)]),
        join(0, &[&tiny.gguf(0)]),
        join(1, &[&checkpoint, &pieces]),
        join(2, &[&weights, &config, &tokens]),
        join(3, &[&bert, &sizes]),
        join(4, &[npy]),
        join(5, &[vocabulary, words]),
    ]
}

/// A number of steps and a witness of them.
fn proof(random: &mut Source<'_>) -> Vec<u8> {
    let encodings = Encoding::all();
    let mut state = Case::program(random, &encodings).state;
    state.run(random.random_range(0..64));
    let steps = random.random_range(1..=16);
    let mut bytes = vec![steps as u8];
    bytes.extend(witness(&state, steps).unwrap_or_default());
    bytes
}

/// A small ONNX model: a chain of operators on a matrix.
fn onnx(random: &mut Source<'_>) -> Vec<u8> {
    const OPERATORS: [&str; 8] =
        ["Relu", "Softmax", "Transpose", "ReduceSum", "Shape", "Flatten", "Add", "MatMul"];
    let mut graph = GraphProto::default();
    let dim = |size| DimensionProto { dim_value: Some(size), dim_param: None };
    let shape = Some(TensorShapeProto { dim: vec![dim(3), dim(3)] });
    let tensor_type = Some(TensorTypeProto { elem_type: 1, shape });
    let r#type = Some(TypeProto { tensor_type });
    graph.input.push(ValueInfoProto { name: "0".to_owned(), r#type });
    graph.initializer.push(TensorProto {
        name: "w".to_owned(),
        data_type: 1,
        dims: vec![3, 3],
        float_data: (0..9).map(|i| i as f32).collect(),
        ..Default::default()
    });
    let length = random.random_range(1..=6);
    for index in 0..length {
        let operator = OPERATORS[random.random_range(0..OPERATORS.len())];
        let mut input = vec![index.to_string()];
        if matches!(operator, "Add" | "MatMul") {
            input.push("w".to_owned());
        }
        graph.node.push(NodeProto {
            op_type: operator.to_owned(),
            input,
            output: vec![(index + 1).to_string()],
            ..Default::default()
        });
    }
    graph.output.push(ValueInfoProto { name: length.to_string(), r#type: None });
    let opset_import = vec![OperatorSetIdProto { domain: String::new(), version: 13 }];
    ModelProto { graph: Some(graph), opset_import, ..Default::default() }.encode_to_vec()
}

/// A static MIPS64 program of one segment with 16 random instructions.
fn elf(random: &mut Source<'_>) -> Vec<u8> {
    const HEADERS: u64 = 64 + 56;
    const TEXT: u64 = 0x1_0000;
    let encodings = Encoding::all();
    let words: Vec<u8> = (0..16)
        .flat_map(|_| encodings[random.random_range(0..encodings.len())].word(random).to_le_bytes())
        .collect();
    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    // Executable for MIPS, version 1; entry; program headers behind this one, no sections.
    file.extend([2, 0, 8, 0, 1, 0, 0, 0]);
    for field in [TEXT, 64, 0] {
        file.extend(field.to_le_bytes());
    }
    file.extend([0, 0, 0, 0x80, 64, 0, 56, 0, 1, 0, 64, 0, 0, 0, 0, 0]);
    // One loaded segment, readable and executable.
    file.extend([1, 0, 0, 0, 5, 0, 0, 0]);
    let size = words.len() as u64;
    for field in [HEADERS, TEXT, TEXT, size, size + random.random_range(0..4096), 0x1000] {
        file.extend(field.to_le_bytes());
    }
    file.extend(words);
    file
}
