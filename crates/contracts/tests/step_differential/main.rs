//! The verifier on chain and the machine in Rust are one machine: same state hashes for every step.
//!
//! `OPML_STEPS` (default 20 000) sets how much is compared: four times as many steps of random
//! programs, and proportionally less of what costs more.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod gas;
mod guest;
mod history;
mod mutate;
mod vectors;

use alloy_primitives::{B256, U256, hex};
use alloy_sol_types::SolError;
use guest::Guest;
use opml_contracts::MipsVerifier::ForbiddenSibling;
use opml_fpvm::{
    Cpu, EXIT_OK, FIELDS, State, Witness, WitnessError, WitnessMemory, verify, witness,
};
use opml_memory::{JointProof, Memory};
use opml_vmfuzz::{Case, Encoding, Evm, Refusal, Windows, search_on_chain};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::{collections::BTreeSet, env, fs};

const SEED: u64 = 0x6f70_6d6c;

/// The unit of how much is compared.
fn steps_to_compare() -> usize {
    env::var("OPML_STEPS").map_or(20_000, |count| count.parse().unwrap())
}

/// The verifier under test: that of the committed artifact, or the one whose deployed code, in hexadecimal digits, is in the
/// file that `OPML_VERIFIER` names (`cargo xtask mutants`).
fn verifier() -> Evm {
    match env::var_os("OPML_VERIFIER") {
        Some(path) => {
            let code = hex::decode(fs::read_to_string(path).unwrap()).unwrap();
            Evm::with_code(code.into())
        }
        None => Evm::default(),
    }
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
    let mut evm = verifier();
    let windows = search_on_chain(&mut evm, SEED, 0, 4 * steps_to_compare() as u64, |_| {})
        .unwrap_or_else(|(program, difference)| panic!("program {program}: {difference}"));
    assert!(windows.coverage.unseen().is_empty(), "never seen: {:?}", windows.coverage.unseen());
    eprintln!("{} windows, {} steps, {} gas", windows.windows, windows.steps, windows.gas);
}

/// Each bit of a word decides what it is, or is an operand, or is ignored: the verifier agrees on which.
#[test]
fn words_one_bit_away_from_an_encoding_agree() {
    const TEXT: u64 = 0x1_0000;
    let mut rng = ChaCha8Rng::seed_from_u64(SEED + 5);
    let mut evm = verifier();
    let mut windows = Windows::default();
    for encoding in Encoding::all() {
        let word = encoding.word(&mut rng);
        for changed in (0..32).map(|bit| word ^ 1 << bit) {
            let mut state = State::start(Memory::new(), TEXT);
            state.memory.write(TEXT, &changed.to_le_bytes());
            // Distinct numbers that are addresses of double words, of which one bit in three is set.
            for (n, register) in (1..).zip(&mut state.cpu.regs[1..]) {
                *register = 0x0492_4924_9200 + 8 * n;
            }
            windows.compare(&mut evm, &state, 1).unwrap_or_else(|error| {
                panic!("{changed:#010x}, next to {}: {error}", encoding.name);
            });
        }
    }
}

#[test]
fn a_field_of_a_witness_has_at_most_8_bytes() {
    /// Where the exit word stands among the fields.
    const EXIT: usize = 4;
    let mut evm = verifier();
    for field in 0..FIELDS {
        for bytes in 0..16 {
            // A machine that has exited: its steps touch no leaf, so a root alone will do.
            let mut lengths = [0; FIELDS];
            lengths[EXIT] = 1;
            lengths[field] = bytes;
            let mut witness: Vec<u8> =
                lengths.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect();
            witness.extend(vec![7; lengths.iter().map(|bytes| usize::from(*bytes)).sum()]);
            witness.push(0);
            witness.extend([9; 32]);
            let (expected, run) = (verify(1, &witness), evm.run(1, &witness));
            if bytes > 8 {
                assert_eq!(expected, Err(WitnessError::FieldLength { field, bytes }));
            }
            let run = run.ok().map(|run| (run.start, run.end));
            assert_eq!(run, expected.ok(), "{bytes} bytes in field {field}");
        }
    }
}

