//! A lie that is consistent with itself.

use std::sync::Arc;

use alloy_primitives::{B256, keccak256};
use opml_engine::seam;
use opml_game::{
    FinalState, Opening, Trace,
    trace::{NativeMachine, RunTrace},
};
use opml_node::{
    plan::Answer,
    player::{Player, PlayerError, Players, Run, TracePlayer, native_answer},
};

/// A submitter that claims a wrong final state, and a wrong end of the last large step all the way down.
#[derive(Debug)]
pub(crate) struct Liars;

/// The true trace but for its end.
struct LyingTrace {
    trace: RunTrace<NativeMachine>,
    n: u64,
    lie: B256,
}

impl LyingTrace {
    fn forge(&self, opening: Opening) -> Opening {
        let end = match opening.end {
            FinalState::Done { guest_half, .. } => {
                FinalState::Done { guest_half, data_half: self.lie }
            }
            other => other,
        };
        Opening { end, ..opening }
    }
}

impl Trace for LyingTrace {
    type Error = <RunTrace<NativeMachine> as Trace>::Error;

    fn large_states(&mut self, steps: &[u64]) -> Result<Vec<B256>, Self::Error> {
        let mut states = self.trace.large_states(steps)?;
        for (state, _) in states.iter_mut().zip(steps).filter(|(_, step)| **step >= self.n) {
            *state = self.lie;
        }
        Ok(states)
    }

    fn opening(&mut self, large: u64) -> Result<Opening, Self::Error> {
        let opening = self.trace.opening(large)?;
        Ok(if large + 1 >= self.n { self.forge(opening) } else { opening })
    }

    fn small_states(&mut self, large: u64, steps: &[u64]) -> Result<Vec<B256>, Self::Error> {
        let mut states = self.trace.small_states(large, steps)?;
        let opening = self.opening(large)?;
        for (state, _) in states.iter_mut().zip(steps).filter(|(_, s)| **s >= opening.steps) {
            *state = opening.end.state_hash();
        }
        Ok(states)
    }

    fn witness(&mut self, large: u64, from: u64, count: u64) -> Result<Vec<u8>, Self::Error> {
        self.trace.witness(large, from, count)
    }
}

impl Players for Liars {
    fn player(&self, run: &Run) -> Result<Box<dyn Player>, PlayerError> {
        let truth = native_answer(run)?;
        let run_root = keccak256(truth.run_root);
        let sn = seam::sn(run_root, seam::Outcome::Done, &truth.output, run.model.id());
        let machine = NativeMachine::new(Arc::clone(&run.model), &run.input)?;
        let trace = RunTrace::new(machine, Arc::clone(&run.guest.program), &run.version);
        let n = truth.n;
        let answer = Answer { run_root, sn, ..truth };
        let trace = LyingTrace { trace, n, lie: sn };
        Ok(Box::new(TracePlayer::new(trace, move |_| Ok(answer.clone()))))
    }
}
