//! Open claims: judge those of others, dispute the false ones, finalise one's own.

use alloy_primitives::Bytes;
use opml_game::{Action, Assessment, Tick};

use super::{Alarm, Call, Job, Planner};
use crate::view::{Claim, Profile};

/// In the second half of a window a bond is sent for so many disputes more than there are: what others open in the same block
/// must not make it too small when there is no time left to try again. What is not needed comes back.
const OTHERS: u32 = 16;

impl Planner<'_> {
    pub(super) fn claims(&mut self) {
        for claim in self.view.claims.values() {
            let Some(profile) = self.view.profiles.get(&claim.profile) else { continue };
            if self.retired(claim.guest) {
                self.annul(claim);
            } else if self.is_me(claim.submitter) {
                self.finalise(claim, profile);
            } else {
                self.judge(claim, profile);
            }
        }
    }

    /// Nobody can dispute the claim or make it final any more: whoever has money in it or waits for its request ends both.
    fn annul(&mut self, claim: &Claim) {
        let (Some(account), Some(request)) =
            (self.agent.account, self.view.requests.get(&claim.request))
        else {
            return;
        };
        let mut disputes = claim.disputes.iter().filter_map(|id| self.view.disputes.get(id));
        if claim.submitter == account
            || request.requester == account
            || disputes.any(|dispute| dispute.challenger == account)
            || self.waits_for_refund(request, account)
        {
            self.plan.calls.push(Call::Annul { claim: claim.id });
        }
    }

    const fn elapsed(&self, claim: &Claim, profile: &Profile) -> u64 {
        let since = Tick { time: claim.time as u32, block: claim.block as u32 };
        self.now().elapsed_since(since, profile.seconds_per_block)
    }

    fn finalise(&mut self, claim: &Claim, profile: &Profile) {
        let passed = self.elapsed(claim, profile) > u64::from(profile.window);
        if passed && self.view.running(claim).next().is_none() {
            self.plan.calls.push(Call::Finalise { claim: claim.id });
        }
    }

    fn judge(&mut self, claim: &Claim, profile: &Profile) {
        let Some(request) = self.view.requests.get(&claim.request) else { return };
        if !self.can_compute(request.model, claim.guest) {
            return;
        }
        // Observers judge too: their alarms are what they are for.
        match self.known.assessment(claim.id) {
            None => self.plan.jobs.push(Job::Assess { claim: claim.id }),
            Some(Assessment::True) => {}
            Some(Assessment::CannotTell(reason)) => {
                self.alarm(Alarm::CannotJudge { claim: claim.id, reason });
            }
            Some(Assessment::False) => self.dispute(claim, profile),
        }
    }

    /// Opens a dispute of one's own, whoever else disputes: theirs may be lost on purpose.
    fn dispute(&mut self, claim: &Claim, profile: &Profile) {
        let Some(account) = self.agent.account.filter(|_| self.agent.roles.challenger) else {
            self.alarm(Alarm::FalseClaim { claim: claim.id });
            return;
        };
        let own = claim.disputes.iter().filter_map(|id| self.view.disputes.get(id));
        let own: Vec<_> = own.filter(|dispute| dispute.challenger == account).collect();
        if own.iter().any(|dispute| dispute.verdict.is_none()) {
            return;
        }
        let nonce = own.iter().map(|dispute| dispute.nonce + 1).max().unwrap_or(0);
        let (elapsed, window) = (self.elapsed(claim, profile), u64::from(profile.window));
        let running = self.view.running(claim).count() as u32;
        let policy = &self.agent.policy;
        // An honest party never loses by proof: then its own computation is wrong, and another dispute would be lost too.
        let refuted = own
            .iter()
            .filter_map(|dispute| dispute.verdict)
            .any(|verdict| !verdict.challenger_won && verdict.by_proof);
        let due = profile.bond(running);
        let allowed = elapsed <= window
            && self.accepts(claim.guest)
            && !refuted
            && due <= policy.max_bond
            && (own.len() as u64) < policy.max_disputes_per_claim;
        if !allowed {
            self.alarm(Alarm::FalseClaim { claim: claim.id });
            return;
        }
        match self.known.opening(claim.id) {
            None => self.plan.jobs.push(Job::Open { claim: claim.id }),
            Some(Action::Open { body }) => {
                let others = if 2 * elapsed > window { OTHERS } else { 0 };
                let free = self.free.saturating_sub(policy.gas_reserve);
                let limit = policy.max_bond.min(free).max(due);
                let bond = profile.bond(running.saturating_add(others)).min(limit);
                if self.afford("open", bond) {
                    let body = Bytes::copy_from_slice(body);
                    self.plan.calls.push(Call::Open { claim: claim.id, nonce, body, bond });
                }
            }
            Some(Action::Alarm(reason)) => {
                let reason = *reason;
                self.alarm(Alarm::CannotJudge { claim: claim.id, reason });
            }
            Some(_) => self.alarm(Alarm::FalseClaim { claim: claim.id }),
        }
    }
}
