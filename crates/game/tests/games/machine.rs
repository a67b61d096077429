//! The machine of `ToyCourt.sol` in Rust: every state of a run is known in closed form, so that runs of 2^32 large steps of 2^32
//! small ones cost nothing, and what is played is played against the truth.

use std::convert::Infallible;

use alloy_primitives::{Address, B256, U256, keccak256};
use alloy_sol_types::SolValue;
use opml_engine::seam::{self, Outcome};
use opml_fpvm::{Cpu, exited_hash};
use opml_game::seam::FAULT;
use opml_game::{FinalState, GuestVersion, Opening, Trace};
use opml_memory::{EIGHTH_HEIGHT, node, zero_hash};

/// pc of the first small step.
const ENTRY: u64 = 0x1000;
/// What a running C begins with.
const MARK: u64 = 0x746f79;

/// How a large step can end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    ExitsWithOne = 1,
    Faults = 2,
    NeverEnds = 3,
}

/// A run of the machine.
#[derive(Debug, Clone)]
pub(crate) struct Machine {
    pub(crate) guest: GuestVersion,
    /// Large steps until it halts.
    pub(crate) n: u64,
    /// Small steps of each.
    m: u64,
    /// The large step that does not end well.
    pub(crate) fault: Option<(u64, Kind)>,
    c0: B256,
    model: B256,
    /// O of the halted run.
    o: B256,
}

impl Machine {
    pub(crate) fn new(
        (n, m): (u64, u64),
        fault: Option<(u64, Kind)>,
        (input, model): (&[u8], B256),
        (verifier, max_steps_bits, max_evaluated): (Address, u8, u8),
    ) -> Self {
        let (step, kind) = fault.map_or((0, 0), |(step, kind)| (step + 1, kind as u64));
        let low = n | m << 32;
        let root = U256::from_limbs([low, step | kind << 32, n ^ m << 7, m]);
        let guest = GuestVersion {
            root: root.into(),
            verifier,
            entry: ENTRY,
            max_steps_bits,
            max_evaluated,
        };
        let c0 = seam::c0(input);
        let machine = Self { guest, n, m, fault, c0, model, o: B256::ZERO };
        let o = seam::output_root(1, &machine.output());
        Self { o, ..machine }
    }

    fn tag(&self) -> [u8; 16] {
        let mut tag = [0; 16];
        tag.copy_from_slice(&keccak256(self.c0)[16..]);
        tag
    }

    /// The output of the run, if it halts.
    pub(crate) fn output(&self) -> Vec<u8> {
        self.tag()[..4].to_vec()
    }

    /// C and O after `i` large steps of a run that has not faulted.
    fn parts(&self, i: u64) -> (B256, B256) {
        let at = i.min(self.n);
        let o = if i < self.n { zero_hash(EIGHTH_HEIGHT) } else { self.o };
        if at == 0 {
            return (self.c0, o);
        }
        let mut c = B256::ZERO;
        c[1..4].copy_from_slice(&MARK.to_be_bytes()[5..]);
        c[8..24].copy_from_slice(&self.tag());
        c[24..].copy_from_slice(&at.to_be_bytes());
        (c, o)
    }

    /// S_i.
    pub(crate) fn large(&self, i: u64) -> B256 {
        if self.fault.is_some_and(|(step, _)| step < self.n && i > step) {
            return FAULT;
        }
        let (c, o) = self.parts(i);
        node(node(c, o), self.model)
    }

    /// m and F of large step `i`.
    fn last(&self, i: u64) -> Opening {
        let s = self.large(i);
        let root = node(self.guest.root, s);
        let halted = i >= self.n;
        let steps = if halted { 1 } else { self.m };
        let kind = self.fault.filter(|&(step, _)| step == i && !halted).map(|(_, kind)| kind);
        match kind {
            Some(Kind::NeverEnds) => {
                let steps = self.guest.max_steps();
                let packed = Box::new(running(steps).pack(root));
                Opening { steps, end: FinalState::Running { packed } }
            }
            Some(Kind::ExitsWithOne) => {
                Opening { steps, end: FinalState::Failed { exit: 0x101, root } }
            }
            Some(Kind::Faults) => Opening { steps, end: FinalState::Failed { exit: 0x203, root } },
            None => {
                let guest_half = keccak256(("g".to_owned(), s).abi_encode_params());
                let data_half = self.large(i + 1);
                Opening { steps, end: FinalState::Done { guest_half, data_half } }
            }
        }
    }

    /// What the run comes to, after at least so many large steps.
    pub(crate) fn answer(&self, n: u64) -> (Outcome, B256, Vec<u8>) {
        if self.large(n) == FAULT {
            (Outcome::Fault, B256::ZERO, Vec::new())
        } else {
            (Outcome::Done, self.parts(n).0, self.output())
        }
    }
}

/// The running state after `j` small steps.
const fn running(j: u64) -> Cpu {
    Cpu { hi: j, ..Cpu::start(ENTRY) }
}

impl Trace for &Machine {
    type Error = Infallible;

    fn large_states(&mut self, steps: &[u64]) -> Result<Vec<B256>, Infallible> {
        Ok(steps.iter().map(|&i| self.large(i)).collect())
    }

    fn opening(&mut self, large: u64) -> Result<Opening, Infallible> {
        Ok(self.last(large))
    }

    fn small_states(&mut self, large: u64, steps: &[u64]) -> Result<Vec<B256>, Infallible> {
        let root = node(self.guest.root, self.large(large));
        let last = self.last(large);
        let end = last.end.state_hash();
        let state = |&j: &u64| if j < last.steps { running(j).hash(root) } else { end };
        Ok(steps.iter().map(state).collect())
    }

    fn witness(&mut self, large: u64, from: u64, _: u64) -> Result<Vec<u8>, Infallible> {
        let last = self.last(large);
        let (c, o) = self.parts(large);
        let running = from < last.steps || last.end.exit() == 0;
        if running {
            let words = [self.guest.root, c, o, self.model].concat();
            return Ok([&[0], words.as_slice(), &from.to_be_bytes()].concat());
        }
        let root = match last.end {
            FinalState::Done { guest_half, data_half } => node(guest_half, data_half),
            FinalState::Failed { root, .. } => root,
            FinalState::Running { .. } => B256::ZERO,
        };
        debug_assert_eq!(exited_hash(root, last.end.exit()), last.end.state_hash());
        Ok([&[1], root.as_slice(), &last.end.exit().to_be_bytes()].concat())
    }
}
