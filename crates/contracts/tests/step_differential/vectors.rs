//! The protocol's published vectors, on the verifier on chain.

use crate::verifier;
use alloy_primitives::{B256, Bytes};
use opml_vmfuzz::Refusal;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    step: Steps,
    malformed: Malformed,
}

#[derive(Deserialize)]
struct Steps {
    name: Vec<String>,
    steps: Vec<u32>,
    witness: Vec<Bytes>,
    start: Vec<B256>,
    end: Vec<B256>,
}

#[derive(Deserialize)]
struct Malformed {
    name: Vec<String>,
    steps: Vec<u32>,
    witness: Vec<Bytes>,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../../../docs/vectors/vm.json")).unwrap()
}

#[test]
fn published_steps_hold() {
    let mut evm = verifier();
    let Steps { name, steps, witness, start, end } = vectors().step;
    assert!(name.len() > 100);
    for (i, name) in name.iter().enumerate() {
        let run = evm.run(steps[i], &witness[i]).unwrap_or_else(|refusal| {
            panic!("{name}: {refusal}");
        });
        assert_eq!((run.start, run.end), (start[i], end[i]), "{name}");
    }
}

#[test]
fn published_malformed_witnesses_are_refused() {
    let mut evm = verifier();
    let Malformed { name, steps, witness } = vectors().malformed;
    assert!(name.len() > 10);
    for (i, name) in name.iter().enumerate() {
        let result = evm.run(steps[i], &witness[i]);
        assert!(matches!(result, Err(Refusal::Reverted(_))), "{name}: {result:?}");
    }
}
