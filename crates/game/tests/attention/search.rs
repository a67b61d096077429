//! The search: every state that can be reached, once, depth first with a set of states.

use std::collections::HashSet;

use crate::state::{Stage, State};

/// What was searched.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) states: u64,
    pub(crate) steps: u64,
    pub(crate) ends: u64,
    /// Most rewards of the honest validator, and most slashes, before an end.
    pub(crate) rewards: u8,
    pub(crate) slashes: u8,
}

/// A property that does not hold, and the steps that lead to it, from the last to the first.
pub(crate) type Attack = Vec<String>;

pub(crate) struct Search<'a> {
    stage: &'a Stage,
    seen: HashSet<u128>,
    pub(crate) tally: Tally,
}

impl<'a> Search<'a> {
    pub(crate) fn new(stage: &'a Stage) -> Self {
        Self { stage, seen: HashSet::new(), tally: Tally::default() }
    }

    /// Goes through everything that can follow; the error is an attack.
    pub(crate) fn explore(&mut self, state: &State) -> Result<(), Attack> {
        if !self.seen.insert(state.key()) {
            return Ok(());
        }
        self.tally.states += 1;
        state.check(self.stage).map_err(|broken| vec![broken])?;
        if state.epoch() > Stage::EPOCHS.1 + 1 {
            self.tally.ends += 1;
            self.tally.rewards = self.tally.rewards.max(state.rewards);
            self.tally.slashes = self.tally.slashes.max(state.slashes);
            return state.check_end(self.stage).map_err(|broken| vec![broken]);
        }
        let successors = state.successors(self.stage).map_err(|broken| vec![broken])?;
        for (step, next) in successors {
            self.tally.steps += 1;
            self.explore(&next).map_err(|mut attack| {
                attack.push(format!("at {}: {step:?}", state.now.time));
                attack
            })?;
        }
        Ok(())
    }
}
