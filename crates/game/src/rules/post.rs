//! Calls that post a list: `open` and `move`.

use alloy_primitives::{B256, U256};
use opml_memory::node;

use super::{Call, Court, Docket, Refusal, Ruling, StepVerifier, Tick, claim_is_open};
use crate::list::{ListTree, climb};
use crate::opening::Opening;
use crate::position::MAX_BOND_INDEX;
use crate::seam::{FAULT, start_hash};
use crate::{Claim, DisputeKey, DisputeSlot, Phase, Position, Side, Terms, body, cut};

impl<V: StepVerifier> Court<V> {
    /// `open`: the challenger posts its list over the whole claim.
    pub fn open(
        &self,
        call: &Call,
        docket: &Docket,
        claim: &Claim,
        nonce: u64,
        body: &[u8],
    ) -> Result<Ruling, Refusal> {
        let key = DisputeKey { claim_id: claim.id(), challenger: call.caller, nonce };
        claim_is_open(&key, docket)?;
        self.check_serving(claim.guest)?;
        let profile = self
            .profiles
            .get(usize::from(claim.profile))
            .ok_or(Refusal::UnknownProfile(claim.profile))?;
        let (guest, _) =
            self.guests.get(usize::from(claim.guest)).ok_or(Refusal::UnknownGuest(claim.guest))?;
        let elapsed = call.now.elapsed_since(docket.claim.tick(), profile.seconds_per_block);
        let window = u64::from(profile.window);
        if elapsed > window {
            return Err(Refusal::WindowClosed { claim_id: key.claim_id, elapsed, window });
        }
        let live = docket.claim.live;
        if live > MAX_BOND_INDEX {
            return Err(Refusal::TooManyDisputes { claim_id: key.claim_id, live });
        }
        let required = profile.bond(live);
        if call.value.saturating_add(call.balance) < required {
            return Err(Refusal::WrongBond { required, sent: call.value });
        }
        if docket.dispute != DisputeSlot::None {
            return Err(Refusal::DisputeExists(key.id()));
        }
        let segment =
            Segment { phase: Phase::Large, start: claim.s0, end: claim.sn, steps: claim.n };
        let terms = Terms { profile, guest };
        let posted = segment.post(terms, body, 0)?;
        let mut claim_slot = docket.claim;
        claim_slot.live += 1;
        let Tick { time, block } = call.now;
        let position = Position {
            steps: posted.steps,
            time,
            block,
            submitter_budget: profile.clock,
            challenger_budget: profile.clock,
            lists: 1,
            bond_index: live,
            phase: posted.phase,
            mover: Side::Submitter,
            max_evaluated: posted.max_evaluated.unwrap_or(1),
            profile: claim.profile,
            guest: claim.guest,
        };
        Ok(posted.ruling(Docket { claim: claim_slot, ..*docket }, position))
    }

    /// `move`: the side to move rejects the end of one part and posts its own list for it.
    pub fn play(
        &self,
        call: &Call,
        docket: &Docket,
        key: &DisputeKey,
        position: U256,
        pick: U256,
        body: &[u8],
    ) -> Result<Ruling, Refusal> {
        let live = self.live(key, docket, position)?;
        let (pick, entries) = live.pick(pick)?;
        let depth = usize::from(live.profile.arity_bits);
        let expected = 32 * (2 + depth);
        let Some((head, _)) = body.split_at_checked(expected) else {
            return Err(Refusal::BadBodyLength { expected, got: body.len() });
        };
        let words = body::words(head).unwrap_or_default();
        let (start, end) = (words[0], words[1]);
        live.check(climb(node(start, end), pick - 1, &words[2..]))?;
        if call.caller != live.mover() {
            return Err(Refusal::NotMover {
                dispute_id: key.id(),
                mover: live.mover(),
                caller: call.caller,
            });
        }
        let left = live.clock_runs(call.now)?;
        let Position { phase, steps, .. } = live.position;
        let segment = Segment { phase, start, end, steps: cut::part(steps, entries, pick) };
        let terms = Terms { profile: live.profile, guest: &live.guest()?.0 };
        if segment.is_evaluated(terms) {
            return Err(Refusal::MustEvaluate(key.id()));
        }
        let posted = segment.post(terms, body, expected)?;

        let mut position = live.position.moved(call.now, left, live.profile);
        position.steps = posted.steps;
        position.phase = posted.phase;
        position.max_evaluated = posted.max_evaluated.unwrap_or(live.position.max_evaluated);
        Ok(posted.ruling(*docket, position))
    }
}

