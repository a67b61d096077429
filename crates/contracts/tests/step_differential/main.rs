//! The verifier on chain and the machine in Rust are one machine: same state hashes for every step.
//!
//! `OPML_STEPS` sets how many random single steps are compared (default 20 000); the other counts
//! follow it.

mod evm;
mod gas;
mod machines;
mod words;

use alloy_primitives::B256;
use evm::Evm;
use opml_fpvm::{State, verify, witness};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::env;

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
    let mut exits = [0_usize; 16];
    for i in 0..steps_to_compare() {
        let word = words::word(&mut rng, codes[i % codes.len()]);
        let before = machines::state(&mut rng, &memory, word);
        let after = compare(&mut evm, &before, 1);
        exits[(after.cpu.exit & 0xf) as usize * usize::from(after.cpu.exit >> 4 == 0x20)] += 1;
    }
    // The states are varied enough to reach every fault.
    for (code, count) in exits.iter().enumerate().take(14) {
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
            let text: Vec<u8> =
                (0..1024).flat_map(|_| words::calm(&mut rng, &codes).to_le_bytes()).collect();
            memory.write(0x1_0000, &text);
        }
        let pc = 0x1_0000 + 4 * rng.random_range(0..1008);
        let before = State { cpu: machines::calm_cpu(&mut rng, pc), memory: memory.clone() };
        let after = compare(&mut evm, &before, rng.random_range(1..=16));
        unfinished += usize::from(!after.exited());
    }
    assert!(unfinished > windows / 4, "{unfinished} of {windows} windows end without a fault");
}

/// Does something to a witness that a cheat might do.
fn mutate(rng: &mut ChaCha8Rng, witness: &mut Vec<u8>) {
    let at = rng.random_range(0..witness.len());
    let other = rng.random_range(0..witness.len());
    let (from, to) = (at.min(other), at.max(other));
    match rng.random_range(0..8) {
        0..=2 => witness[at] ^= 1 << rng.random_range(0..8),
        3 => witness[at] = rng.random_range(0..64),
        4 => witness.truncate(at),
        5 => witness.insert(at, rng.random()),
        6 => drop(witness.drain(from..to)),
        _ => {
            let part = witness[from..to].to_vec();
            witness.splice(at..at, part);
        }
    }
}

#[test]
fn mutated_witnesses_prove_nothing_else() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED + 2);
    let mut evm = Evm::new();
    let codes = words::codes();
    let memory = machines::memory(&mut rng);
    let mut accepted = 0;
    for i in 0..steps_to_compare() / 4 {
        let word = words::word(&mut rng, codes[i % codes.len()]);
        let before = machines::state(&mut rng, &memory, word);
        let steps = rng.random_range(1..=16);
        let honest = witness(&before, steps).unwrap();
        let truth = verify(steps, &honest).unwrap();
        let mut mutated = honest;
        for _ in 0..rng.random_range(1..=3) {
            if !mutated.is_empty() {
                mutate(&mut rng, &mut mutated);
            }
        }
        let result = evm.run(steps, &mutated).ok().map(|run| (run.start, run.end));
        if let Some((start, end)) = result {
            accepted += 1;
            assert!(start != truth.0 || end == truth.1, "another successor of {start}");
        }
        // The verifier in Rust refuses and accepts exactly the same.
        let expected: Option<(B256, B256)> = verify(steps, &mutated).ok();
        assert_eq!(result, expected, "{steps} steps, witness {mutated:x?}");
    }
    assert!(accepted > 0, "no mutated witness was well-formed");
}
