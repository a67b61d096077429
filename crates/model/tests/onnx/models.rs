//! Small models against plain loops.

use crate::builder::{BOOL, FLOAT, Graph, INT64, bytes, floats, int, ints, numbers, run, subgraph};
use opml_model::onnx::{OnnxError, Options, Tensor, import, proto::TensorProto};
use prost::Message;

fn assert_close(actual: &[f32], expected: &[f64]) {
    assert_eq!(actual.len(), expected.len());
    for (index, (a, b)) in actual.iter().zip(expected).enumerate() {
        assert!((f64::from(*a) - b).abs() <= 1e-5 + 1e-5 * b.abs(), "element {index}: {a}, {b}");
    }
}

#[test]
fn a_perceptron_equals_its_formula() {
    let (w, b, x) = (numbers(6 * 5, 1), numbers(5, 2), numbers(2 * 6, 3));
    let graph = Graph::default()
        .input("x", FLOAT, &[2, 6])
        .constant("w", &[5, 6], &w)
        .constant("b", &[5], &b)
        .node("Gemm", "x w b", "h", vec![int("transB", 1)])
        .node("Relu", "h", "r", vec![])
        .node("Softmax", "r", "y", vec![int("axis", -1)])
        .output("y");
    let mut expected = Vec::new();
    for row in x.chunks(6) {
        let hidden: Vec<f64> = w
            .chunks(6)
            .zip(&b)
            .map(|(w, b)| {
                let sum: f64 = w.iter().zip(row).map(|(w, x)| f64::from(*w) * f64::from(*x)).sum();
                (sum + f64::from(*b)).max(0.0)
            })
            .collect();
        let total: f64 = hidden.iter().map(|h| h.exp()).sum();
        expected.extend(hidden.iter().map(|h| h.exp() / total));
    }
    assert_close(&graph.run(13, &x), &expected);
}

#[test]
fn bias_and_activation_become_part_of_the_product() {
    let graph = Graph::default()
        .input("x", FLOAT, &[2, 6])
        .constant("w", &[6, 5], &numbers(30, 1))
        .constant("b", &[5], &numbers(5, 2))
        .node("MatMul", "x w", "m", vec![])
        .node("Add", "m b", "a", vec![])
        .node("Relu", "a", "y", vec![])
        .output("y");
    // The product, the copy to the output, HALT.
    assert_eq!(graph.import(13).unwrap().model.header().records, 3);
}

/// A convolution by definition, channels outside.
fn convolve(x: &[f32], w: &[f32], size: [usize; 4], taps: usize, pad: usize) -> Vec<f64> {
    let [inputs, outputs, height, width] = size;
    let at = |c: usize, y: isize, x_: isize| {
        let inside = (0..height as isize).contains(&y) && (0..width as isize).contains(&x_);
        let place = (c * height) as isize * width as isize + y * width as isize + x_;
        if inside { f64::from(x[place as usize]) } else { 0.0 }
    };
    let mut out = Vec::new();
    let (rows, columns) = (height + 2 * pad + 1 - taps, width + 2 * pad + 1 - taps);
    for o in 0..outputs {
        for y in 0..rows {
            for x_ in 0..columns {
                let mut sum = 0.0;
                for c in 0..inputs {
                    for i in 0..taps {
                        for j in 0..taps {
                            let weight = w[((o * inputs + c) * taps + i) * taps + j];
                            let (row, column) = (y + i, x_ + j);
                            let value =
                                at(c, row as isize - pad as isize, column as isize - pad as isize);
                            sum += f64::from(weight) * value;
                        }
                    }
                }
                out.push(sum);
            }
        }
    }
    out
}

#[test]
fn convolutions_equal_their_definition() {
    let (x, w) = (numbers(3 * 7 * 6, 4), numbers(20 * 3 * 3 * 3, 5));
    let graph = Graph::default()
        .input("x", FLOAT, &[1, 3, 7, 6])
        .constant("w", &[20, 3, 3, 3], &w)
        .node("Conv", "x w", "y", vec![ints("pads", &[1, 1, 1, 1])])
        .output("y");
    assert_close(&graph.run(13, &x), &convolve(&x, &w, [3, 20, 7, 6], 3, 1));
}

