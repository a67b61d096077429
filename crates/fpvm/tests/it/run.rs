//! Long runs: equal to single steps, and stopped exactly.

use crate::asm::{CODE, i, r, state};
use opml_fpvm::{EXIT_OK, Fault, State};

/// A loop of 7 instructions that sums and stores bytes, 1000 times, and then exits with code 0.
fn program() -> State {
    let words = [
        i(0x20, 8, 10, 0),
        r(0x1c, 10, 9, 11, 0, 0x02),
        i(0x28, 8, 11, 64),
        i(0x19, 8, 8, 1),
        i(0x19, 9, 9, 0xffff),
        i(0x07, 9, 0, 0xfffa),
        r(0, 12, 11, 12, 0, 0x2d),
        i(0x19, 0, 2, 5058),
        0x0c,
    ];
    let mut state = state(&words, (1 << 25) - 300, 1000);
    for at in 0..200u64 {
        state.memory.write_u64(((1 << 25) - 304) + 8 * at, at.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    }
    state
}

const STEPS: u64 = 7 * 1000 + 2;

#[test]
fn a_run_is_its_steps() {
    let mut stepped = program();
    let mut all = vec![stepped.hash()];
    for _ in 0..STEPS + 3 {
        stepped.step();
        all.push(stepped.hash());
    }
    assert_eq!(stepped.cpu.exit, EXIT_OK);
    for steps in [0, 1, 2, 6, 7, 8, 1000, STEPS - 1, STEPS, STEPS + 3] {
        let mut run = program();
        assert_eq!(run.run(steps), steps.min(STEPS), "{steps}");
        assert_eq!(run.hash(), all[steps as usize], "{steps}");
    }
    let mut visited = program();
    let mut stops = vec![0, 0, 5, 6, 700, STEPS - 1, STEPS, STEPS, STEPS + 3];
    let expected: Vec<_> = stops.iter().map(|at| (*at, all[*at as usize])).collect();
    let mut seen = Vec::new();
    let run = visited.visit(stops.drain(..), |at, state| seen.push((at, state.hash())));
    assert_eq!((run, seen), (STEPS, expected));
}

#[test]
fn the_exiting_step_counts() {
    let mut run = program();
    assert_eq!(run.run(STEPS - 1), STEPS - 1);
    assert!(!run.exited());
    assert_eq!(run.run(u64::MAX), 1);
    assert!(run.exited());
    assert_eq!(run.run(u64::MAX), 0);
}

#[test]
fn a_snapshot_is_not_touched_by_the_run() {
    let mut run = program();
    let snapshot = run.clone();
    let before = snapshot.hash();
    run.run(u64::MAX);
    assert_eq!(snapshot.hash(), before);
    assert_ne!(run.memory.root(), snapshot.memory.root());
}

#[test]
fn a_run_over_the_end_of_the_text_stops_there() {
    let mut state = State::start(opml_memory::Memory::new(), (1 << 24) - 0x3000);
    assert_eq!(state.run(u64::MAX), 0x3000 / 4 + 1, "zero words are `sll $zero, $zero, 0`");
    assert_eq!(state.cpu.exit, Fault::FetchOutsideText.exit_word());
}

#[test]
fn code_pages_far_apart_are_not_mixed_up() {
    // Pages 0x10, 0x110 and 0xf10, with a jump from each to the next and `break` in the last.
    let mut state = state(&[0x02 << 26 | 0x11_0000 >> 2, i(0x19, 0, 3, 1)], 0, 0);
    let second = [0x02 << 26 | 0xf1_0000 >> 2, i(0x19, 3, 3, 2)];
    for (address, words) in [(0x11_0000, second), (0xf1_0000, [i(0x19, 3, 4, 4), 0x0d])] {
        for (word, at) in words.iter().zip([address, address + 4]) {
            state.memory.write(at, &word.to_le_bytes());
        }
    }
    let mut stepped = state.clone();
    for _ in 0..5 {
        stepped.step();
    }
    assert_eq!(state.run(5), 5);
    assert_eq!((state.cpu, state.cpu.regs[4]), (stepped.cpu, 7));
    assert_eq!(state.run(9), 1);
}

#[test]
fn code_may_cross_pages() {
    let mut state = state(&[0; 3000], 0, 0);
    state.memory.write(CODE + 4 * 3000, &0x0du32.to_le_bytes());
    assert_eq!(state.run(u64::MAX), 3001);
}
