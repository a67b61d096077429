use std::convert::Infallible;

use alloy_primitives::B256;
use opml_fpvm::{State, WitnessError, witness};
use opml_memory::DATA_HEIGHT;

use super::ladder::{Ladder, Machine, Room};
use crate::{FinalState, Opening};

/// First distance of the snapshots of a large step, in small steps: some 100 µs of the machine.
const SPACING: u64 = 1 << 14;
/// What the snapshots of a large step may take.
const ROOM: Room = Room { rungs: 64, bytes: 1 << 28 };

impl Machine for State {
    type Error = Infallible;
    type Snapshot = Self;

    fn snapshot(&mut self) -> Self {
        self.clone()
    }

    fn added(snapshot: &Self, earlier: &Self) -> u64 {
        snapshot.memory.unshared_bytes(&earlier.memory)
    }

    fn restore(&mut self, snapshot: &Self) -> Result<(), Infallible> {
        self.clone_from(snapshot);
        Ok(())
    }

    fn advance(&mut self, steps: u64) -> Result<u64, Infallible> {
        Ok(self.run(steps))
    }

    fn halted(&self) -> bool {
        self.exited()
    }
}

/// The small steps of one large step.
#[derive(Debug)]
pub struct SmallRun {
    ladder: Ladder<State>,
    opening: Opening,
}

impl SmallRun {
    /// Runs the large step that begins in `start`, at most `max_steps` small steps.
    pub fn new(start: State, max_steps: u64) -> Self {
        let mut ladder = Ladder::new(start, SPACING, ROOM);
        let Ok((steps, state)) = ladder.at(max_steps);
        let opening = Opening { steps, end: final_state(state) };
        Self { ladder, opening }
    }

    /// m and F.
    pub const fn opening(&self) -> &Opening {
        &self.opening
    }

    /// Hash of the state after `steps` steps.
    pub fn state_hash(&mut self, steps: u64) -> B256 {
        self.at(steps).hash()
    }

    /// The witness for `count` steps after the first `from` ones.
    pub fn witness(&mut self, from: u64, count: u64) -> Result<Vec<u8>, WitnessError> {
        let count = u32::try_from(count).map_err(|_| WitnessError::Steps(u32::MAX))?;
        witness(self.at(from), count)
    }

    /// The state after `steps` steps, at most the last one: a run that does not exit ends at its bound.
    fn at(&mut self, steps: u64) -> &State {
        let Ok((_, state)) = self.ladder.at(steps.min(self.opening.steps));
        state
    }
}

/// The state in the form in which an opening gives it.
fn final_state(state: &State) -> FinalState {
    let root = state.memory.root();
    match state.cpu.exit {
        0 => FinalState::Running { packed: Box::new(state.cpu.pack(root)) },
        opml_fpvm::EXIT_OK => FinalState::Done {
            guest_half: state.memory.node(DATA_HEIGHT, 0),
            data_half: state.memory.node(DATA_HEIGHT, 1),
        },
        exit => FinalState::Failed { exit, root },
    }
}
