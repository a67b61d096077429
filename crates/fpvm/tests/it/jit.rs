//! Compiled code does what the reference step does: on single instructions, on random programs, at
//! every step number.

use opml_fpvm::{Engine, State};
use opml_vmfuzz::{Case, Encoding, Source};
use rand::Rng;

/// Everything is compiled before it runs.
const JIT: Engine = Engine::Jit { hot_after: 0 };

fn check(before: &State, steps: u64, context: &str) -> State {
    let (mut reference, mut compiled) = (before.clone(), before.clone());
    let expected = reference.run_with(Engine::Reference, steps);
    assert_eq!(compiled.run_with(JIT, steps), expected, "{context}");
    assert_eq!(compiled.cpu, reference.cpu, "{context}");
    assert_eq!(compiled.hash(), reference.hash(), "{context}");
    reference
}

#[test]
fn every_encoding_is_compiled_to_what_it_means() {
    let encodings = Encoding::all();
    let mut random = Source::seeded(30, 0);
    for encoding in &encodings {
        for round in 0..12 {
            let before = Case::wild(&mut random, &encodings, Some(*encoding)).state;
            check(&before, random.random_range(1..4), &format!("{} {round}", encoding.name));
        }
    }
}

#[test]
fn random_programs_run_alike() {
    let encodings = Encoding::all();
    let mut random = Source::seeded(31, 0);
    for round in 0..100 {
        let before = Case::program(&mut random, &encodings).state;
        let steps = random.random_range(1..5000);
        check(&before, steps, &format!("round {round}, {steps} steps"));
    }
}
