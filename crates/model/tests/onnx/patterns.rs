//! What exporters spell out in several nodes becomes one record, in every spelling; and what only looks like it stays as it is.

use crate::builder::{FLOAT, Graph, int, ints, numbers};
use opml_kernels::Function;
use opml_tensor::{Record, opcode};

/// Rows and columns of every input.
const SHAPE: [i64; 2] = [3, 8];

fn graph() -> Graph {
    Graph::default()
        .input("x", FLOAT, &SHAPE)
        .constant("root", &[], &[std::f32::consts::SQRT_2])
        .constant("inverse", &[], &[std::f32::consts::FRAC_1_SQRT_2])
        .constant("half", &[], &[0.5])
        .constant("one", &[], &[1.0])
        .constant("two", &[], &[2.0])
        .constant("epsilon", &[], &[1e-5])
        .constant("gamma", &[8], &numbers(8, 1))
        .constant("beta", &[8], &numbers(8, 2))
}

/// The records between input and output: all but the copy to the output and HALT.
fn records(graph: &Graph) -> Vec<Record> {
    let imported = graph.import(13).unwrap();
    let count = imported.model.header().records as usize - 2;
    let program = &imported.model.bytes()[4096..];
    program.as_chunks::<256>().0.iter().take(count).map(Record::from_bytes).collect()
}

/// Whether the graph became one record of a function.
fn is_function(graph: &Graph, function: Function) -> bool {
    matches!(records(graph).as_slice(), [one] if (one.op, one.sub) == (opcode::EW, function.code()))
}

/// Whether the graph became one layer normalisation, with what flags.
fn norm(graph: &Graph) -> Option<u16> {
    match records(graph).as_slice() {
        [one] if one.op == opcode::NORM && one.sub == 0 => Some(one.flags),
        _ => None,
    }
}

/// Runs the graph; the greatest distance from `expected`, applied to rows of 8.
fn distance(graph: &Graph, expected: impl Fn(&[f64]) -> Vec<f64>) -> f64 {
    let x = numbers(24, 7).iter().map(|x| 4.0 * x).collect::<Vec<f32>>();
    let y = graph.run(13, &x);
    let x: Vec<f64> = x.into_iter().map(f64::from).collect();
    let expected: Vec<f64> = x.chunks(8).flat_map(expected).collect();
    y.iter().zip(expected).map(|(y, e)| (f64::from(*y) - e).abs()).fold(0.0, f64::max)
}

/// The error function, by its series.
fn erf(x: f64) -> f64 {
    let (mut term, mut sum) = (x, x);
    for n in 1..120 {
        term *= -x * x / f64::from(n);
        sum += term / f64::from(2 * n + 1);
    }
    sum * 2.0 / std::f64::consts::PI.sqrt()
}

fn gelu(row: &[f64]) -> Vec<f64> {
    let gelu = |x: &f64| x * 0.5 * (1.0 + erf(x * std::f64::consts::FRAC_1_SQRT_2));
    row.iter().map(gelu).collect()
}

#[test]
fn every_spelling_of_gelu_is_one_record() {
    for (scale, with) in [("Div", "root"), ("Mul", "inverse")] {
        let erf =
            |graph: Graph| {
                graph
                    .node(scale, &format!("x {with}"), "s", vec![])
                    .node("Erf", "s", "e", vec![])
                    .node("Add", "e one", "a", vec![])
            };
        for (first, second) in
            [("x a", "m half"), ("a x", "half m"), ("a half", "m x"), ("half a", "x m")]
        {
            let graph = erf(graph())
                .node("Mul", first, "m", vec![])
                .node("Mul", second, "y", vec![])
                .output("y");
            assert!(is_function(&graph, Function::Gelu), "{scale}, {first}, {second}");
            assert!(distance(&graph, gelu) < 1e-5);
        }
    }
}

