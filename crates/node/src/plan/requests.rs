//! Requests: claim an answer where the role and the policy allow it.

use alloy_primitives::Address;

use super::{Alarm, Call, Job, Planner};
use crate::view::{Request, RequestStatus};

/// Blocks that a winner has for itself to collect, before others do it to reopen the request.
const GRACE_BLOCKS: u64 = 2;

impl Planner<'_> {
    pub(super) fn requests(&mut self) {
        if self.agent.account.is_none() || !self.agent.roles.submitter {
            return;
        }
        for request in self.view.requests.values() {
            self.answer(request);
        }
    }

    fn answer(&mut self, request: &Request) {
        let Some(profile) = self.view.profiles.get(&request.profile) else { return };
        let policy = &self.agent.policy;
        let wanted = request.status != RequestStatus::Refunded
            && self.head.time + policy.deadline_margin <= u64::from(request.deadline)
            && policy.profiles.as_ref().is_none_or(|allowed| allowed.contains(&request.profile))
            && self.accepts(request.guest)
            && profile.stake() <= policy.max_stake
            && self.can_compute(request.model, request.guest)
            // Who was proved wrong computes wrongly: the same claim would lose the next stake.
            && !self.view.refuted.contains(&request.id);
        if !wanted || !self.is_open(request) {
            return;
        }
        let stake = profile.stake();
        let Some(answer) = self.known.answer(request.id) else {
            let confirm = stake >= policy.confirm_stake;
            self.plan.jobs.push(Job::Answer { request: request.id, confirm });
            return;
        };
        if self.afford("claim", stake) {
            self.plan.calls.push(Call::Claim {
                request: request.id,
                round: request.round,
                answer: answer.clone(),
                stake,
            });
        }
    }

    /// Whether the request takes a claim or a refund. If only the bookkeeping of a verdict is missing, it is planned.
    fn is_open(&mut self, request: &Request) -> bool {
        let view = self.view;
        if let Some(dispute) = view.stalled.get(&request.id)
            && let Some(verdict) = dispute.verdict
            // The winner is paid by that call and has a first chance at it.
            && (self.is_me(dispute.challenger) || self.head.number >= verdict.block + GRACE_BLOCKS)
        {
            self.plan.calls.push(Call::Collect { dispute: dispute.id });
        }
        request.status == RequestStatus::Open
    }

    /// Takes back the fee of an own request once its deadline has passed without a claim.
    pub(super) fn refund(&mut self, request: &Request, account: Address) {
        let late = self.head.time > u64::from(request.deadline);
        if request.requester == account && late && self.is_open(request) {
            self.plan.calls.push(Call::Refund { request: request.id });
        }
    }

    pub(super) fn alarm(&mut self, alarm: Alarm) {
        self.plan.alarms.push(alarm);
    }
}
