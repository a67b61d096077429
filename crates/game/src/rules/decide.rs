//! Calls that decide a dispute: `evaluate`, `evaluateFault` and `timeout`.

use alloy_primitives::{B256, U256};
use opml_memory::node;

use super::{Call, Court, Docket, Live, Refusal, Ruling, StepVerifier, Tick};
use crate::list::climb;
use crate::seam::FAULT;
use crate::{ClaimStatus, Decision, DisputeKey, DisputeSlot, Phase, Side, body, cut};

impl<V: StepVerifier> Court<V> {
    /// `evaluate`: anybody proves what follows from the start of a part of at most r small steps.
    pub fn evaluate(
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
        let expected = 32 * (1 + usize::from(live.profile.arity_bits));
        let Some((head, witness)) = body.split_at_checked(expected) else {
            return Err(Refusal::BadBodyLength { expected, got: body.len() });
        };
        let steps = cut::part(live.position.steps, entries, pick);
        if live.position.phase != Phase::Small {
            return Err(Refusal::MustMove(key.id()));
        }
        if steps > u64::from(live.position.max_evaluated) {
            return Err(Refusal::MustMove(key.id()));
        }
        let (_, verifier) = live.guest()?;
        let (start, truth) = verifier.run(steps, witness)?;
        live.evaluated(call, pick, entries, start, head, truth)
    }

    /// `evaluateFault`: anybody points out that a large step from FAULT ends in FAULT.
    pub fn evaluate_fault(
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
        let expected = 32 * (1 + usize::from(live.profile.arity_bits));
        if body.len() != expected {
            return Err(Refusal::BadBodyLength { expected, got: body.len() });
        }
        if live.position.phase != Phase::Large {
            return Err(Refusal::MustMove(key.id()));
        }
        live.evaluated(call, pick, entries, FAULT, body, FAULT)
    }

    /// `timeout`: anybody ends a dispute in which the side to move has run out of time.
    pub fn timeout(
        &self,
        now: Tick,
        docket: &Docket,
        key: &DisputeKey,
        position: U256,
        list_root: B256,
    ) -> Result<Ruling, Refusal> {
        let live = self.live(key, docket, position)?;
        live.check(list_root)?;
        let (elapsed, budget) = live.clock(now);
        if elapsed <= budget {
            return Err(Refusal::ClockRunning { dispute_id: key.id(), elapsed, budget });
        }
        live.decide(live.position.mover.other(), false)
    }
}

impl<V> Live<'_, V> {
    /// Rules on a part whose true end is `truth`; `proof` is the asserted end and its siblings.
    ///
    /// A false end is the author's contradiction, whichever part shows it. A true end speaks for the author only if the mover
    /// itself picked the part, or if there was no other: else an accomplice of the author would pick a true part for an honest
    /// mover (docs/decisions/0001).
    fn evaluated(
        &self,
        call: &Call,
        pick: u64,
        entries: u64,
        start: B256,
        proof: &[u8],
        truth: B256,
    ) -> Result<Ruling, Refusal> {
        let words = body::words(proof).unwrap_or_default();
        let end = words[0];
        self.check(climb(node(start, end), pick - 1, &words[1..]))?;
        self.clock_runs(call.now)?;
        let mover = self.position.mover;
        if truth != end {
            self.decide(mover, true)
        } else if call.caller == self.mover() || entries == 1 {
            self.decide(mover.other(), true)
        } else {
            Err(Refusal::NotDecisive(self.key.id()))
        }
    }

    /// A challenger's win ends the claim, which was wrong if a proof says so; a submitter's win ends this dispute only. Under a
    /// retired guest version nobody wins any more.
    fn decide(&self, winner: Side, by_proof: bool) -> Result<Ruling, Refusal> {
        self.court.check_serving(self.position.guest)?;
        let mut claim = self.docket.claim;
        claim.live = claim.live.saturating_sub(1);
        let rejected_claim = matches!(winner, Side::Challenger);
        if rejected_claim {
            claim.status = if by_proof { ClaimStatus::Rejected } else { ClaimStatus::TimedOut };
        }
        let dispute = DisputeSlot::Decided(Decision {
            winner,
            by_proof,
            rejected_claim,
            collected: false,
            bond_index: self.position.bond_index,
            lists: self.position.lists,
        });
        Ok(Ruling { docket: Docket { claim, dispute }, position: None })
    }
}
