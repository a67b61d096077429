use alloy_primitives::{B256, Keccak256};
use opml_game::{FinalState, Opening, Trace};

use super::Moment;

/// How many small steps a liar says that a large step has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Length {
    /// As many as it has.
    True,
    /// Half as many.
    Half,
    /// Twice as many.
    Double,
}

/// A story whose states are made up from some point on: nobody could compute them, and nothing follows from anything.
///
/// Large states are `inner`'s up to large step `large` and `end` after it. That large step's own small states are true up to a
/// moment, then noise, and end in `end`.
#[derive(Debug, Clone)]
pub struct Nonsense<T> {
    /// The true story.
    pub inner: T,
    /// The last large step whose start is true.
    pub large: u64,
    /// The last true moment in it.
    pub moment: Moment,
    /// How many small steps that large step is said to have.
    pub length: Length,
    /// All later large states: the end that the liar wants.
    pub end: B256,
}

impl<T: Trace> Nonsense<T> {
    /// The last small step of the large step after which the state is true, and how many there are.
    fn last_true(&mut self) -> Result<(u64, Opening), T::Error> {
        let opening = self.inner.opening(self.large)?;
        let last = match self.moment {
            Moment::After(steps) => steps,
            Moment::Middle => opening.steps / 2,
            Moment::BeforeExit => opening.steps - 1,
        };
        Ok((last, opening))
    }
}

impl<T: Trace> Trace for Nonsense<T> {
    type Error = T::Error;

    fn large_states(&mut self, steps: &[u64]) -> Result<Vec<B256>, T::Error> {
        let mut states = self.inner.large_states(steps)?;
        for (state, step) in states.iter_mut().zip(steps) {
            if *step > self.large {
                *state = self.end;
            }
        }
        Ok(states)
    }

    fn opening(&mut self, large: u64) -> Result<Opening, T::Error> {
        let mut opening = self.inner.opening(large)?;
        if large >= self.large {
            opening.steps = match self.length {
                Length::True => opening.steps,
                Length::Half => opening.steps.div_ceil(2),
                Length::Double => opening.steps * 2,
            };
            let guest_half = noise(large, opening.steps);
            opening.end = FinalState::Done { guest_half, data_half: self.end };
        }
        Ok(opening)
    }

    fn small_states(&mut self, large: u64, steps: &[u64]) -> Result<Vec<B256>, T::Error> {
        let mut states = self.inner.small_states(large, steps)?;
        let (last_true, _) = self.last_true()?;
        let opening = self.opening(large)?;
        for (state, step) in states.iter_mut().zip(steps) {
            if large < self.large || (large == self.large && *step <= last_true) {
                continue;
            }
            let ended = *step >= opening.steps;
            *state = if ended { opening.end.state_hash() } else { noise(large, *step) };
        }
        Ok(states)
    }

    fn witness(&mut self, large: u64, from: u64, count: u64) -> Result<Vec<u8>, T::Error> {
        self.inner.witness(large, from, count)
    }
}

/// A word that is the hash of no state, the same at every call.
fn noise(large: u64, small: u64) -> B256 {
    let mut hasher = Keccak256::new();
    hasher.update(b"noise");
    hasher.update(large.to_be_bytes());
    hasher.update(small.to_be_bytes());
    hasher.finalize()
}
