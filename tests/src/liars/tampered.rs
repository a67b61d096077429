//! A run into which somebody reached, once.

use std::{fmt, sync::Arc};

use alloy_primitives::{B256, Bytes};
use opml_engine::seam::FAULT;
use opml_fpvm::{EXIT_OK, Program, State, WitnessError, witness};
use opml_game::trace::LargeMachine;
use opml_game::{FinalState, Opening, Trace};
use opml_memory::{DATA_HALF, DATA_HEIGHT, EIGHTH_HEIGHT, Memory, PAGE_BYTES};
use opml_node::{
    plan::Answer,
    player::{PlayerError, Run, guest_machine},
    view::Outcome,
};
use opml_tensor::layout::{CONTROL, OUTPUT, OUTPUT_BODY};
use thiserror::Error;

/// Large steps after which a run that does not end is given up.
const LIMIT: usize = 1 << 12;

/// When a lie happens within its large step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// After this many small steps, at least one.
    After(u64),
    /// After half of the small steps.
    Middle,
    /// Before the last small step: everything else of the large step has been done.
    BeforeExit,
}

/// What somebody does to a running machine.
pub type Change = Arc<dyn Fn(&mut State) + Send + Sync>;

/// One intervention.
#[derive(Clone)]
pub struct Lie {
    /// The large step, from 0.
    pub large: u64,
    /// When in it.
    pub moment: Moment,
    /// What.
    pub change: Change,
}

impl Lie {
    /// The machine is changed by `change` at a moment of a large step.
    pub fn new(
        large: u64,
        moment: Moment,
        change: impl Fn(&mut State) + Send + Sync + 'static,
    ) -> Self {
        Self { large, moment, change: Arc::new(change) }
    }
}

impl fmt::Debug for Lie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lie")
            .field("large", &self.large)
            .field("moment", &self.moment)
            .finish_non_exhaustive()
    }
}

/// A byte of the memory that the machine reads as one value and shows as another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disguise {
    /// Its address.
    pub address: u64,
    /// What the machine computes with.
    pub used: u8,
    /// What every hash is computed from.
    pub shown: u8,
}

/// Why a lie cannot be told.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LiarError {
    /// The run ends before the lie.
    #[error("the run ends after {0} large steps, before the lie")]
    TooShort(u64),
    /// The run goes on.
    #[error("the run does not end within {LIMIT} large steps")]
    Endless,
    /// The state after so many large steps does not look like an end.
    #[error("the state after large step {0} is not halted")]
    NotHalted(u64),
    /// FAULT has no small steps.
    #[error("large step {0} begins in FAULT")]
    Faulted(u64),
    /// The steps do not fit into a witness.
    #[error("witness: {0}")]
    Witness(WitnessError),
}

/// The story of a run: the truth up to a lie, and after it what follows from the lie.
#[derive(Debug, Clone)]
pub struct Tampered {
    program: Arc<Program>,
    max_steps: u64,
    /// Data halves after 0, 1, … large steps up to the end, which repeats; `None` is FAULT.
    states: Vec<Option<Memory>>,
    /// Large step, small steps before it, and the change.
    lie: Option<(u64, u64, Lie)>,
    disguise: Option<Disguise>,
}

impl Tampered {
    /// The true story.
    ///
    /// # Errors
    /// If the model does not take the input or the run does not end.
    pub fn truth(run: &Run) -> Result<Self, PlayerError> {
        Self::begin(run, None)
    }

    /// The story of a run on memory that is not what it seems.
    ///
    /// # Errors
    /// If the model does not take the input or the run does not end.
    pub fn disguised(run: &Run, disguise: Disguise) -> Result<Self, PlayerError> {
        Self::begin(run, Some(disguise))
    }

    fn begin(run: &Run, disguise: Option<Disguise>) -> Result<Self, PlayerError> {
        let mut start = guest_machine(run)?.data_half().unwrap_or_default();
        if let Some(Disguise { address, used, .. }) = disguise {
            start.write(address, &[used]);
        }
        let program = Arc::clone(&run.guest.program);
        let max_steps = run.version.max_steps();
        let mut story = Self { program, max_steps, states: vec![Some(start)], lie: None, disguise };
        story.go_on()?;
        Ok(story)
    }

    /// The same story up to a lie, and what follows from it.
    ///
    /// # Errors
    /// If the run ends before the lie, or does not end after it.
    pub fn with(&self, lie: Lie) -> Result<Self, LiarError> {
        if lie.large >= self.n() {
            return Err(LiarError::TooShort(self.n()));
        }
        let length = self.small_steps(lie.large)?;
        let after = match lie.moment {
            Moment::After(steps) => steps,
            Moment::Middle => length / 2,
            Moment::BeforeExit => length - 1,
        };
        let mut story = self.clone();
        story.states.truncate(lie.large as usize + 1);
        story.lie = Some((lie.large, after.max(1), lie));
        story.go_on()?;
        Ok(story)
    }

    /// Large steps until the end.
    pub const fn n(&self) -> u64 {
        self.states.len() as u64 - 1
    }

