//! The honest party: from what it can compute about the run and from the last list, its next action.
//!
//! The strategy is the one whose proof is in the design: reject the first entry that differs from one's own trace, so that the
//! part's start is true and its end is false, and answer with one's own states. It is a function of trace and line alone: the
//! same events give the same action after every restart.

mod action;

use alloy_primitives::B256;

pub use action::{Action, Alarm, Assessment};

use crate::body::{EvaluateBody, MoveBody, Post};
use crate::list::ListTree;
use crate::seam::FAULT;
use crate::{Claim, Line, Phase, Side, Terms, Trace, cut};

/// Answers disputes about one run.
#[derive(Debug, Clone)]
pub struct Prover<T> {
    trace: T,
}

/// A part of a list, with the proof that it is one.
struct Part {
    pick: u64,
    start: B256,
    end: B256,
    siblings: Vec<B256>,
    steps: u64,
    /// Steps from the list's start to the part's.
    before: u64,
}

impl<T: Trace> Prover<T> {
    /// A prover over a party's own trace of the run.
    pub const fn new(trace: T) -> Self {
        Self { trace }
    }

    /// The trace.
    pub const fn trace_mut(&mut self) -> &mut T {
        &mut self.trace
    }

    /// Whether a claim is true: its end state is that of the trace. Outputs are never compared; the contract has tied them to
    /// the end state.
    pub fn assess(&mut self, claim: &Claim) -> Result<Assessment, T::Error> {
        let states = self.trace.large_states(&[0, claim.n])?;
        Ok(match states[..] {
            [s0, _] if s0 != claim.s0 => {
                Assessment::CannotTell(Alarm::UnknownStart { own: s0, agreed: claim.s0 })
            }
            [_, sn] if sn == claim.sn => Assessment::True,
            _ => Assessment::False,
        })
    }

    /// Whether to dispute a claim, and with which body.
    pub fn open(&mut self, terms: Terms<'_>, claim: &Claim) -> Result<Action, T::Error> {
        match self.assess(claim)? {
            Assessment::True => Ok(Action::Wait),
            Assessment::CannotTell(alarm) => Ok(Action::Alarm(alarm)),
            Assessment::False => Ok(match self.post(terms, Phase::Large, 0, 0, claim.n)? {
                Ok(post) => Action::Open { body: post.encode() },
                Err(alarm) => Action::Alarm(alarm),
            }),
        }
    }

    /// The next action of the party that plays `side`.
    pub fn answer(
        &mut self,
        terms: Terms<'_>,
        side: Side,
        line: &Line,
    ) -> Result<Action, T::Error> {
        let own = self.states_of(line)?;
        if own.first() != Some(&line.start) {
            let own = own.first().copied().unwrap_or_default();
            return Ok(Action::Alarm(Alarm::UnknownStart { own, agreed: line.start }));
        }
        let tree = line.tree(terms);
        let differs = own[1..].iter().zip(&line.entries).position(|(own, entry)| own != entry);
        let first = differs.and_then(|index| part(line, &tree, index as u64 + 1));
        match (line.position.mover == side, first) {
            (true, Some(part)) => self.reject(terms, line, part),
            (true, None) => {
                let end = own.last().copied().unwrap_or_default();
                Ok(Action::Alarm(Alarm::TrueEnd { end }))
            }
            (false, Some(part)) => {
                Ok(Action::Alarm(Alarm::NotOwnList { own: own[part.pick as usize] }))
            }
            // One's own single entry needs no pick of the opponent: it is proved at once.
            (false, None) if line.position.phase == Phase::Small && line.entries.len() == 1 => {
                match part(line, &tree, 1) {
                    Some(part) => self.evaluate(line, part),
                    None => Ok(Action::Wait),
                }
            }
            (false, None) => Ok(Action::Wait),
        }
    }

    /// The trace's states at the line's start and entries.
    fn states_of(&mut self, line: &Line) -> Result<Vec<B256>, T::Error> {
        let p = line.entry_count();
        let cuts = (0..=p).map(|j| cut::cut(line.position.steps, p.max(1), j));
        match line.position.phase {
            Phase::Large => {
                self.trace.large_states(&cuts.map(|cut| line.large + cut).collect::<Vec<_>>())
            }
            Phase::Small => self
                .trace
                .small_states(line.large, &cuts.map(|cut| line.small + cut).collect::<Vec<_>>()),
        }
    }

    /// The move against a part whose start is true and whose end is false: evaluate it, or post the true states inside it.
    fn reject(&mut self, terms: Terms<'_>, line: &Line, part: Part) -> Result<Action, T::Error> {
        let (large, small) = match line.position.phase {
            Phase::Large if part.start == FAULT => {
                let Part { pick, end, siblings, .. } = part;
                let body = EvaluateBody { end, siblings, witness: Vec::new() }.encode();
                return Ok(Action::EvaluateFault { pick, body });
            }
            Phase::Small if part.steps <= u64::from(terms.guest.max_evaluated) => {
                return self.evaluate(line, part);
            }
            Phase::Large => (line.large + part.before, 0),
            Phase::Small => (line.large, line.small + part.before),
        };
        Ok(match self.post(terms, line.position.phase, large, small, part.steps)? {
            Ok(post) => {
                let Part { pick, start, end, siblings, .. } = part;
                Action::Move { pick, body: MoveBody { start, end, siblings, post }.encode() }
            }
            Err(alarm) => Action::Alarm(alarm),
        })
    }

    fn evaluate(&mut self, line: &Line, part: Part) -> Result<Action, T::Error> {
        let Part { pick, end, siblings, steps, before, .. } = part;
        let witness = self.trace.witness(line.large, line.small + before, steps)?;
        Ok(Action::Evaluate { pick, body: EvaluateBody { end, siblings, witness }.encode() })
    }

    /// The trace's own list for a segment, behind the opening of phase 2 if the segment is one large step.
    fn post(
        &mut self,
        terms: Terms<'_>,
        phase: Phase,
        large: u64,
        small: u64,
        steps: u64,
    ) -> Result<Result<Post, Alarm>, T::Error> {
        let cuts = |phase, steps| {
            let p = terms.entries(phase, steps);
            (1..=p).map(move |j| cut::cut(steps, p, j))
        };
        if phase == Phase::Small {
            let at: Vec<u64> = cuts(phase, steps).map(|cut| small + cut).collect();
            return Ok(Ok(Post::List(self.trace.small_states(large, &at)?)));
        }
        if steps > 1 {
            let at: Vec<u64> = cuts(phase, steps).map(|cut| large + cut).collect();
            return Ok(Ok(Post::List(self.trace.large_states(&at)?)));
        }
        let opening = self.trace.opening(large)?;
        let native = self.trace.large_states(&[large + 1])?.first().copied().unwrap_or_default();
        let guest = opening.end.successor();
        if native != guest {
            return Ok(Err(Alarm::TornSeam { large, native, guest }));
        }
        let at: Vec<u64> = cuts(Phase::Small, opening.steps).collect();
        let mut list = self.trace.small_states(large, &at)?;
        list.pop();
        Ok(Ok(Post::Opening(opening, list)))
    }
}

/// The part that ends in entry `pick`, if there is such an entry.
fn part(line: &Line, tree: &ListTree, pick: u64) -> Option<Part> {
    Some(Part {
        pick,
        start: line.before(pick)?,
        end: line.entries.get(pick as usize - 1).copied()?,
        siblings: tree.proof(pick)?,
        steps: line.part_steps(pick),
        before: cut::cut(line.position.steps, line.entry_count(), pick - 1),
    })
}
