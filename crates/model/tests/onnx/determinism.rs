//! The same file gives the same model.

use crate::builder::{FLOAT, Graph, int, ints, numbers};

fn network() -> Graph {
    Graph::default()
        .input("x", FLOAT, &[1, 3, 8, 8])
        .constant("w", &[8, 3, 3, 3], &numbers(8 * 27, 1))
        .constant("b", &[8], &numbers(8, 2))
        .constant("v", &[128, 10], &numbers(1280, 3))
        .node("Conv", "x w b", "c", vec![ints("pads", &[1, 1, 1, 1])])
        .node("Relu", "c", "r", vec![])
        .node("MaxPool", "r", "p", vec![ints("kernel_shape", &[2, 2]), ints("strides", &[2, 2])])
        .node("Flatten", "p", "f", vec![])
        .node("MatMul", "f v", "m", vec![])
        .node("Softmax", "m", "y", vec![int("axis", 1)])
        .output("y")
}

#[test]
fn two_imports_give_one_id() {
    let (first, second) = (network().import(13).unwrap(), network().import(13).unwrap());
    assert_eq!(first.model.bytes(), second.model.bytes());
    assert_eq!(first.model.id(), second.model.id());
}

#[test]
fn neither_threads_nor_the_state_of_the_heap_change_the_id() {
    let expected = network().import(13).unwrap().model.id();
    let ids: Vec<_> = std::thread::scope(|scope| {
        let import = |size: usize| {
            move || {
                // Other addresses, and other garbage in memory that is not cleared.
                let garbage: Vec<Vec<u8>> = (1..size).map(|i| vec![0xa5; i * 37]).collect();
                drop(garbage);
                network().import(13).unwrap().model.id()
            }
        };
        let threads: Vec<_> = (0..4).map(|i| scope.spawn(import(i * 50))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(ids.iter().all(|id| *id == expected));
}
