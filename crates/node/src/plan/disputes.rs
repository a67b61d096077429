//! Running disputes of the account and of the parties whose operator it is: answer on one's turn, call the clock on the opponent's.

use alloy_primitives::{B256, Bytes, U256};
use opml_game::{Action, Phase, Position, Side};

use super::{Alarm, Call, Job, Planner, call::Play, joined};
use crate::view::{Claim, Dispute};

impl Planner<'_> {
    pub(super) fn disputes(&mut self) {
        for claim in self.view.claims.values() {
            // There will be no verdict.
            if self.retired(claim.guest) {
                continue;
            }
            for dispute in self.view.running(claim) {
                // Who is on both sides plays neither: it would only burn its own money.
                match (self.is_me(claim.submitter), self.is_me(dispute.challenger)) {
                    (true, false) => self.play(claim, dispute, Side::Submitter, 0),
                    (false, true) => self.play(claim, dispute, Side::Challenger, 0),
                    (true, true) => {}
                    (false, false) => self.operate(claim, dispute),
                }
            }
        }
    }

    /// The same for a party that has named the account its operator; the party's own node comes first.
    fn operate(&mut self, claim: &Claim, dispute: &Dispute) {
        let (submitter, challenger) = (claim.submitter, dispute.challenger);
        let (party, side) =
            match (self.is_mine_to_operate(submitter), self.is_mine_to_operate(challenger)) {
                (true, false) => (submitter, Side::Submitter),
                (false, true) => (challenger, Side::Challenger),
                _ => return,
            };
        if !self.may_operate(party, claim) {
            return self.alarm(Alarm::NotOperator { dispute: dispute.id, party });
        }
        self.play(claim, dispute, side, self.agent.policy.operator_patience);
    }

    /// Plays a side, on its turn when `patience` percent of its time are gone.
    fn play(&mut self, claim: &Claim, dispute: &Dispute, side: Side, patience: u8) {
        let Some(terms) = self.terms(claim) else { return };
        let (Some(post), Some(position)) = (dispute.last(), dispute.position()) else {
            let reason = "its position is none of the protocol's".to_owned();
            return self.alarm(Alarm::NotPlayed { dispute: dispute.id, reason });
        };
        let elapsed = self.now().elapsed_since(position.tick(), terms.0.seconds_per_block);
        let budget = u64::from(position.budget(position.mover));
        let mine = position.mover == side;
        match (elapsed > budget, mine) {
            (true, true) => self.alarm(Alarm::ClockLost { dispute: dispute.id, elapsed, budget }),
            (true, false) => self.timeout(claim, dispute, post.position),
            (false, true) if elapsed * 100 < budget * u64::from(patience) => {}
            (false, true) => self.reply(claim, dispute, side, post.position),
            // One's own single entry can be proved without waiting for the opponent's pick.
            (false, false) if is_single(&position, joined(&terms)) => {
                self.reply(claim, dispute, side, post.position);
            }
            (false, false) => {}
        }
    }

    fn timeout(&mut self, claim: &Claim, dispute: &Dispute, position: U256) {
        let Some(terms) = self.terms(claim) else { return };
        match dispute.lines(joined(&terms), claim) {
            Ok(lines) => {
                if let Some(line) = lines.last() {
                    let list_root = line.tree(joined(&terms)).root();
                    self.plan.calls.push(Call::Timeout {
                        dispute: dispute.id,
                        position,
                        list_root,
                    });
                }
            }
            Err(error) => {
                self.alarm(Alarm::NotPlayed { dispute: dispute.id, reason: error.to_string() });
            }
        }
    }

    fn reply(&mut self, claim: &Claim, dispute: &Dispute, side: Side, position: U256) {
        let Some(request) = self.view.requests.get(&claim.request) else { return };
        if !self.can_compute(request.model, claim.guest) {
            let reason = format!("model {} or guest {} is not at hand", request.model, claim.guest);
            return self.alarm(Alarm::NotPlayed { dispute: dispute.id, reason });
        }
        let Some(action) = self.known.reply(dispute.id, position) else {
            return self.plan.jobs.push(Job::Reply { dispute: dispute.id, position, side });
        };
        let (play, pick, body) = match action {
            Action::Move { pick, body } => (Play::Move, *pick, body),
            Action::Evaluate { pick, body } => (Play::Evaluate, *pick, body),
            Action::EvaluateFault { pick, body } => (Play::EvaluateFault, *pick, body),
            Action::Wait => return,
            Action::Alarm(reason) => {
                let reason = reason.to_string();
                return self.alarm(Alarm::NotPlayed { dispute: dispute.id, reason });
            }
            Action::Open { .. } => {
                let reason = "the prover answers a running dispute with an opening".to_owned();
                return self.alarm(Alarm::NotPlayed { dispute: dispute.id, reason });
            }
        };
        self.push_play(dispute.id, position, play, pick, body);
    }

    fn push_play(&mut self, dispute: B256, position: U256, play: Play, pick: u64, body: &[u8]) {
        let body = Bytes::copy_from_slice(body);
        self.plan.calls.push(Call::Play { dispute, position, play, pick, body });
    }
}

/// Whether the last list has one entry that an evaluation decides.
fn is_single(position: &Position, terms: opml_game::Terms<'_>) -> bool {
    position.phase == Phase::Small && terms.entries(position.phase, position.steps) == 1
}