/// A witness of a machine that has exited, with these leaves: each its index and its runs, which are heights with siblings.
fn exited_with(leaves: &[(u64, &[(u8, u8)])]) -> Vec<u8> {
    let memory = WitnessMemory::Root(B256::ZERO);
    let mut witness = Witness { cpu: Cpu::exited(EXIT_OK), memory }.encode();
    witness.truncate(witness.len() - 33);
    witness.push(leaves.len() as u8);
    for (index, runs) in leaves {
        witness.extend(&index.to_be_bytes()[3..]);
        witness.extend([9; 32]);
        witness.push(runs.len() as u8);
        for (height, length) in *runs {
            witness.extend([*height, *length]);
            witness.extend(vec![8; 32 * usize::from(*length)]);
        }
    }
    witness
}

/// Each of these would open a state if nobody looked at the one rule that it breaks.
#[test]
fn a_witness_that_breaks_one_rule_is_refused() {
    let mut evm = verifier();
    let many: Vec<(u64, &[(u8, u8)])> = (0..33).map(|index| (index, &[][..])).collect();
    let cases: [(&str, Vec<u8>, Vec<u8>); 3] = [
        ("index", exited_with(&[((1 << 39) - 1, &[])]), exited_with(&[(1 << 39, &[])])),
        ("leaves", exited_with(&many[..32]), exited_with(&many)),
        ("empty run", exited_with(&[(7, &[(5, 1)])]), exited_with(&[(7, &[(5, 0)])])),
    ];
    for (rule, kept, broken) in cases {
        let run = evm.run(1, &kept).unwrap();
        assert_eq!((run.start, run.end), verify(1, &kept).unwrap(), "{rule}");
        assert!(verify(1, &broken).is_err(), "{rule}");
        let result = evm.run(1, &broken);
        assert!(matches!(result, Err(Refusal::Reverted(_))), "{rule}: {result:?}");
    }
}

#[test]
fn a_refusal_says_which_leaf_and_what_its_runs_cover() {
    // Leaves 4 and 7 merge at height 1, and leaf 4 comes with a sibling there.
    let witness = exited_with(&[(4, &[(1, 1)]), (7, &[])]);
    let Err(Refusal::Reverted(data)) = verifier().run(1, &witness) else {
        panic!("a sibling at the merge height is accepted");
    };
    let error = ForbiddenSibling::abi_decode(&data).unwrap();
    assert_eq!((error.index, error.covered), (U256::from(4), U256::from(1 << 1)));
}

#[test]
fn windows_of_the_guest_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED + 2);
    let mut evm = verifier();
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
fn a_window_has_1_to_16_steps() {
    let mut evm = verifier();
    // Text that is zero: every step is `sll r0, r0, 0`.
    let state = State::start(Memory::new(), 0x1_0000);
    let mut witness = Witness::record(&state, 16).unwrap();
    let indices = [0x800, 0x801, 0x802];
    witness.memory = WitnessMemory::Leaves(JointProof::build(&state.memory, &indices).unwrap());
    let witness = witness.encode();
    for steps in [1, 16] {
        let run = evm.run(steps, &witness).unwrap();
        assert_eq!((run.start, run.end), verify(steps, &witness).unwrap());
    }
    for steps in [0, 17, u32::MAX] {
        let result = evm.run(steps, &witness);
        assert!(matches!(result, Err(Refusal::Reverted(_))), "{steps} steps: {result:?}");
    }
}

#[test]
fn redundant_witnesses_agree() {
    let mut rng = ChaCha8Rng::seed_from_u64(SEED + 3);
    let mut evm = verifier();
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
    let mut evm = verifier();
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