#[test]
fn a_normalisation_behind_a_convolution_becomes_part_of_it() {
    let (x, w) = (numbers(2 * 5 * 5, 6), numbers(4 * 2 * 9, 7));
    let [scale, bias, mean] = [8, 9, 10].map(|seed| numbers(4, seed));
    let variance: Vec<f32> = numbers(4, 11).iter().map(|x| x * x + 0.5).collect();
    let graph = Graph::default()
        .input("x", FLOAT, &[1, 2, 5, 5])
        .constant("w", &[4, 2, 3, 3], &w)
        .constant("scale", &[4], &scale)
        .constant("bias", &[4], &bias)
        .constant("mean", &[4], &mean)
        .constant("variance", &[4], &variance)
        .node("Conv", "x w", "c", vec![])
        .node("BatchNormalization", "c scale bias mean variance", "n", vec![])
        .node("Relu", "n", "y", vec![])
        .output("y");
    let sums = convolve(&x, &w, [2, 4, 5, 5], 3, 0);
    let expected: Vec<f64> = sums
        .iter()
        .enumerate()
        .map(|(index, sum)| {
            let channel = index / 9;
            let deviation = (f64::from(variance[channel]) + 1e-5).sqrt();
            let normal = (sum - f64::from(mean[channel])) / deviation;
            (normal * f64::from(scale[channel]) + f64::from(bias[channel])).max(0.0)
        })
        .collect();
    assert_close(&graph.run(13, &x), &expected);
    assert_eq!(graph.import(13).unwrap().model.header().records, 4, "image, conv, copy, HALT");
}

#[test]
fn shapes_computed_from_shapes_are_folded() {
    let x = numbers(24, 12);
    let graph = Graph::default()
        .input("x", FLOAT, &[2, 3, 4])
        .integers("first", &[1], &[0])
        .integers("rest", &[1], &[-1])
        .node("Shape", "x", "shape", vec![])
        .node("Gather", "shape first", "batch", vec![])
        .node("Concat", "batch rest", "wanted", vec![int("axis", 0)])
        .node("Reshape", "x wanted", "y", vec![])
        .output("y");
    let imported = graph.import(13).unwrap();
    assert_eq!(imported.outputs[0].shape, [2, 12]);
    assert_eq!(imported.model.header().records, 2, "a copy to the output and HALT");
    assert_eq!(run(imported, &bytes(&x)), x);
}

#[test]
fn an_input_that_decides_a_shape_is_named_and_can_be_fixed() {
    let graph = Graph::default()
        .input("x", FLOAT, &[2, 3])
        .input("shape", INT64, &[2])
        .node("Reshape", "x shape", "y", vec![])
        .output("y");
    let Err(OnnxError::Unsupported(nodes)) = graph.import(13) else { panic!("imported") };
    assert_eq!(nodes[0].open, ["shape"]);
    let fixed = TensorProto {
        data_type: INT64,
        dims: vec![2],
        int64_data: vec![3, -1],
        ..Default::default()
    };
    let mut options = Options::default();
    let fixed = Tensor::read(fixed.encode_to_vec().into()).unwrap();
    options.fixed.insert("shape".to_owned(), fixed);
    let imported = import(graph.bytes(13), &options).unwrap();
    assert_eq!((imported.inputs.len(), &imported.outputs[0].shape[..]), (1, &[3, 2][..]));
}

#[test]
fn named_dimensions_are_given_by_name() {
    let graph =
        Graph::default().input("x", FLOAT, &[-1, 3]).node("Neg", "x", "y", vec![]).output("y");
    let error = graph.import(13).unwrap_err().to_string();
    assert!(error.contains("--dim d1="), "{error}");
    let mut options = Options::default();
    options.dims.insert("d1".to_owned(), 2);
    let imported = import(graph.bytes(13), &options).unwrap();
    assert_eq!(imported.inputs[0].shape, [2, 3]);
}

#[test]
fn every_unsupported_node_is_named() {
    let graph = Graph::default()
        .input("x", FLOAT, &[2])
        .node("Frobnicate", "x", "a", vec![])
        .node("Relu", "a", "b", vec![])
        .node("Det", "b", "c", vec![])
        .output("c");
    let Err(OnnxError::Unsupported(nodes)) = graph.import(13) else { panic!("imported") };
    let names: Vec<_> = nodes.iter().map(|node| (&*node.node, &*node.operator)).collect();
    assert_eq!(names, [("a", "Frobnicate"), ("c", "Det")]);
    assert!(nodes.iter().all(|node| node.opset == 13));
}

#[test]
fn a_condition_that_is_an_input_chooses_between_both_branches() {
    let branch = |operator: &str| Graph::default().node(operator, "x", "z", vec![]).output("z");
    let graph = Graph::default()
        .input("condition", BOOL, &[])
        .input("x", FLOAT, &[3])
        .node(
            "If",
            "condition",
            "y",
            vec![
                subgraph("then_branch", branch("Neg")),
                subgraph("else_branch", branch("Identity")),
            ],
        )
        .output("y");
    for (condition, sign) in [(1, -1.0), (0, 1.0)] {
        let input = [vec![condition], bytes(&[1.0, 2.0, 3.0])].concat();
        let output = run(graph.import(13).unwrap(), &input);
        assert_eq!(output, [sign, 2.0 * sign, 3.0 * sign]);
    }
}

#[test]
fn data_in_another_file_are_refused() {
    let mut graph =
        Graph::default().input("x", FLOAT, &[1]).node("Add", "x w", "y", vec![]).output("y");
    graph.0.initializer.push(TensorProto { data_location: 1, ..floats("w", &[1], &[]) });
    let error = graph.import(13).unwrap_err().to_string();
    assert!(error.contains("another file"), "{error}");
}
