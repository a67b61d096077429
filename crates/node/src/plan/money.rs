//! What is owed: judge, collect, take back, refund, withdraw.

use std::sync::Arc;

use alloy_primitives::Address;

use super::{Alarm, Call, Job, Planner};
use crate::view::{Commitment, Ended};

impl Planner<'_> {
    pub(super) fn money(&mut self) {
        let Some(account) = self.agent.account else { return };
        let view = self.view;
        for (&claim, &last) in &view.unjudged {
            self.plan.calls.push(Call::Judge { claim, last });
        }
        for (&dispute, owed) in &view.owed {
            if owed.fate(owed.end()).is_some_and(|fate| owed.pays(fate, account)) {
                self.plan.calls.push(Call::Collect { dispute });
            }
        }
        // Who has won by time is not paid yet, but its money moves only if the request does.
        for dispute in view.stalled.values() {
            if dispute.challenger == account {
                self.reopen(dispute);
            }
        }
        for commitment in view.commitments.values() {
            self.take_back(commitment, account);
        }
        for request in view.requests.values() {
            self.refund(request, account);
        }
        if self.agent.policy.withdraw && !self.view.credit.is_zero() {
            self.plan.calls.push(Call::Withdraw);
        }
    }

    /// Takes back the stake of a commitment that another claim made useless, if what it committed to is final.
    fn take_back(&mut self, commitment: &Commitment, account: Address) {
        let Some(Ended { request, last }) = self.view.ended.get(&commitment.request) else {
            return;
        };
        let last_id = last.as_ref().map(|last| last.id);
        let claim = last.as_ref().map(|last| opml_game::Claim {
            round: commitment.round,
            submitter: account,
            ..last.to_game()
        });
        // Nearly always: whoever was faster claimed the same to the letter.
        if let Some(claim) = claim
            && claim.id() == commitment.id
        {
            self.plan.calls.push(Call::TakeBack { claim: Arc::new(claim), last: last_id });
            return;
        }
        if !self.can_compute(request.model, request.guest) {
            return;
        }
        let Some(answer) = self.known.answer(request.id) else {
            self.plan.jobs.push(Job::Answer { request: request.id, confirm: false });
            return;
        };
        let claim = answer.claim(request, commitment.round, account);
        let same = last.as_ref().is_none_or(|last| last.sn == claim.sn);
        if same && claim.id() == commitment.id {
            self.plan.calls.push(Call::TakeBack { claim: Arc::new(claim), last: last_id });
        } else {
            self.alarm(Alarm::StakeLost { claim: commitment.id });
        }
    }
}
