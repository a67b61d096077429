//! Traces over real machines, and disputes about them to the last instruction.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

#[path = "../common/mod.rs"]
mod common;
mod duel;
mod liar;
mod native;
mod programs;

use std::sync::Arc;

use alloy_primitives::B256;
use duel::{claim, duel, profile};
use liar::{Liar, junk};
use opml_fpvm::{EXIT_OK, Program};
use opml_game::seam::{FAULT, start_hash};
use opml_game::trace::GuestMachine;
use opml_game::{Assessment, FinalState, GuestVersion, Prover, Side, Trace, VmTrace};
use opml_memory::{DATA_HEIGHT, Memory};
use programs::{AtFour, counter, start, version};

const ENDINGS: [AtFour; 4] = [AtFour::Halt, AtFour::Fault, AtFour::ExitSeven, AtFour::Loop];

fn trace(program: &Arc<Program>, guest: &GuestVersion) -> VmTrace {
    let machine = GuestMachine::new(start(), Arc::clone(program), guest);
    VmTrace::new(machine, Arc::clone(program), guest)
}

/// The definition of the large step, without snapshots: its small states, and the data half after it unless that is FAULT.
fn large_step(
    program: &Program,
    guest: &GuestVersion,
    data: &Memory,
) -> (Vec<B256>, Option<Memory>) {
    let mut state = program.start(data.clone());
    let mut states = vec![state.hash()];
    while !state.exited() && (states.len() as u64) <= guest.max_steps() {
        state.step();
        states.push(state.hash());
    }
    let next = (state.cpu.exit == EXIT_OK).then(|| {
        let mut next = Memory::new();
        for (address, page) in
            state.memory.pages().into_iter().filter(|(address, _)| *address >> 43 == 1)
        {
            next.write(address, page);
        }
        next
    });
    (states, next)
}

#[test]
fn a_vm_trace_is_the_definition() {
    for end in ENDINGS {
        let program = Arc::new(counter(end));
        let guest = version(&program, 7, 4);
        let mut trace = trace(&program, &guest);
        let mut data = Some(start());
        for large in 0..7 {
            let Some(memory) = data else {
                assert_eq!(trace.large_states(&[large, large + 9]).unwrap(), [FAULT, FAULT]);
                assert!(trace.opening(large).is_err());
                continue;
            };
            let s = memory.node(DATA_HEIGHT, 1);
            assert_eq!(trace.large_states(&[large]).unwrap(), [s]);
            let (states, next) = large_step(&program, &guest, &memory);
            assert_eq!(states[0], start_hash(&guest, s));
            let m = states.len() as u64 - 1;
            let opening = trace.opening(large).unwrap();
            assert_eq!(
                (opening.steps, opening.end.state_hash()),
                (m, states[m as usize]),
                "{end:?}"
            );
            assert_eq!(
                opening.end.successor(),
                next.as_ref().map_or(FAULT, |next| next.node(DATA_HEIGHT, 1))
            );
            assert!(opening.end.is_consistent(m, guest.max_steps()));
            assert_eq!(
                matches!(opening.end, FinalState::Running { .. }),
                end == AtFour::Loop && large == 4
            );
            let all: Vec<u64> = (0..=m).collect();
            assert_eq!(trace.small_states(large, &all).unwrap(), states);
            assert_eq!(
                trace.small_states(large, &[m + 1, u64::MAX]).unwrap(),
                [states[m as usize]; 2]
            );
            for from in (0..=m).rev() {
                let witness = trace.witness(large, from, 3).unwrap();
                let (before, after) = opml_fpvm::verify(3, &witness).unwrap();
                if end == AtFour::Loop && from + 3 > m {
                    continue; // a trace ends at the bound, the machine does not
                }
                let at = |step: u64| states[step.min(m) as usize];
                assert_eq!((before, after), (at(from), at(from + 3)));
            }
            data = next;
        }
    }
}

/// Every lie about every large step is beaten, in both roles, whatever the true run does.
#[test]
fn the_true_side_wins_down_to_the_instruction() {
    let mut played = 0;
    for end in ENDINGS {
        let program = Arc::new(counter(end));
        for (arity_bits, r) in [(1, 1), (2, 4), (5, 16)] {
            let terms = (profile(arity_bits), version(&program, 7, r));
            let honest = || Prover::new(trace(&program, &terms.1));
            let s0 = start().node(DATA_HEIGHT, 1);
            for n in [1, 2, 5, 6] {
                let truth = honest_state(&program, &terms.1, n);
                for large in 0..n {
                    let first = honest_state(&program, &terms.1, large);
                    if first == FAULT {
                        continue;
                    }
                    for (small, steps) in [
                        (1, None),
                        (9, None),
                        (u64::MAX, None),
                        (5, Some(40)),
                        (1, Some(1)),
                        (128, Some(128)),
                    ] {
                        let lie = || {
                            Prover::new(Liar {
                                truth: trace(&program, &terms.1),
                                large,
                                small,
                                steps,
                            })
                        };
                        let what =
                            format!("{end:?} k 2^{arity_bits} n {n} lie {large}.{small} {steps:?}");
                        let verdict =
                            duel(terms, &claim(s0, n, junk("S", n, 0)), &mut lie(), &mut honest());
                        assert_eq!(
                            verdict.decision.winner,
                            Side::Challenger,
                            "{what}: {verdict:?}"
                        );
                        let verdict = duel(terms, &claim(s0, n, truth), &mut honest(), &mut lie());
                        assert_eq!(verdict.decision.winner, Side::Submitter, "{what}: {verdict:?}");
                        played += 2;
                    }
                }
            }
        }
    }
    assert!(played > 500, "{played} duels");
}

fn honest_state(program: &Arc<Program>, guest: &GuestVersion, large: u64) -> B256 {
    trace(program, guest).large_states(&[large]).unwrap()[0]
}

/// A failed run is claimed by FAULT and by nothing else.
#[test]
fn a_fault_is_the_only_true_claim_of_a_run_that_faults() {
    for end in [AtFour::Fault, AtFour::ExitSeven, AtFour::Loop] {
        let program = Arc::new(counter(end));
        let guest = version(&program, 7, 4);
        let s0 = start().node(DATA_HEIGHT, 1);
        let mut prover = Prover::new(trace(&program, &guest));
        assert_eq!(prover.assess(&claim(s0, 5, FAULT)).unwrap(), Assessment::True);
        assert_eq!(prover.assess(&claim(s0, 4, FAULT)).unwrap(), Assessment::False);
        assert_eq!(prover.assess(&claim(s0, 9, junk("S", 9, 0))).unwrap(), Assessment::False);
        assert!(matches!(
            prover.assess(&claim(FAULT, 5, FAULT)).unwrap(),
            Assessment::CannotTell(_)
        ));
    }
}
