//! An opinion that is not ours, on whole programs: the corpus that `cargo xtask qemu` builds and runs under QEMU. Every engine
//! must reach the same registers and the same memory, and end in the same way.

use crate::{
    engines::ENGINES,
    recorded::{Outcome, Program, programs},
};
use opml_fpvm::{Cpu, Engine, Fault, State};
use sha2::{Digest, Sha256};
use std::{collections::BTreeSet, fs};

/// A run to its end.
struct End {
    /// The registers before the last step.
    last: Cpu,
    state: State,
    steps: u64,
}

fn reference(mut state: State) -> End {
    let (mut last, mut steps) = (state.cpu, 0);
    while !state.exited() {
        last = state.cpu;
        state.step();
        steps += 1;
    }
    End { last, state, steps }
}

/// Runs to the stop before the last of `steps` steps, and on from there.
fn run(engine: Engine, mut state: State, steps: u64) -> End {
    let before = state.run_with(engine, steps - 1);
    let last = state.cpu;
    End { last, steps: before + state.run_with(engine, u64::MAX), state }
}

/// The faults that QEMU reports by a signal, in GDB's numbering.
const fn faults_of(signal: u8) -> &'static [Fault] {
    match signal {
        4 => &[Fault::ReservedInstruction],
        5 => &[Fault::Trap, Fault::Breakpoint],
        8 => &[Fault::IntegerOverflow],
        10 => &[Fault::UnalignedAccess],
        11 => &[Fault::AddressOutOfRange, Fault::StoreToText, Fault::FetchOutsideText],
        _ => &[],
    }
}

fn check(program: &Program, engine: &str, end: &End) {
    let context = format!("{} by {engine}", program.name);
    let memory = |state: &State| program.hash_of_memory(&state.memory);
    for (number, ours, theirs) in program.differing_parts(&end.state.memory) {
        eprintln!("{context}: sequence {number} leaves {ours}, QEMU's hash is {theirs}");
    }
    let registers = |cpu: &Cpu| [&[cpu.pc], &cpu.regs[1..], &[cpu.hi, cpu.lo]].concat();
    assert_eq!(registers(&end.last), program.registers(), "{context}: pc, r1 … r31, hi, lo");
    assert_eq!(program.hash_of_result(&end.state.memory), program.result, "{context}: result");
    assert_eq!(memory(&end.state), program.memory, "{context}: memory");
    match program.outcome {
        Outcome::Exit(code) => assert_eq!(end.state.cpu.exit, 0x100 | u64::from(code), "{context}"),
        Outcome::Signal(number) => {
            let fault = Fault::from_exit_word(end.state.cpu.exit);
            assert!(
                fault.is_some_and(|fault| faults_of(number).contains(&fault)),
                "{context}: {fault:?} where QEMU has signal {number}"
            );
        }
    }
}

#[test]
fn every_engine_does_what_qemu_did() {
    let mut steps = 0;
    for program in programs() {
        let start = program.start();
        let end = reference(start.clone());
        check(&program, "the reference step", &end);
        for (name, engine) in ENGINES {
            let other = run(engine, start.clone(), end.steps);
            check(&program, name, &other);
            assert_eq!(other.steps, end.steps, "{} by {name}", program.name);
            assert_eq!(other.state.hash(), end.state.hash(), "{} by {name}", program.name);
        }
        steps += end.steps;
    }
    eprintln!("{steps} steps on each of {} engines", 1 + ENGINES.len());
}

#[test]
fn the_corpus_is_what_was_recorded() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/corpus/elf");
    let files: BTreeSet<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    let programs = programs();
    assert_eq!(files, programs.iter().map(|program| program.name.clone()).collect());
    for program in &programs {
        assert_eq!(hex::encode(Sha256::digest(&program.file)), program.elf, "{}", program.name);
    }
    let bytes: usize = programs.iter().map(|program| program.file.len()).sum();
    assert!(bytes < 900_000, "{bytes} bytes are no small corpus");
}

#[test]
fn every_program_reached_its_known_answers() {
    for program in programs() {
        match program.outcome {
            Outcome::Exit(code) => assert!(code >= 128, "{}: answer {code}", program.name),
            Outcome::Signal(_) => assert!(program.name.starts_with("fault."), "{}", program.name),
        }
    }
}
