//! Small worlds: runs whose every state is known, true ones and false ones, over a table instead of a machine.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use alloy_primitives::{Address, B256, keccak256};
use opml_fpvm::{Cpu, PACKED_BYTES};
use opml_game::rules::WitnessRefused;
use opml_game::seam::{FAULT, start_hash};
use opml_game::{FinalState, GuestVersion, Opening, StepVerifier, Trace};
use opml_memory::node;

/// How the small steps of a large step end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// exit(0) after so many small steps.
    Done(u64),
    /// A fault after so many small steps.
    Failed(u64),
    /// Never, within the bound.
    Running,
}

/// A verifier that knows a table of successors. Its witness is the hash of the state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Table(pub(crate) Arc<HashMap<B256, B256>>);

impl StepVerifier for Table {
    fn run(&self, steps: u64, witness: &[u8]) -> Result<(B256, B256), WitnessRefused> {
        let refused = || WitnessRefused("no such state".to_owned());
        let start = B256::try_from(witness).map_err(|_| refused())?;
        let mut state = start;
        for _ in 0..steps {
            state = *self.0.get(&state).ok_or_else(refused)?;
        }
        Ok((start, state))
    }
}

/// A name's hash: a state that is different from all others.
fn named(kind: &str, large: u64, small: u64) -> B256 {
    keccak256(format!("{kind}/{large}/{small}"))
}

fn running(large: u64, small: u64) -> Box<[u8; PACKED_BYTES]> {
    Box::new(Cpu { lo: small, ..Cpu::start(0x1000) }.pack(named("root", large, small)))
}

/// A run and its small steps.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) guest: GuestVersion,
    /// S_0 … S_n.
    large: Vec<B256>,
    /// The opening of each large step that does not begin in FAULT, and all its small states.
    runs: Vec<(Opening, Vec<B256>)>,
    pub(crate) table: Table,
}

impl World {
    /// The run whose large steps end as told.
    pub(crate) fn new(endings: &[Ending], max_steps_bits: u8, max_evaluated: u8) -> Self {
        let guest = GuestVersion {
            root: named("guest", 0, 0),
            verifier: Address::ZERO,
            entry: 0x1000,
            max_steps_bits,
            max_evaluated,
        };
        let mut world = Self {
            guest,
            large: vec![named("S", 0, 0)],
            runs: Vec::new(),
            table: Table::default(),
        };
        let mut successors = HashMap::new();
        for (i, &ending) in (0..).zip(endings) {
            let start = world.large[i as usize];
            if start == FAULT {
                world.large.push(FAULT);
                continue;
            }
            let next = named("S", i + 1, 0);
            let (steps, end) = match ending {
                Ending::Done(m) => {
                    (m, FinalState::Done { guest_half: named("g", i, 0), data_half: next })
                }
                Ending::Failed(m) => {
                    (m, FinalState::Failed { exit: 0x203, root: named("root", i, m) })
                }
                Ending::Running => (
                    guest.max_steps(),
                    FinalState::Running { packed: running(i, guest.max_steps()) },
                ),
            };
            assert!(steps <= guest.max_steps());
            let mut states = vec![start_hash(&guest, start)];
            states.extend((1..steps).map(|t| keccak256(running(i, t).as_slice())));
            states.push(end.state_hash());
            successors.extend(states.windows(2).map(|w| (w[0], w[1])));
            if end.exit() != 0 {
                successors.insert(end.state_hash(), end.state_hash());
            }
            // A false state of which somebody knows every bit, and all that follows from it.
            successors.extend(
                (0..=guest.max_steps()).map(|t| (wrong_small(i, t), wrong_small(i, t + 1))),
            );
            world.large.push(end.successor());
            world.runs.push((Opening { steps, end }, states));
        }
        world.table = Table(Arc::new(successors));
        world
    }

    /// S_i, or FAULT.
    pub(crate) fn state(&self, i: u64) -> B256 {
        self.large.get(i as usize).or(self.large.last()).copied().unwrap()
    }

    /// State after `t` small steps of large step `i`.
    pub(crate) fn small_state(&self, i: u64, t: u64) -> B256 {
        let (_, states) = &self.runs[i as usize];
        states.get(t as usize).or(states.last()).copied().unwrap()
    }

    /// The true opening of large step `i`.
    pub(crate) fn true_opening(&self, i: u64) -> Opening {
        self.runs[i as usize].0.clone()
    }
}

/// A false data half.
pub(crate) fn wrong_large(i: u64) -> B256 {
    named("wrong S", i, 0)
}

/// A false small state; its successor is the next one.
pub(crate) fn wrong_small(i: u64, t: u64) -> B256 {
    named("wrong", i, t)
}

/// A hash without a known state behind it.
pub(crate) fn junk(i: u64, t: u64) -> B256 {
    named("junk", i, t)
}

/// Final states that an opener of large step `i` may assert after `m` small steps, the true one among them if `m` is right. The
/// running one is even true at every `m` before the end: only the rule on `maxSteps` keeps it out.
pub(crate) fn final_states(world: &World, i: u64, m: u64) -> Vec<FinalState> {
    let halves = |guest_half, data_half| FinalState::Done { guest_half, data_half };
    vec![
        halves(named("g", i, 0), world.state(i + 1)),
        halves(named("g", i, 0), wrong_large(i + 1)),
        halves(junk(i, m), world.state(i + 1)),
        FinalState::Failed { exit: 0x203, root: named("root", i, m) },
        FinalState::Failed { exit: 0x101, root: node(named("g", i, 0), world.state(i + 1)) },
        FinalState::Running { packed: running(i, m) },
    ]
}

impl Trace for &World {
    type Error = Infallible;

    fn large_states(&mut self, steps: &[u64]) -> Result<Vec<B256>, Infallible> {
        Ok(steps.iter().map(|&i| self.state(i)).collect())
    }

    fn opening(&mut self, large: u64) -> Result<Opening, Infallible> {
        Ok(self.true_opening(large))
    }

    fn small_states(&mut self, large: u64, steps: &[u64]) -> Result<Vec<B256>, Infallible> {
        Ok(steps.iter().map(|&t| self.small_state(large, t)).collect())
    }

    fn witness(&mut self, large: u64, from: u64, _: u64) -> Result<Vec<u8>, Infallible> {
        Ok(self.small_state(large, from).to_vec())
    }
}
