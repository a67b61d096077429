//! The honest players: the native engine for everyday runs, and the guest program itself for runs that the engine does not stand
//! for.

use std::sync::Arc;

use alloy_primitives::{B256, Bytes};
use opml_engine::{Engine, seam};
use opml_game::{
    NativeTrace, Trace,
    trace::{GuestMachine, LargeMachine, Machine, NativeMachine, RunTrace},
};
use opml_memory::{EIGHTH_HEIGHT, Memory};

use super::{Player, PlayerError, Players, Run, TracePlayer};
use crate::{plan::Answer, view::Outcome};

/// Index of C among the nodes of its height.
const CONTROL_INDEX: u64 = 4;
/// Index of O among the nodes of its height.
const OUTPUT_INDEX: u64 = 5;
/// Address of O.
const OUTPUT: u64 = OUTPUT_INDEX << 41;

/// Admission bounds every large step by so many small steps: with at least as many, the guest program does what the engine does.
const ENGINE_STEPS: u64 = 1 << 30;

/// Players that run large steps natively and small steps in the VM; under a guest version that allows fewer small steps than
/// an admitted record may take, the players of the VM.
#[derive(Debug, Clone, Copy, Default)]
pub struct NativePlayers;

impl Players for NativePlayers {
    fn player(&self, run: &Run) -> Result<Box<dyn Player>, PlayerError> {
        if run.version.max_steps() < ENGINE_STEPS {
            return VmPlayers.player(run);
        }
        check_entry(run)?;
        let machine = NativeMachine::new(Arc::clone(&run.model), &run.input)?;
        let trace = RunTrace::new(machine, Arc::clone(&run.guest.program), &run.version);
        let max = run.model.header().max_steps;
        Ok(Box::new(TracePlayer::new(trace, move |trace| traced_answer(trace, max))))
    }
}

/// Players that run every large step in the VM: slow, and right by definition, whatever the guest program does.
#[derive(Debug, Clone, Copy, Default)]
pub struct VmPlayers;

impl Players for VmPlayers {
    fn player(&self, run: &Run) -> Result<Box<dyn Player>, PlayerError> {
        check_entry(run)?;
        let trace =
            RunTrace::new(guest_machine(run)?, Arc::clone(&run.guest.program), &run.version);
        let run = run.clone();
        Ok(Box::new(TracePlayer::new(trace, move |_| guest_answer(&run))))
    }
}

/// A version with the memory of a program but another first instruction is another program: nobody can say which.
fn check_entry(run: &Run) -> Result<(), PlayerError> {
    let (program, version) = (run.guest.program.entry(), run.version.entry);
    if program == version {
        return Ok(());
    }
    Err(format!("the guest program begins at {program:#x}, the guest version at {version:#x}")
        .into())
}

/// The machine whose large steps are runs of the guest program, in state S_0.
///
/// # Errors
/// If the model does not take the input.
pub fn guest_machine(run: &Run) -> Result<GuestMachine, PlayerError> {
    let start = Engine::new(Arc::clone(&run.model), &run.input)?.snapshot();
    Ok(GuestMachine::new(start, Arc::clone(&run.guest.program), &run.version))
}

/// The answer by the native engine.
///
/// # Errors
/// If the model does not take the input, or the run does not end within the model's bound.
pub fn native_answer(run: &Run) -> Result<Answer, PlayerError> {
    let mut engine = Engine::new(Arc::clone(&run.model), &run.input)?;
    let s0 = engine.root();
    engine.run_to_halt(run.model.header().max_steps)?;
    Ok(answer_of(&mut engine, s0))
}

/// The same from a trace, which keeps the states on the way for a dispute.
fn traced_answer(trace: &mut NativeTrace, max: u64) -> Result<Answer, PlayerError> {
    let s0 = trace.large_states(&[0])?.first().copied().unwrap_or_default();
    let (_, machine) = trace.end(max)?;
    let engine = machine.engine();
    engine.run_to_halt(max)?;
    Ok(answer_of(engine, s0))
}

/// The answer of an engine at the end of its run.
fn answer_of(engine: &mut Engine, s0: B256) -> Answer {
    let outcome = match engine.outcome() {
        Some(seam::Outcome::Done) => Outcome::Done,
        _ => Outcome::ProgramError,
    };
    let output = Bytes::copy_from_slice(engine.output());
    let n = engine.step();
    Answer { s0, n, outcome, run_root: engine.run_root(), sn: engine.root(), output }
}

/// The answer by the guest program.
///
/// # Errors
/// If the model does not take the input, or the run does not end within the model's bound.
pub fn guest_answer(run: &Run) -> Result<Answer, PlayerError> {
    let mut machine = guest_machine(run)?;
    let s0 = machine.state();
    let max = run.model.header().max_steps;
    for n in 0..=max {
        let Some(memory) = machine.data_half() else {
            let (run_root, sn) = (Default::default(), machine.state());
            return Ok(Answer {
                s0,
                n,
                outcome: Outcome::Fault,
                run_root,
                sn,
                output: Bytes::new(),
            });
        };
        let complete = memory.read_u64(OUTPUT);
        if complete != 0 {
            let done = complete == 1;
            let outcome = if done { Outcome::Done } else { Outcome::ProgramError };
            let output = if done { output(&memory, run) } else { Bytes::new() };
            let run_root = memory.node(EIGHTH_HEIGHT, CONTROL_INDEX);
            return Ok(Answer { s0, n, outcome, run_root, sn: machine.state(), output });
        }
        machine.advance(1)?;
    }
    Err(format!("the run does not end within the model's {max} large steps").into())
}

fn output(memory: &Memory, run: &Run) -> Bytes {
    let length = memory.read_u64(OUTPUT + 8).min(run.model.header().output_max.into());
    let mut output = vec![0; length as usize];
    memory.read(OUTPUT + 32, &mut output);
    output.into()
}
