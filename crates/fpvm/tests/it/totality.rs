//! Every state has one successor, whichever way it is computed.

use crate::{
    encodings::Encoding,
    generate::{seeded, state, value},
};
use opml_fpvm::{Cpu, Fault, State, verify, witness};
use rand::Rng;
use std::collections::BTreeMap;

/// What must hold of every step: the slow step, the fast run and the verifier agree on it.
fn check_step(before: &State, steps: u32, context: &str) -> State {
    let mut slow = before.clone();
    for _ in 0..steps {
        slow.step();
    }
    let mut fast = before.clone();
    fast.run(u64::from(steps));
    assert_eq!(fast.cpu, slow.cpu, "{context}");
    assert_eq!(slow.cpu.regs[0], 0, "{context}");
    let verified = witness(before, steps).and_then(|bytes| verify(steps, &bytes));
    assert_eq!(verified, Ok((before.hash(), slow.hash())), "{context}");
    assert_eq!(fast.hash(), slow.hash(), "{context}");
    if slow.exited() && !before.exited() {
        assert_eq!(slow.cpu, Cpu::exited(slow.cpu.exit), "{context}");
        let mut again = slow.clone();
        again.step();
        assert_eq!(again.hash(), slow.hash(), "an exited state is its own successor: {context}");
    }
    slow
}

/// Every encoding is executed many times, and each of them at least once without a fault, except
/// those that always fault. The counts go to stderr (`--nocapture`).
#[test]
fn every_encoding_steps_alike_in_all_three() {
    const ALWAYS_FAULT: [&str; 5] = ["break", "ll", "lld", "sc", "scd"];
    let encodings = Encoding::all();
    let mut random = seeded(2);
    let mut faults: BTreeMap<u64, u32> = BTreeMap::new();
    for encoding in &encodings {
        let mut completed = 0;
        for _ in 0..60 {
            let before = state(&mut random, &encodings, Some(*encoding));
            let mut word = [0; 4];
            before.memory.read(before.cpu.pc, &mut word);
            let context = format!("{} {:#010x}", encoding.name, u32::from_le_bytes(word));
            let after = check_step(&before, 1, &context);
            let reserved = Fault::ReservedInstruction.exit_word();
            assert_ne!(after.cpu.exit, reserved, "{context}");
            completed += u32::from(Fault::from_exit_word(after.cpu.exit).is_none());
            *faults.entry(after.cpu.exit).or_default() += 1;
        }
        eprintln!("{:8} 60 executed, {completed} without a fault", encoding.name);
        assert_eq!(completed == 0, ALWAYS_FAULT.contains(&encoding.name), "{}", encoding.name);
    }
    for fault in Fault::ALL {
        let only_elsewhere = [1, 2, 3].contains(&(fault as u8));
        assert!(only_elsewhere || faults.contains_key(&fault.exit_word()), "{fault} never seen");
    }
}

#[test]
fn random_words_over_random_states_never_panic() {
    let encodings = Encoding::all();
    let mut random = seeded(3);
    for _ in 0..3000 {
        let mut before = state(&mut random, &encodings, None);
        let word: u32 = random.random();
        before.memory.write(before.cpu.pc, &word.to_le_bytes());
        check_step(&before, 1, &format!("{word:#010x}"));
    }
}

#[test]
fn random_program_counters_and_exit_words_have_successors() {
    let encodings = Encoding::all();
    let mut random = seeded(4);
    for _ in 0..1000 {
        let mut before = state(&mut random, &encodings, None);
        before.cpu.pc = value(&mut random);
        if random.random_range(0..4) == 0 {
            before.cpu.exit = value(&mut random);
        }
        check_step(&before, 1, &format!("pc {:#x}", before.cpu.pc));
    }
}

#[test]
fn windows_of_up_to_16_steps_agree() {
    // No traps and no linked accesses, so that windows run on.
    let goes_on = |row: &Encoding| {
        !row.name.starts_with('t')
            && !["ll", "lld", "sc", "scd", "break", "syscall"].contains(&row.name)
    };
    let encodings: Vec<_> = Encoding::all().into_iter().filter(goes_on).collect();
    let mut random = seeded(5);
    let mut whole_windows = 0;
    for round in 0..1500 {
        let mut before = state(&mut random, &encodings, None);
        for register in &mut before.cpu.regs[1..] {
            // Mostly addresses inside a small window of data, so that the steps meet each other.
            if random.random_range(0..4) != 0 {
                *register = (1 << 25) + 8 * random.random_range(0..64);
            }
        }
        let steps = random.random_range(1..=16);
        let after = check_step(&before, steps, &format!("round {round}, {steps} steps"));
        whole_windows += u32::from(steps > 4 && !after.exited());
    }
    assert!(whole_windows > 50, "only {whole_windows} windows of 5 to 16 steps ran through");
}
