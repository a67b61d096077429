//! Models of bytes against the models of floats that they were made from.

use crate::{
    builder::{FLOAT, Graph, bytes, int, ints, numbers, run},
    conformance::shared,
};
use opml_model::onnx::{Imported, Int8Report, OnnxError, Options, Tensor, import, import_int8};
use opml_tensor::{Record, opcode};

/// A small network with most of what networks of images have: padding, a pooling, a depthwise and a grouped convolution, two branches
/// that are added, two that are joined, activations that are clamps and one that is none.
fn network() -> Graph {
    let pads = || ints("pads", &[1, 1, 1, 1]);
    Graph::default()
        .input("x", FLOAT, &[1, 3, 12, 12])
        .constant("w0", &[8, 3, 3, 3], &scaled(8 * 27, 1, 0.3))
        .constant("b0", &[8], &numbers(8, 2))
        .constant("w1", &[8, 1, 3, 3], &scaled(72, 3, 0.5))
        .constant("w2", &[8, 4, 3, 3], &scaled(8 * 36, 4, 0.3))
        .constant("w3", &[8, 8, 1, 1], &scaled(64, 5, 0.5))
        .constant("w4", &[576, 20], &scaled(576 * 20, 6, 0.1))
        .constant("b4", &[20], &numbers(20, 7))
        .constant("w5", &[20, 10], &scaled(200, 8, 0.4))
        .node("Conv", "x w0 b0", "c0", vec![pads()])
        .node("Relu", "c0", "r0", vec![])
        .node("MaxPool", "r0", "p0", vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])])
        .node("Conv", "p0 w1", "c1", vec![pads(), int("group", 8)])
        .node("Clip", "c1", "r1", vec![])
        .node("Conv", "r1 w2", "c2", vec![pads(), int("group", 2)])
        .node("Add", "c2 p0", "a2", vec![])
        .node("Relu", "a2", "r2", vec![])
        .node("Conv", "r2 w3", "c3", vec![])
        .node("Sigmoid", "c3", "s3", vec![])
        .node("Concat", "s3 r2", "j", vec![int("axis", 1)])
        .node("Flatten", "j", "f", vec![])
        .node("MatMul", "f w4", "m4", vec![])
        .node("Add", "m4 b4", "a4", vec![])
        .node("Tanh", "a4", "t4", vec![])
        .node("MatMul", "t4 w5", "y", vec![])
        .output("y")
}

fn scaled(count: usize, seed: u32, factor: f32) -> Vec<f32> {
    numbers(count, seed).into_iter().map(|x| x * factor).collect()
}

fn images() -> Vec<Vec<u8>> {
    (100..116).map(|seed| bytes(&numbers(3 * 144, seed))).collect()
}

fn int8(graph: &Graph, samples: &[Vec<u8>]) -> Result<(Imported, Int8Report), OnnxError> {
    import_int8(graph.bytes(13), &Options::default(), samples)
}

fn records(imported: &Imported) -> Vec<Record> {
    let program = &imported.model.bytes()[4096..];
    let records = program.as_chunks::<256>().0.iter().map(Record::from_bytes);
    records.take(imported.model.header().records as usize).collect()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[test]
fn a_network_of_bytes_answers_as_that_of_floats() {
    let (imported, report) = int8(&network(), &images()).unwrap();
    assert_eq!(report, Int8Report { quantised: 6, kept: 0 });
    let contracts =
        |record: &&Record| matches!(record.op, opcode::CONV | opcode::DWCONV | opcode::MATMUL);
    let records = records(&imported);
    let contractions: Vec<_> = records.iter().filter(contracts).collect();
    assert!(contractions.iter().all(|record| record.types[2] == 1), "{contractions:?}");
    let mut worst: f64 = 1.0;
    for seed in 100..150 {
        let x = numbers(3 * 144, seed);
        let float = network().run(13, &x);
        let (imported, _) = int8(&network(), &images()).unwrap();
        worst = worst.min(cosine(&float, &run(imported, &bytes(&x))));
    }
    eprintln!("least cosine {worst:.5}");
    assert!(worst > 0.99, "{worst}");
}

#[test]
fn two_quantisations_give_one_id() {
    let id = || int8(&network(), &images()).unwrap().0.model.id();
    assert_eq!(id(), id());
    // The samples decide it, hence their order does not.
    let mut turned = images();
    turned.reverse();
    assert_eq!(int8(&network(), &turned).unwrap().0.model.id(), id());
    assert_ne!(int8(&network(), &images()[..1]).unwrap().0.model.id(), id());
}

#[test]
fn what_cannot_be_quantised_is_said() {
    let reason = |graph: &Graph, samples: &[Vec<u8>]| int8(graph, samples).unwrap_err().to_string();
    assert!(reason(&network(), &[]).contains("no calibration inputs"));
    assert!(reason(&network(), &[vec![0; 4]]).contains("input 0 has 4 bytes"));
    let infinite = bytes(&[f32::INFINITY; 3 * 144]);
    assert!(reason(&network(), &[infinite]).contains("not finite"));
    let nothing =
        Graph::default().input("x", FLOAT, &[4]).node("Exp", "x", "y", vec![]).output("y");
    assert!(reason(&nothing, &[bytes(&[0.0; 4])]).contains("no product or convolution"));
}

#[test]
fn the_digit_network_of_bytes_agrees_in_its_answers() {
    let Some(folder) = shared("mnist-cnn") else { return };
    let tensor = |set: usize, name: &str| {
        let path = folder.join(format!("test_data_set_{set}/{name}.pb"));
        Tensor::read(std::fs::read(path).unwrap().into()).unwrap()
    };
    let file = std::fs::read(folder.join("mnist.onnx")).unwrap();
    let samples: Vec<Vec<u8>> = (0..3).map(|set| tensor(set, "input_0").bytes.to_vec()).collect();
    let best = |scores: &[f32]| {
        scores.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(index, _)| index)
    };
    for set in 0..3 {
        let (imported, report) = import_int8(file.clone(), &Options::default(), &samples).unwrap();
        assert_eq!(report, Int8Report { quantised: 3, kept: 0 });
        let scores = run(imported, &samples[set]);
        let expected: Vec<f32> =
            tensor(set, "output_0").numbers().into_iter().map(|x| x as f32).collect();
        assert_eq!(best(&scores), best(&expected), "{scores:?} for {expected:?}");
        let float = run(import(file.clone(), &Options::default()).unwrap(), &samples[set]);
        assert!(cosine(&scores, &float) > 0.999, "{scores:?} for {float:?}");
    }
}
