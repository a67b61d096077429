use std::sync::Arc;

use alloy_primitives::B256;
use opml_fpvm::{Program, WitnessError};
use opml_memory::Memory;
use thiserror::Error;

use super::Trace;
use super::ladder::{Ladder, Machine, Room};
use super::small::SmallRun;
use crate::{GuestVersion, Opening};

/// What the snapshots of a run may take. The first list of a dispute asks for states all along it, the later ones for a part of
/// one distance.
const ROOM: Room = Room { rungs: 128, bytes: 1 << 30 };

/// A machine that takes large steps.
pub trait LargeMachine: Machine {
    /// Large steps between the first snapshots of a run: many enough that snapshots are a small part of it.
    const SPACING: u64;

    /// S, or FAULT.
    fn state(&mut self) -> B256;

    /// The memory with the data half S and a guest half of zeroes; `None` in FAULT.
    fn data_half(&mut self) -> Option<Memory>;
}

/// Why a trace cannot answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TraceError<E> {
    /// The machine of the large steps cannot step.
    #[error("large steps: {0}")]
    Machine(E),
    /// FAULT has no small steps.
    #[error("large step {0} begins in FAULT and has no small steps")]
    NoSmallSteps(u64),
    /// More steps than a witness spans.
    #[error("witness: {0}")]
    Witness(WitnessError),
}

/// A trace over a machine for the large steps and the guest program for the small ones.
///
/// It keeps snapshots along the run and of one large step, so that a question costs the part of the run between the nearest
/// snapshot and the last state asked for.
#[derive(Debug)]
pub struct RunTrace<M: Machine> {
    program: Arc<Program>,
    max_steps: u64,
    large: Ladder<M>,
    /// The large step whose small steps were asked for last.
    small: Option<(u64, SmallRun)>,
}

impl<M: LargeMachine> RunTrace<M> {
    /// The trace of the run that begins in `start`, under a guest version whose program is `program`.
    pub fn new(start: M, program: Arc<Program>, guest: &GuestVersion) -> Self {
        let large = Ladder::new(start, M::SPACING, ROOM);
        Self { program, max_steps: guest.max_steps(), large, small: None }
    }

    /// The machine where the run halts, or after `most` steps, and how many it made. Snapshots stay behind, so that what is asked afterwards
    /// costs a small part of the run.
    ///
    /// # Errors
    /// If the machine cannot step.
    pub fn end(&mut self, most: u64) -> Result<(u64, &mut M), TraceError<M::Error>> {
        self.large.at(most).map_err(TraceError::Machine)
    }

    /// The small steps of the large step from S_`large`.
    fn small(&mut self, large: u64) -> Result<&mut SmallRun, TraceError<M::Error>> {
        let run = match self.small.take() {
            Some((at, run)) if at == large => run,
            _ => {
                let (_, machine) = self.large.at(large).map_err(TraceError::Machine)?;
                let memory = machine.data_half().ok_or(TraceError::NoSmallSteps(large))?;
                SmallRun::new(self.program.start(memory), self.max_steps)
            }
        };
        Ok(&mut self.small.insert((large, run)).1)
    }
}

impl<M: LargeMachine> Trace for RunTrace<M> {
    type Error = TraceError<M::Error>;

    fn large_states(&mut self, steps: &[u64]) -> Result<Vec<B256>, Self::Error> {
        let state = |&step| self.large.at(step).map(|(_, machine)| machine.state());
        steps.iter().map(state).collect::<Result<_, _>>().map_err(TraceError::Machine)
    }

    fn opening(&mut self, large: u64) -> Result<Opening, Self::Error> {
        self.small(large).map(|run| run.opening().clone())
    }

    fn small_states(&mut self, large: u64, steps: &[u64]) -> Result<Vec<B256>, Self::Error> {
        let run = self.small(large)?;
        Ok(steps.iter().map(|&step| run.state_hash(step)).collect())
    }

    fn witness(&mut self, large: u64, from: u64, count: u64) -> Result<Vec<u8>, Self::Error> {
        self.small(large)?.witness(from, count).map_err(TraceError::Witness)
    }
}
