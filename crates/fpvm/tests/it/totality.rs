//! Every state has one successor, whichever way it is computed.

use opml_fpvm::{Cpu, State, TEXT_END, verify, witness};
use opml_vmfuzz::{Case, Encoding, Source, value};
use rand::Rng;

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

#[test]
fn random_words_over_random_states_never_panic() {
    let encodings = Encoding::all();
    let mut random = Source::seeded(3, 0);
    for _ in 0..3000 {
        let mut before = Case::wild(&mut random, &encodings, None).state;
        let word: u32 = random.random();
        before.memory.write(before.cpu.pc % TEXT_END, &word.to_le_bytes());
        check_step(&before, 1, &format!("{word:#010x}"));
    }
}

#[test]
fn random_program_counters_and_exit_words_have_successors() {
    let encodings = Encoding::all();
    let mut random = Source::seeded(4, 0);
    for _ in 0..1000 {
        let mut before = Case::wild(&mut random, &encodings, None).state;
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
    let mut random = Source::seeded(5, 0);
    let mut whole_windows = 0;
    for round in 0..1500 {
        let mut before = Case::wild(&mut random, &encodings, None).state;
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
