//! Compiled code does what the reference step does: on single instructions, on random programs, at
//! every step number.

use crate::asm::{CODE, i, r, state};
use opml_fpvm::{Engine, Fault, State, TEXT_END};
use opml_memory::Memory;
use opml_vmfuzz::{Case, Encoding, Source};
use rand::Rng;
use std::thread;

/// Everything is compiled before it runs.
const JIT: Engine = Engine::Jit { hot_after: 0 };

fn check_by(engine: Engine, before: &State, steps: u64, context: &str) -> State {
    let (mut reference, mut compiled) = (before.clone(), before.clone());
    let expected = reference.run_with(Engine::Reference, steps);
    assert_eq!(compiled.run_with(engine, steps), expected, "{context}");
    assert_eq!(compiled.cpu, reference.cpu, "{context}");
    assert_eq!(compiled.hash(), reference.hash(), "{context}");
    reference
}

fn check(before: &State, steps: u64, context: &str) -> State {
    check_by(JIT, before, steps, context)
}

#[test]
fn every_encoding_is_compiled_to_what_it_means() {
    let encodings = Encoding::all();
    let mut random = Source::seeded(30, 0);
    for encoding in &encodings {
        for round in 0..3 {
            let before = Case::wild(&mut random, &encodings, Some(*encoding)).state;
            check(&before, random.random_range(1..4), &format!("{} {round}", encoding.name));
        }
    }
}

#[test]
fn random_programs_stop_anywhere_and_mix_with_the_interpreter() {
    let encodings = Encoding::all();
    let mut random = Source::seeded(31, 0);
    for round in 0..40 {
        let before = Case::program(&mut random, &encodings).state;
        for hot_after in [3, 0] {
            for _ in 0..8 {
                let steps = random.random_range(1..5000);
                let context = format!("round {round}, {steps} steps, hot after {hot_after}");
                check_by(Engine::Jit { hot_after }, &before, steps, &context);
            }
        }
    }
}

/// Sums and stores bytes, 40 times, with a `madd` between and a call in the loop; then exits.
fn program() -> State {
    let words = [
        i(0x24, 8, 10, 0),
        0x03 << 26 | (CODE as u32 + 44) >> 2,
        r(0x1c, 10, 9, 0, 0, 0),
        i(0x28, 8, 11, 64),
        i(0x19, 8, 8, 1),
        i(0x19, 9, 9, 0xffff),
        i(0x07, 9, 0, 0xfff9),
        r(0, 12, 11, 12, 0, 0x2d),
        i(0x19, 0, 2, 5058),
        0x0c,
        0x0d,
        r(0x1c, 10, 9, 11, 0, 0x02),
        r(0, 31, 0, 0, 0, 0x08),
        r(0, 0, 0, 11, 0, 0x12),
    ];
    let mut state = state(&words, (1 << 25) - 80, 40);
    for at in 0..40u64 {
        state.memory.write_u64(((1 << 25) - 80) + 8 * at, at.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    }
    state
}

#[test]
fn a_run_stops_at_every_step_number() {
    let start = program();
    let mut stepped = start.clone();
    for steps in 0..450 {
        let mut run = start.clone();
        let ran = run.run_with(JIT, steps);
        assert_eq!((run.cpu, run.memory.root()), (stepped.cpu, stepped.memory.root()), "{steps}");
        assert_eq!(ran == steps, steps <= 442, "{steps}");
        stepped.step();
    }
    assert!(stepped.exited());
}

#[test]
fn snapshots_taken_between_are_not_written_to() {
    let mut reference = Vec::new();
    let stops = || (0..450).step_by(7);
    program().visit_with(Engine::Reference, stops(), |_, state| reference.push(state.hash()));
    let mut snapshots = Vec::new();
    // Every other one has its root computed before the run goes on.
    program().visit_with(JIT, stops(), |at, state| {
        snapshots.push(state.clone());
        if at % 2 == 0 {
            state.hash();
        }
    });
    let hashes: Vec<_> = snapshots.iter().map(State::hash).collect();
    assert_eq!(hashes, reference);
}

#[test]
fn threads_share_the_code_of_a_text() {
    let expected: Vec<_> = (0..8)
        .map(|thread| {
            let mut state = program();
            state.run_with(Engine::Reference, 50 * thread);
            state.hash()
        })
        .collect();
    let runs: Vec<_> = (0..8)
        .map(|thread| {
            thread::spawn(move || {
                let mut state = program();
                state.run_with(JIT, 50 * thread);
                state.hash()
            })
        })
        .collect();
    let hashes: Vec<_> = runs.into_iter().map(|run| run.join().unwrap()).collect();
    assert_eq!(hashes, expected);
}

#[test]
fn a_branch_to_itself_runs_as_long_as_it_is_told() {
    for words in [[i(0x04, 0, 0, 0xffff), 0], [i(0x14, 0, 0, 0xffff), i(0x19, 8, 8, 1)]] {
        let mut looping = state(&words, 0, 0);
        assert_eq!(looping.run_with(JIT, 3_000_001), 3_000_001);
        assert_eq!((looping.cpu.pc, looping.cpu.next_pc), (CODE + 4, CODE));
    }
}

#[test]
fn calls_may_nest_deeper_than_a_region_follows_them() {
    // f: if rt = 0 return; push ra; rt -= 1; f(); rs += 1; pop ra; return.
    let words = [
        0x03 << 26 | (CODE as u32 + 16) >> 2,
        i(0x19, 0, 29, 0),
        i(0x19, 0, 2, 5058),
        0x0c,
        i(0x04, 9, 0, 9),
        i(0x19, 29, 29, 0xfff8),
        i(0x3f, 29, 31, 0),
        0x03 << 26 | (CODE as u32 + 16) >> 2,
        i(0x19, 9, 9, 0xffff),
        i(0x19, 8, 8, 1),
        i(0x37, 29, 31, 0),
        i(0x19, 29, 29, 8),
        r(0, 31, 0, 0, 0, 0x08),
        0,
        r(0, 31, 0, 0, 0, 0x08),
        i(0x19, 29, 29, 8),
    ];
    let mut start = state(&words, 0, 1000);
    // The stack pointer is set by the delay slot, from 0 to here.
    start.memory.write(CODE + 4, &i(0x0f, 0, 29, 0x0200).to_le_bytes());
    let end = check(&start, u64::MAX, "1000 calls");
    assert_eq!(end.cpu.exit, 0x100);
}

#[test]
fn text_ends_at_its_last_word() {
    let branch = i(0x04, 0, 0, 0xffff);
    for words in [vec![0, 0], vec![0, branch], vec![branch, 0], vec![0x0000_0001, 0]] {
        let mut memory = Memory::new();
        for (at, word) in (TEXT_END - 8..).step_by(4).zip(&words) {
            memory.write(at, &word.to_le_bytes());
        }
        for entry in [TEXT_END - 8, TEXT_END - 4] {
            let start = State::start(memory.clone(), entry);
            let end = check(&start, 5, &format!("{words:x?} from {entry:#x}"));
            if words == [0, 0] {
                assert_eq!(end.cpu.exit, Fault::FetchOutsideText.exit_word());
            }
        }
    }
}
