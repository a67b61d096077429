//! The search: every state that can be reached, once.
//!
//! Depth first with a set of states, and no library: a request ends within a time that is known beforehand, so every property is
//! one of states (G2 and G3 are counters and an end), and what a model checker adds to this loop, fairness and liveness, has
//! nothing to do here. States that differ in the names of blocks are one, which a checker could not know.

use std::collections::HashSet;

use opml_game::ClaimStatus;

use crate::attacker::Bounds;
use crate::state::{Stage, State};

/// What was searched.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Tally {
    pub(crate) states: u64,
    pub(crate) steps: u64,
    /// States in which the request is over.
    pub(crate) ends: u64,
    /// Most claims that were made and fell before an end.
    pub(crate) rounds: u32,
    /// Longest time from a reveal during which a dispute was live, under a guest version that serves.
    pub(crate) latest: u32,
}

/// A property that does not hold, and the steps that lead to it, from the last to the first.
pub(crate) type Attack = Vec<String>;

pub(crate) struct Search<'a> {
    stage: &'a Stage,
    bounds: Bounds,
    seen: HashSet<u128>,
    pub(crate) tally: Tally,
}

impl<'a> Search<'a> {
    pub(crate) fn new(stage: &'a Stage, bounds: Bounds) -> Self {
        Self { stage, bounds, seen: HashSet::new(), tally: Tally::default() }
    }

    /// Goes through everything that can follow; the error is an attack.
    pub(crate) fn explore(&mut self, state: &State) -> Result<(), Attack> {
        if !self.seen.insert(state.key()) {
            return Ok(());
        }
        self.tally.states += 1;
        state.check(self.stage).map_err(|broken| vec![broken])?;
        let live = |filed: &&crate::state::Filed| {
            filed.slot.status == ClaimStatus::Open && filed.slot.live > 0 && state.retired.is_none()
        };
        for filed in state.claims.iter().filter(live) {
            self.tally.latest = self.tally.latest.max(state.now.time - filed.slot.time);
        }
        if state.is_over() {
            self.tally.ends += 1;
            self.tally.rounds = self.tally.rounds.max(state.request.round);
            return state.check_end(self.stage).map_err(|broken| vec![broken]);
        }
        let successors = state.successors(self.stage, self.bounds).map_err(|stuck| vec![stuck])?;
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