    /// Small steps of a large step.
    ///
    /// # Errors
    /// If it begins in FAULT.
    pub fn small_steps(&self, large: u64) -> Result<u64, LiarError> {
        self.run_small(large, self.max_steps).map(|(steps, _)| steps)
    }

    /// The data half after `large` large steps; `None` in FAULT.
    pub fn state(&self, large: u64) -> Option<&Memory> {
        self.states[(large as usize).min(self.states.len() - 1)].as_ref()
    }

    /// The answer of somebody who says that the run ends after `n` large steps.
    ///
    /// # Errors
    /// If the story's state there is not halted.
    pub fn answer(&self, n: u64) -> Result<Answer, LiarError> {
        let (s0, sn) = (self.root(0), self.root(n));
        let Some(memory) = self.state(n) else {
            let outcome = Outcome::Fault;
            return Ok(Answer { s0, n, outcome, run_root: B256::ZERO, sn, output: Bytes::new() });
        };
        let mut output = Vec::new();
        let outcome = match memory.read_u64(OUTPUT) {
            0 => return Err(LiarError::NotHalted(n)),
            1 => {
                output.resize(memory.read_u64(OUTPUT + 8) as usize, 0);
                memory.read(OUTPUT_BODY, &mut output);
                Outcome::Done
            }
            _ => Outcome::ProgramError,
        };
        let run_root = self.shown(memory.clone()).node(EIGHTH_HEIGHT, CONTROL >> 41);
        Ok(Answer { s0, n, outcome, run_root, sn, output: output.into() })
    }

    /// Makes large steps up to the end.
    fn go_on(&mut self) -> Result<(), LiarError> {
        loop {
            let large = self.n();
            let Some(memory) = self.state(large) else { return Ok(()) };
            if large > 0 && memory.read_u64(OUTPUT) != 0 {
                return Ok(());
            }
            if self.states.len() > LIMIT {
                return Err(LiarError::Endless);
            }
            let (_, end) = self.run_small(large, self.max_steps)?;
            self.states.push((end.cpu.exit == EXIT_OK).then(|| data_half(end.memory)));
        }
    }

    /// Runs the first `steps` small steps of a large step; gives how many there were, and the state.
    fn run_small(&self, large: u64, steps: u64) -> Result<(u64, State), LiarError> {
        let memory = self.state(large).ok_or(LiarError::Faulted(large))?.clone();
        let mut state = self.program.start(memory);
        let mut ran = 0;
        if let Some((at, after, lie)) = &self.lie
            && *at == large
            && *after <= steps
        {
            ran = state.run(*after);
            (lie.change)(&mut state);
        }
        ran += state.run(steps - ran);
        Ok((ran, state))
    }

    /// S, or FAULT.
    fn root(&self, large: u64) -> B256 {
        let shown = self.state(large).map(|memory| self.shown(memory.clone()));
        shown.map_or(FAULT, |memory| memory.node(DATA_HEIGHT, 1))
    }

    fn shown(&self, mut memory: Memory) -> Memory {
        if let Some(Disguise { address, shown, .. }) = self.disguise {
            memory.write(address, &[shown]);
        }
        memory
    }

    /// The state after the first `steps` small steps of a large step, as it is shown.
    fn shown_small(&self, large: u64, steps: u64) -> Result<(u64, State), LiarError> {
        let (ran, State { cpu, memory }) = self.run_small(large, steps)?;
        Ok((ran, State { cpu, memory: self.shown(memory) }))
    }
}

impl Trace for Tampered {
    type Error = LiarError;

    fn large_states(&mut self, steps: &[u64]) -> Result<Vec<B256>, LiarError> {
        Ok(steps.iter().map(|step| self.root(*step)).collect())
    }

    fn opening(&mut self, large: u64) -> Result<Opening, LiarError> {
        let (steps, State { cpu, memory }) = self.shown_small(large, self.max_steps)?;
        let end = match cpu.exit {
            0 => FinalState::Running { packed: Box::new(cpu.pack(memory.root())) },
            EXIT_OK => FinalState::Done {
                guest_half: memory.node(DATA_HEIGHT, 0),
                data_half: memory.node(DATA_HEIGHT, 1),
            },
            exit => FinalState::Failed { exit, root: memory.root() },
        };
        Ok(Opening { steps, end })
    }

    fn small_states(&mut self, large: u64, steps: &[u64]) -> Result<Vec<B256>, LiarError> {
        steps.iter().map(|step| Ok(self.shown_small(large, *step)?.1.hash())).collect()
    }

    fn witness(&mut self, large: u64, from: u64, count: u64) -> Result<Vec<u8>, LiarError> {
        let (_, state) = self.shown_small(large, from)?;
        witness(&state, count as u32).map_err(LiarError::Witness)
    }
}

/// The memory with a guest half of zeroes.
fn data_half(mut memory: Memory) -> Memory {
    let pages = memory.pages().into_iter().map(|(address, _)| address);
    let guest: Vec<u64> = pages.filter(|address| *address < DATA_HALF).collect();
    for address in guest {
        memory.write(address, &[0; PAGE_BYTES]);
    }
    memory
}
