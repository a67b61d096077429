//! The verifier on chain and the machine in Rust are one machine: same state hashes for every step.
//!
//! `OPML_STEPS` sets how many random single steps are compared (default 20 000); the other counts
//! follow it.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod evm;
mod gas;
mod guest;
mod machines;
mod mutate;
mod words;

use alloy_primitives::B256;
use evm::Evm;
use guest::Guest;
use opml_fpvm::{State, Witness, WitnessMemory, decode, verify, witness};
use opml_memory::JointProof;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{collections::BTreeSet, env};

const SEED: u64 = 0x6f70_6d6c;

/// Random single steps to compare.
fn steps_to_compare() -> usize {
    env::var("OPML_STEPS").map_or(20_000, |count| count.parse().unwrap())
}

/// Runs `steps` steps from `before` in Rust and in the EVM; both must reach the same state.
fn compare(evm: &mut Evm, before: &State, steps: u32) -> State {
    let witness = witness(before, steps).unwrap();
    let mut after = before.clone();
    after.run(u64::from(steps));
    let run = evm.run(steps, &witness).unwrap_or_else(|revert| {
        panic!("reverts with {revert}: {steps} steps of {:x?}", before.cpu);
    });
    assert_eq!(run.start, before.hash(), "start of {:x?}", before.cpu);
    assert_eq!(
        run.end,
        after.hash(),
        "{steps} steps of {:x?} end in {:x?}; the word at pc is {:#010x}",
        before.cpu,
        after.cpu,
        word_at(before)
    );
    after
}

fn word_at(state: &State) -> u32 {
    let mut bytes = [0; 4];
    state.memory.read(state.cpu.pc & 0xff_fffc, &mut bytes);
    u32::from_le_bytes(bytes)
}

#[test]
fn single_steps_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let mut evm = Evm::new();
    let memory = machines::memory(&mut rng);
    let codes = words::codes();
    let mut executed = vec![false; codes.len()];
    let mut exists = executed.clone();
    let mut faults = [0_usize; 16];
    for i in 0..steps_to_compare() {
        let code = i % codes.len();
        let word = words::word(&mut rng, codes[code]);
        let before = machines::state(&mut rng, &memory, word);
        let after = compare(&mut evm, &before, 1);
        exists[code] |= decode(word).is_some();
        executed[code] |= before.cpu.exit == 0 && (!after.exited() || decode(word).is_some());
        if after.cpu.exit >> 4 == 0x20 {
            faults[(after.cpu.exit & 0xf) as usize] += 1;
        }
    }
    // The states are varied enough to execute every instruction and to reach every fault.
    for ((code, executed), exists) in codes.iter().zip(executed).zip(exists) {
        assert_eq!(executed, exists, "{} was never executed", code.name());
    }
    for (code, count) in faults.iter().enumerate().take(14).skip(1) {
        assert!(*count > 0, "no step ended in fault {code}");
    }
}

#[test]
fn windows_of_random_programs_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED + 1);
    let mut evm = Evm::new();
    let codes = words::codes();
    let mut memory = machines::memory(&mut rng);
    let mut unfinished = 0;
    let windows = steps_to_compare() / 16;
    for i in 0..windows {
        if i % 64 == 0 {
            machines::write_program(&mut rng, &mut memory, &codes);
        }
        let before = machines::in_program(&mut rng, &memory);
        let after = compare(&mut evm, &before, rng.random_range(1..=16));
        unfinished += usize::from(!after.exited());
    }
    assert!(unfinished > windows / 4, "{unfinished} of {windows} windows end without a fault");
}

#[test]
fn windows_of_the_guest_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED + 2);
    let mut evm = Evm::new();
    let guest = Guest::new();
    for _ in 0..steps_to_compare() / 256 {
        for before in guest.states(&mut rng, 8) {
            compare(&mut evm, &before, rng.random_range(1..=16));
        }
    }
}

#[test]
fn redundant_witnesses_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED + 3);
    let mut evm = Evm::new();
    let codes = words::codes();
    let mut memory = machines::memory(&mut rng);
    for i in 0..steps_to_compare() / 64 {
        if i % 64 == 0 {
            machines::write_program(&mut rng, &mut memory, &codes);
        }
        let before = machines::in_program(&mut rng, &memory);
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
    let mut evm = Evm::new();
    let codes = words::codes();
    let mut memory = machines::memory(&mut rng);
    let (mut accepted, mut same_start) = (0, 0);
    for i in 0..steps_to_compare() / 4 {
        if i % 64 == 0 {
            machines::write_program(&mut rng, &mut memory, &codes);
        }
        let before = machines::in_program(&mut rng, &memory);
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