#[test]
fn what_is_nearly_gelu_stays_as_it_is() {
    let spelled = |scale: &str, one: &str, half: &str| {
        graph()
            .constant("near", &[], &[1.4])
            .node("Div", &format!("x {scale}"), "s", vec![])
            .node("Erf", "s", "e", vec![])
            .node("Add", &format!("e {one}"), "a", vec![])
            .node("Mul", "x a", "m", vec![])
            .node("Mul", &format!("m {half}"), "y", vec![])
            .output("y")
    };
    assert!(is_function(&spelled("root", "one", "half"), Function::Gelu));
    for (scale, one, half) in [
        ("near", "one", "half"),
        ("root", "two", "half"),
        ("root", "one", "one"),
        ("inverse", "one", "half"),
    ] {
        let graph = spelled(scale, one, half);
        assert!(!is_function(&graph, Function::Gelu), "{scale} {one} {half}");
    }
    // Another node reads what lies between.
    let shared = spelled("root", "one", "half").output("e");
    assert!(records(&shared).len() > 1);
}

#[test]
fn silu_is_one_record_unless_the_sigmoid_is_needed() {
    for product in ["x s", "s x"] {
        let graph =
            graph().node("Sigmoid", "x", "s", vec![]).node("Mul", product, "y", vec![]).output("y");
        assert!(is_function(&graph, Function::Silu), "{product}");
        let silu = |row: &[f64]| row.iter().map(|x| x / (1.0 + (-x).exp())).collect();
        assert!(distance(&graph, silu) < 1e-5);
        assert_eq!(records(&graph.output("s")).len(), 2 + 1, "and a copy for the other output");
    }
    let other =
        graph().node("Sigmoid", "x", "s", vec![]).node("Mul", "s one", "y", vec![]).output("y");
    assert!(!is_function(&other, Function::Silu));
}

/// A layer normalisation in nodes; its last node makes `q`.
fn spelled_norm(square: (&str, &str), axes: &[i64]) -> Graph {
    let mean = || vec![ints("axes", axes), int("keepdims", 1)];
    graph()
        .node("ReduceMean", "x", "mean", mean())
        .node("Sub", "x mean", "d", vec![])
        .node(square.0, square.1, "p", vec![])
        .node("ReduceMean", "p", "v", mean())
        .node("Add", "v epsilon", "s", vec![])
        .node("Sqrt", "s", "r", vec![])
        .node("Div", "d r", "q", vec![])
}

fn normalised(row: &[f64]) -> Vec<f64> {
    let mean = row.iter().sum::<f64>() / 8.0;
    let variance = row.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 8.0;
    row.iter().map(|x| (x - mean) / (variance + 1e-5).sqrt()).collect()
}

#[test]
fn every_spelling_of_layer_normalisation_is_one_record() {
    let (gamma, beta) = (numbers(8, 1), numbers(8, 2));
    for square in [("Pow", "d two"), ("Mul", "d d")] {
        for axes in [[-1], [1]] {
            let plain = spelled_norm(square, &axes).output("q");
            assert_eq!(norm(&plain), Some(0), "{square:?} {axes:?}");
            assert!(distance(&plain, normalised) < 1e-5);
            for (product, sum) in [("q gamma", "m beta"), ("gamma q", "beta m")] {
                let whole = spelled_norm(square, &axes)
                    .node("Mul", product, "m", vec![])
                    .node("Add", sum, "y", vec![])
                    .output("y");
                assert_eq!(norm(&whole), Some(3), "{product} {sum}");
                let affine = |row: &[f64]| -> Vec<f64> {
                    let factors = gamma.iter().zip(&beta);
                    let scaled = normalised(row).into_iter().zip(factors);
                    scaled.map(|(x, (g, b))| x * f64::from(*g) + f64::from(*b)).collect()
                };
                assert!(distance(&whole, affine) < 1e-5);
            }
            let scaled =
                spelled_norm(square, &axes).node("Mul", "q gamma", "y", vec![]).output("y");
            assert_eq!(norm(&scaled), Some(1));
        }
    }
}

#[test]
fn what_is_nearly_a_layer_normalisation_stays_as_it_is() {
    // Along the first dimension, another power, a mean that somebody else reads.
    let columns = spelled_norm(("Mul", "d d"), &[0]).output("q");
    assert_eq!(norm(&columns), None);
    let square = spelled_norm(("Pow", "d half"), &[-1]).output("q");
    assert_eq!(norm(&square), None);
    let shared = spelled_norm(("Mul", "d d"), &[-1]).output("q").output("v");
    assert!(records(&shared).len() > 1);
    assert_eq!(norm(&shared), None);
}
