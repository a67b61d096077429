//! The verifier on chain and the machine in Rust are one machine: same state hashes for every step.
//!
//! `OPML_STEPS` (default 20 000) sets how much is compared: four times as many steps of random
//! programs, and proportionally less of what costs more.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod gas;
mod guest;
mod history;
mod mutate;

use alloy_primitives::B256;
use guest::Guest;
use opml_fpvm::{State, Witness, WitnessMemory, verify, witness};
use opml_memory::JointProof;
use opml_vmfuzz::{Case, Encoding, Evm, Windows, search_on_chain};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{collections::BTreeSet, env};

const SEED: u64 = 0x6f70_6d6c;

/// The unit of how much is compared.
fn steps_to_compare() -> usize {
    env::var("OPML_STEPS").map_or(20_000, |count| count.parse().unwrap())
}

/// A state somewhere in a random program.
fn in_program(rng: &mut ChaCha8Rng, encodings: &[Encoding]) -> State {
    loop {
        let mut state = Case::program(rng, encodings).state;
        state.run(rng.random_range(0..256));
        if !state.exited() {
            return state;
        }
    }
}

/// A short slice of the long run `cargo xtask fuzz verifier`.
#[test]
fn random_programs_agree() {
    let mut evm = Evm::default();
    let windows = search_on_chain(&mut evm, SEED, 0, 4 * steps_to_compare() as u64, |_| {})
        .unwrap_or_else(|(program, difference)| panic!("program {program}: {difference}"));
    assert!(windows.coverage.unseen().is_empty(), "never seen: {:?}", windows.coverage.unseen());
    eprintln!("{} windows, {} steps, {} gas", windows.windows, windows.steps, windows.gas);
}

#[test]
fn windows_of_the_guest_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED + 2);
    let mut evm = Evm::default();
    let mut windows = Windows::default();
    let guest = Guest::new();
    for _ in 0..steps_to_compare() / 256 {
        for before in guest.states(&mut rng, 8) {
            let steps = rng.random_range(1..=16);
            windows.compare(&mut evm, &before, steps).unwrap_or_else(|error| panic!("{error}"));
        }
    }
}

#[test]
fn redundant_witnesses_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED + 3);
    let mut evm = Evm::default();
    let encodings = Encoding::all();
    for _ in 0..steps_to_compare() / 64 {
        let before = in_program(&mut rng, &encodings);
        let steps = rng.random_range(1..=16);
        let mut witness = Witness::record(&before, steps).unwrap();
        let truth = witness.verify(steps).unwrap();
        // Leaves that no step touches, near those that are and anywhere.
        let WitnessMemory::Leaves(proof) = &witness.memory else { panic!("a step without leaves") };
        let mut indices: BTreeSet<u64> = proof.leaves().iter().map(|leaf| leaf.index).collect();
        while indices.len() < JointProof::MAX_LEAVES {
            let near = indices.iter().nth(rng.random_range(0..indices.len())).unwrap();
            let far = rng.random::<u64>() >> 25;
            indices.insert(near ^ far >> rng.random_range(0..39));
        }
        let indices: Vec<u64> = indices.into_iter().collect();
        witness.memory =
            WitnessMemory::Leaves(JointProof::build(&before.memory, &indices).unwrap());
        let run = evm.run(steps, &witness.encode()).unwrap();
        assert_eq!((run.start, run.end), truth, "{steps} steps of {:x?}", before.cpu);
    }
}

#[test]
fn mutated_witnesses_prove_nothing_else() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED + 4);
    let mut evm = Evm::default();
    let encodings = Encoding::all();
    let (mut accepted, mut same_start) = (0, 0);
    for _ in 0..steps_to_compare() / 4 {
        let before = in_program(&mut rng, &encodings);
        let steps = rng.random_range(1..=16);
        let mut witness = witness(&before, steps).unwrap();
        let truth = verify(steps, &witness).unwrap();
        for _ in 0..rng.random_range(1..=3) {
            mutate::mutate(&mut rng, &mut witness);
        }
        let result = evm.run(steps, &witness).ok().map(|run| (run.start, run.end));
        if let Some((start, end)) = result {
            accepted += 1;
            same_start += usize::from(start == truth.0);
            assert!(start != truth.0 || end == truth.1, "another successor of {start}");
        }
        // The verifier in Rust refuses and accepts exactly the same.
        let expected: Option<(B256, B256)> = verify(steps, &witness).ok();
        assert_eq!(result, expected, "{steps} steps, witness {witness:x?}");
    }
    eprintln!("{accepted} mutated witnesses are well-formed, {same_start} open the true state");
    assert!(accepted > 0, "no mutated witness was well-formed");
}
