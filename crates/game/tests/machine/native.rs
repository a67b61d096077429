//! The native engine's trace against the guest's, and disputes that it answers.

use std::sync::Arc;

use alloy_primitives::B256;
use opml_engine::ModelFile;
use opml_fpvm::Program;
use opml_game::trace::{GuestMachine, NativeMachine};
use opml_game::{GuestVersion, NativeTrace, Opening, Prover, Side, Trace, VmTrace};
use opml_memory::Memory;
use opml_tensor::layout::{INPUT, LEAF, OUTPUT_BODY};
use opml_tensor::{Header, Operand, Record, condition};

use crate::duel::{claim, duel, profile};
use crate::liar::{Liar, junk};
use crate::programs::version;

const PICTURE: &[u8] = b"sixteen bytes of";

fn guest_program() -> Arc<Program> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../guest/opml-guest.elf");
    Arc::new(Program::from_elf(&std::fs::read(path).unwrap()).unwrap())
}

/// A model that copies its input to its output in four tiles, five times over.
fn model() -> Arc<ModelFile> {
    copying(5)
}

/// The same, `times` times over.
fn copying(times: u64) -> Arc<ModelFile> {
    let bounds = Header {
        whole: false,
        records: 0,
        max_steps: 1 << 20,
        input_min: 16,
        input_max: 16,
        output_max: 16,
        activation_bytes: 0,
        weight_bytes: 0,
    };
    let dense = |address| Operand::at(address, [16, 16, 1]);
    let records = [
        Record::set(2, times),
        Record::copy([1, 1, 16], [1, 4], dense(INPUT + LEAF), dense(OUTPUT_BODY)),
        Record::add(1, 1, 0, 1),
        Record::branch(condition::LESS, 1, 2, 1),
        Record::halt(0, 16),
    ];
    Arc::new(ModelFile::build(bounds, "copy", &records, []).unwrap())
}

fn native(model: &Arc<ModelFile>, program: &Arc<Program>, guest: &GuestVersion) -> NativeTrace {
    let machine = NativeMachine::new(Arc::clone(model), PICTURE).unwrap();
    NativeTrace::new(machine, Arc::clone(program), guest)
}

fn start(model: &ModelFile) -> Memory {
    let mut memory = model.memory();
    memory.write_u64(INPUT, PICTURE.len() as u64);
    memory.write(INPUT + LEAF, PICTURE);
    memory
}

/// A trace that keeps nothing: every question begins with a machine at the start of the run.
struct Rerun(Box<dyn Fn() -> NativeTrace>);

impl Trace for Rerun {
    type Error = <NativeTrace as Trace>::Error;

    fn large_states(&mut self, steps: &[u64]) -> Result<Vec<B256>, Self::Error> {
        steps.iter().map(|step| Ok((self.0)().large_states(&[*step])?[0])).collect()
    }

    fn opening(&mut self, large: u64) -> Result<Opening, Self::Error> {
        (self.0)().opening(large)
    }

    fn small_states(&mut self, large: u64, steps: &[u64]) -> Result<Vec<B256>, Self::Error> {
        (self.0)().small_states(large, steps)
    }

    fn witness(&mut self, large: u64, from: u64, count: u64) -> Result<Vec<u8>, Self::Error> {
        (self.0)().witness(large, from, count)
    }
}

/// Thinned out once: 9 002 steps are 140 times the first distance of two snapshots.
#[test]
fn moves_from_states_kept_along_the_run_are_those_of_one_that_begins_anew() {
    const TIMES: u64 = 1_500;
    const N: u64 = 1 + TIMES * 6 + 1;
    let (model, program) = (copying(TIMES), guest_program());
    let guest = version(&program, 30, 16);
    let terms = (profile(5), guest);
    let fresh = move || native(&model, &program, &guest);
    let ends = fresh().large_states(&[0, N]).unwrap();
    let kept = || {
        let mut trace = fresh();
        let (n, machine) = trace.end(1 << 20).unwrap();
        assert_eq!((n, machine.engine().root()), (N, ends[1]));
        trace
    };
    for large in [1, N / 2, N - 2] {
        let lie = || Prover::new(Liar { truth: fresh(), large, small: 9, steps: None });
        let lied = claim(ends[0], N, junk("S", N, 0));
        let rerun = || Prover::new(Rerun(Box::new(fresh.clone())));
        let [by_kept, by_rerun] = [
            duel(terms, &lied, &mut lie(), &mut Prover::new(kept())),
            duel(terms, &lied, &mut lie(), &mut rerun()),
        ];
        assert_eq!(by_kept.decision.winner, Side::Challenger, "{by_kept:?}");
        assert!(by_kept.lists[0] >= 2 && by_kept.lists[1] >= 1, "{:?}", by_kept.lists);
        assert!(by_kept.sent == by_rerun.sent, "large step {large}");
        let told = claim(ends[0], N, ends[1]);
        let [by_kept, by_rerun] = [
            duel(terms, &told, &mut Prover::new(kept()), &mut lie()),
            duel(terms, &told, &mut rerun(), &mut lie()),
        ];
        assert_eq!(by_kept.decision.winner, Side::Submitter, "{by_kept:?}");
        assert!(by_kept.sent == by_rerun.sent, "large step {large}");
    }
}

#[test]
fn the_native_trace_is_the_guests() {
    let (model, program) = (model(), guest_program());
    let guest = version(&program, 30, 16);
    let machine = GuestMachine::new(start(&model), Arc::clone(&program), &guest);
    let mut vm = VmTrace::new(machine, Arc::clone(&program), &guest);
    let mut native = native(&model, &program, &guest);
    let steps: Vec<u64> = (0..40).collect();
    let states = vm.large_states(&steps).unwrap();
    assert_eq!(native.large_states(&steps).unwrap(), states);
    assert_eq!(states[32..], [states[32]; 8], "1 + 5·(4 + 1 + 1) + 1 steps, then halted");
    for (large, window) in states.windows(2).enumerate().rev() {
        let opening = native.opening(large as u64).unwrap();
        assert_eq!(opening.end.successor(), window[1]);
        assert_eq!(opening, vm.opening(large as u64).unwrap());
    }
}

/// The engine plays phase 1 and the guest phase 2, in either role, at the ends of the run and in the middle.
#[test]
fn a_native_prover_beats_liars() {
    let (model, program) = (model(), guest_program());
    let terms = (profile(5), version(&program, 30, 16));
    let trace = || native(&model, &program, &terms.1);
    let states = trace().large_states(&[0, 32]).unwrap();
    for (large, small) in [(0, 1), (17, 300), (31, u64::MAX)] {
        let lie = || Prover::new(Liar { truth: trace(), large, small, steps: None });
        let verdict = duel(
            terms,
            &claim(states[0], 32, junk("S", 32, 0)),
            &mut lie(),
            &mut Prover::new(trace()),
        );
        assert_eq!(
            (verdict.decision.winner, verdict.decision.by_proof),
            (Side::Challenger, true),
            "{verdict:?}"
        );
        assert!(verdict.lists[0] <= 1 && verdict.lists[1] <= 4, "{verdict:?}");
        let verdict =
            duel(terms, &claim(states[0], 32, states[1]), &mut Prover::new(trace()), &mut lie());
        assert_eq!(verdict.decision.winner, Side::Submitter, "{verdict:?}");
    }
}
