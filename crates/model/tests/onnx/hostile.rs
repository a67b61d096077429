//! Files that are not what they should be: an error, never a panic.

use crate::builder::{FLOAT, Graph, INT64, int, ints, numbers, subgraph};
use opml_model::onnx::{OnnxError, Options, Tensor, import};
use proptest::prelude::*;

/// Models that reach many operators.
fn samples() -> Vec<Vec<u8>> {
    let body = Graph::default().node("Neg", "x", "z", vec![]).output("z");
    let everything = Graph::default()
        .input("x", FLOAT, &[1, 2, 6, 6])
        .input("i", INT64, &[3])
        .constant("w", &[4, 2, 3, 3], &numbers(72, 1))
        .integers("axes", &[1], &[1])
        .integers("shape", &[2], &[1, -1])
        .node("Conv", "x w", "c", vec![ints("pads", &[1, 1, 1, 1])])
        .node("MaxPool", "c", "p", vec![ints("kernel_shape", &[2, 2])])
        .node("ReduceSum", "p axes", "s", vec![])
        .node("Reshape", "s shape", "r", vec![])
        .node("Gather", "r i", "g", vec![int("axis", 1)])
        .node("Softmax", "g", "y", vec![])
        .node(
            "If",
            "t",
            "b",
            vec![subgraph("then_branch", body.clone()), subgraph("else_branch", body)],
        )
        .integers("t", &[], &[1])
        .node("TopK", "y axes", "v k", vec![])
        .output("y")
        .output("b")
        .output("v");
    let small = Graph::default().input("x", FLOAT, &[2]).node("Relu", "x", "y", vec![]).output("y");
    vec![everything.bytes(13), small.bytes(17)]
}

/// Whatever comes out, nothing panics.
fn try_import(file: Vec<u8>) {
    let _ = import(file.clone(), &Options::default());
    let _ = Tensor::read(file.into());
}

#[test]
fn samples_are_good_before_they_are_spoilt() {
    for sample in samples() {
        import(sample, &Options::default()).unwrap();
    }
}

#[test]
fn truncated_files_are_refused() {
    for sample in samples() {
        for length in 0..sample.len() {
            try_import(sample[..length].to_vec());
        }
    }
}

#[test]
fn every_flipped_bit_is_survived() {
    for sample in samples() {
        for bit in 0..8 * sample.len() {
            let mut file = sample.clone();
            file[bit / 8] ^= 1 << (bit % 8);
            try_import(file);
        }
    }
}

#[test]
fn many_small_messages_are_refused_before_they_are_decoded() {
    // 16 million empty nodes of two bytes each would take gigabytes.
    let graph = [0x0a, 0x00].repeat(1 << 24);
    let mut file = vec![0x3a];
    prost::encode_length_delimiter(graph.len(), &mut file).unwrap();
    file.extend(graph);
    assert!(matches!(import(file, &Options::default()), Err(OnnxError::Memory { .. })));
}

#[test]
fn deep_nesting_is_refused() {
    let mut graph = Vec::new();
    for _ in 0..200 {
        // A graph with a node with an attribute with a graph.
        for tag in [0x32, 0x2a, 0x0a] {
            let mut outer = vec![tag];
            prost::encode_length_delimiter(graph.len(), &mut outer).unwrap();
            outer.extend(graph);
            graph = outer;
        }
    }
    let mut file = vec![0x3a];
    prost::encode_length_delimiter(graph.len(), &mut file).unwrap();
    file.extend(graph);
    assert!(matches!(import(file, &Options::default()), Err(OnnxError::Depth(_))));
}

#[test]
fn a_huge_constant_of_a_small_file_is_not_built() {
    let graph = Graph::default()
        .input("x", FLOAT, &[1])
        .integers("shape", &[3], &[1 << 20, 1 << 10, 1 << 9])
        .node("ConstantOfShape", "shape", "c", vec![])
        .node("Exp", "c", "e", vec![])
        .node("ReduceSum", "e", "s", vec![int("keepdims", 0)])
        .node("Add", "x s", "y", vec![])
        .output("y");
    // It is a view of one element, and its exponential a tensor that the machine would have to hold.
    let _ = graph.import(13);
}

#[test]
fn many_tables_of_a_small_file_are_refused() {
    let mut graph = Graph::default()
        .input("x", FLOAT, &[1])
        .integers("zero", &[], &[0])
        .integers("one", &[], &[1])
        .integers("many", &[], &[1 << 20])
        .node("Relu", "x", "y", vec![])
        .output("y");
    for index in 0..100 {
        graph = graph.node("Range", "zero many one", &format!("table{index}"), vec![]);
    }
    assert!(matches!(graph.import(13), Err(OnnxError::Program(_))));
}

proptest! {
    #[test]
    fn random_bytes_are_survived(file in prop::collection::vec(any::<u8>(), 0..400)) {
        try_import(file);
    }

    #[test]
    fn random_changes_are_survived(
        which in 0usize..2,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        let mut file = samples().swap_remove(which);
        for (index, byte) in changes {
            let place = index.index(file.len());
            file[place] = byte;
        }
        try_import(file);
    }
}