/// An agreed start, a rejected end and the steps between them.
struct Segment {
    phase: Phase,
    start: B256,
    end: B256,
    steps: u64,
}

/// A list that was posted against a segment.
struct Posted {
    phase: Phase,
    steps: u64,
    root: B256,
    /// r, if the list opens phase 2.
    max_evaluated: Option<u8>,
}

impl Segment {
    /// Whether the segment is not cut any further.
    fn is_evaluated(&self, terms: Terms<'_>) -> bool {
        match self.phase {
            Phase::Large => self.start == FAULT,
            Phase::Small => self.steps <= u64::from(terms.guest.max_evaluated),
        }
    }

    /// Reads what `body` posts from byte `at` on: a list, or the opening of phase 2 for a single large step.
    fn post(&self, terms: Terms<'_>, body: &[u8], at: usize) -> Result<Posted, Refusal> {
        if self.phase == Phase::Large && self.steps == 1 {
            return self.open_small_steps(terms, body, at);
        }
        let list = self.list(self.phase, self.steps, 0, terms, body, at)?;
        if list.last() == Some(&self.end) {
            return Err(Refusal::SameEnd(self.end));
        }
        let root = ListTree::new(self.start, &list, terms.profile.arity_bits).root();
        Ok(Posted { phase: self.phase, steps: self.steps, root, max_evaluated: None })
    }

    fn open_small_steps(
        &self,
        terms: Terms<'_>,
        body: &[u8],
        at: usize,
    ) -> Result<Posted, Refusal> {
        let (Opening { steps, end }, rest) = Opening::decode(&body[at..])
            .map_err(|needed| Refusal::BadBodyLength { expected: at + needed, got: body.len() })?;
        let max = terms.guest.max_steps();
        if steps == 0 || steps > max {
            return Err(Refusal::BadStepCount { m: steps, max });
        }
        if !end.is_consistent(steps, max) {
            return Err(Refusal::BadFinalState);
        }
        if end.successor() == self.end {
            return Err(Refusal::SameEnd(self.end));
        }
        let mut list = self.list(Phase::Small, steps, 1, terms, body, body.len() - rest.len())?;
        list.push(end.state_hash());
        let start = start_hash(terms.guest, self.start);
        let root = ListTree::new(start, &list, terms.profile.arity_bits).root();
        let max_evaluated = Some(terms.guest.max_evaluated);
        Ok(Posted { phase: Phase::Small, steps, root, max_evaluated })
    }

    /// The words of a list over `steps`, of which the last `implied` are not sent.
    fn list(
        &self,
        phase: Phase,
        steps: u64,
        implied: u64,
        terms: Terms<'_>,
        body: &[u8],
        at: usize,
    ) -> Result<Vec<B256>, Refusal> {
        let entries = terms.entries(phase, steps) - implied;
        let expected = at + 32 * entries as usize;
        if body.len() != expected {
            return Err(Refusal::BadBodyLength { expected, got: body.len() });
        }
        Ok(body::words(&body[at..]).unwrap_or_default())
    }
}

impl Posted {
    fn ruling(&self, docket: Docket, position: Position) -> Ruling {
        let dispute = DisputeSlot::live(position.pack(), self.root);
        Ruling { docket: Docket { dispute, ..docket }, position: Some(position) }
    }
}
