//! Stories that are true up to one small step, and answers that are no story at all.

use std::convert::Infallible;

use alloy_primitives::{B256, U256, keccak256};
use opml_game::{DisputeKey, FinalState, Line, MoveBody, Opening, Phase, Post, Terms, Trace};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::machine::Machine;

fn junk(salt: u64, large: u64, small: u64) -> B256 {
    keccak256([salt.to_be_bytes(), large.to_be_bytes(), small.to_be_bytes()].concat())
}

/// A number up to `most` of any size.
pub(crate) fn any(rng: &mut ChaCha8Rng, most: u64) -> u64 {
    let bits = rng.random_range(0..=most.ilog2());
    rng.random_range(1..=most.min((2 << bits) - 1))
}

/// A run that is true up to small step `small` of large step `large`, and made up from there.
#[derive(Debug, Clone)]
pub(crate) struct Liar<'a> {
    truth: &'a Machine,
    large: u64,
    small: u64,
    /// Asserted small steps of the large step, if not the true number.
    steps: Option<u64>,
    /// The asserted end of the run.
    end: Option<(u64, B256)>,
    salt: u64,
}

impl<'a> Liar<'a> {
    /// A story over `n` large steps; `end` is what its teller has claimed.
    pub(crate) fn new(truth: &'a Machine, n: u64, end: Option<B256>, rng: &mut ChaCha8Rng) -> Self {
        // Nothing is told about what follows a fault.
        let known = truth.fault.map_or(n, |(step, _)| n.min(step + 1));
        let most = truth.guest.max_steps();
        let steps = (rng.random_range(0..4) == 0).then(|| any(rng, most));
        Self {
            truth,
            large: any(rng, known) - 1,
            small: any(rng, most),
            steps,
            end: end.map(|sn| (n, sn)),
            salt: rng.random(),
        }
    }
}

impl Trace for Liar<'_> {
    type Error = Infallible;

    fn large_states(&mut self, steps: &[u64]) -> Result<Vec<B256>, Infallible> {
        let state = |&step: &u64| match self.end {
            Some((n, end)) if step >= n => end,
            _ if step > self.large => junk(self.salt, step, 0),
            _ => self.truth.large(step),
        };
        Ok(steps.iter().map(state).collect())
    }

    fn opening(&mut self, large: u64) -> Result<Opening, Infallible> {
        let mut truth = self.truth;
        let steps = self.steps.unwrap_or(truth.opening(large)?.steps);
        let data_half = self.large_states(&[large + 1])?[0];
        let end = FinalState::Done { guest_half: junk(self.salt, large, 1), data_half };
        Ok(Opening { steps, end })
    }

    fn small_states(&mut self, large: u64, steps: &[u64]) -> Result<Vec<B256>, Infallible> {
        let (opening, mut truth) = (self.opening(large)?, self.truth);
        let mut states = truth.small_states(large, steps)?;
        for (state, &step) in states.iter_mut().zip(steps) {
            if step >= opening.steps {
                *state = opening.end.state_hash();
            } else if step >= self.small {
                *state = junk(self.salt, large, step);
            }
        }
        Ok(states)
    }

    fn witness(&mut self, large: u64, from: u64, count: u64) -> Result<Vec<u8>, Infallible> {
        let mut truth = self.truth;
        truth.witness(large, from, count)
    }
}

/// A move without thought: any part, any words.
pub(crate) fn nonsense(
    terms: Terms<'_>,
    line: &Line,
    key: &DisputeKey,
    rng: &mut ChaCha8Rng,
) -> (U256, Vec<u8>) {
    let pick = rng.random_range(1..=line.entry_count());
    let (start, end) = (line.before(pick).unwrap(), line.entries[pick as usize - 1]);
    let siblings = line.tree(terms).proof(pick).unwrap();
    let (phase, steps) = (line.position.phase, line.part_steps(pick));
    let salt = key.nonce ^ rng.random::<u64>();
    let mut words = |phase, steps, implied| {
        let count = terms.entries(phase, steps) - implied;
        (0..count).map(|j| junk(salt, j, rng.random())).collect::<Vec<B256>>()
    };
    let post = if phase == Phase::Large && steps == 1 {
        let steps = terms.guest.max_steps();
        let (guest_half, data_half) = (junk(salt, 1, 1), junk(salt, 2, 2));
        let end = FinalState::Done { guest_half, data_half };
        Post::Opening(Opening { steps, end }, words(Phase::Small, steps, 1))
    } else {
        Post::List(words(phase, steps, 0))
    };
    (U256::from(pick), MoveBody { start, end, siblings, post }.encode())
}
