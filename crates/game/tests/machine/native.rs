//! The native engine's trace against the guest's, and disputes that it answers.

use std::sync::Arc;

use opml_engine::ModelFile;
use opml_fpvm::Program;
use opml_game::trace::{GuestMachine, NativeMachine};
use opml_game::{GuestVersion, NativeTrace, Prover, Side, Trace, VmTrace};
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
        Record::set(2, 5),
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
