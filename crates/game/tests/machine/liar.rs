//! A liar that plays like an honest party, but with a false trace.

use alloy_primitives::{B256, keccak256};
use opml_game::{FinalState, Opening, Trace};

/// A trace that is true up to one small step of one large step and made up from there.
#[derive(Debug)]
pub(crate) struct Liar<T> {
    pub(crate) truth: T,
    /// The large step whose end is false.
    pub(crate) large: u64,
    /// Its first small state that is false.
    pub(crate) small: u64,
    /// The asserted number of small steps of it, if not the true one.
    pub(crate) steps: Option<u64>,
}

pub(crate) fn junk(kind: &str, large: u64, small: u64) -> B256 {
    keccak256(format!("{kind} {large} {small}"))
}

impl<T: Trace> Trace for Liar<T> {
    type Error = T::Error;

    fn large_states(&mut self, steps: &[u64]) -> Result<Vec<B256>, T::Error> {
        let mut states = self.truth.large_states(steps)?;
        for (state, &step) in states.iter_mut().zip(steps) {
            if step > self.large {
                *state = junk("S", step, 0);
            }
        }
        Ok(states)
    }

    fn opening(&mut self, large: u64) -> Result<Opening, T::Error> {
        let steps = match self.steps {
            Some(steps) => steps,
            None => self.truth.opening(large)?.steps,
        };
        let end = FinalState::Done {
            guest_half: junk("g", large, 0),
            data_half: junk("S", large + 1, 0),
        };
        Ok(Opening { steps, end })
    }

    fn small_states(&mut self, large: u64, steps: &[u64]) -> Result<Vec<B256>, T::Error> {
        let opening = self.opening(large)?;
        let mut states = self.truth.small_states(large, steps)?;
        for (state, &step) in states.iter_mut().zip(steps) {
            if step >= opening.steps {
                *state = opening.end.state_hash();
            } else if step >= self.small {
                *state = junk("small", large, step);
            }
        }
        Ok(states)
    }

    fn witness(&mut self, large: u64, from: u64, count: u64) -> Result<Vec<u8>, T::Error> {
        self.truth.witness(large, from, count)
    }
}
