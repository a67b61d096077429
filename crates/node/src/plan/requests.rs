//! Requests: commit to an answer where the role and the policy allow it, and reveal it.

use std::sync::Arc;

use alloy_primitives::{Address, U256};
use opml_game::{End, Tick, life::REVEAL_DELAY};

use super::{Alarm, Call, Job, Planner};
use crate::view::{Commitment, Dispute, Profile, Request, RequestStatus};

/// Blocks that a winner has for itself to collect, before others do it to reopen the request.
const GRACE_BLOCKS: u64 = 2;

impl Planner<'_> {
    pub(super) fn requests(&mut self) {
        for request in self.view.requests.values() {
            self.answer(request);
        }
    }

    /// Commits to the answer, if that is the account's role, and reveals what it has committed to, whatever its role is by now: a
    /// commitment that is not revealed costs its stake. Which of the two is next shows in the view.
    fn answer(&mut self, request: &Request) {
        let Some(account) = self.agent.account else { return };
        let Some(profile) = self.view.profiles.get(&request.profile) else { return };
        if self.retired(request.guest) {
            return;
        }
        let stake = profile.stake(request.round);
        let committed = self.view.commitments.values().find(|commitment| {
            commitment.request == request.id && commitment.round == request.round
        });
        let wanted = committed.is_some() || self.wants(request, stake);
        if !wanted || !self.can_compute(request.model, request.guest) || !self.is_open(request) {
            return;
        }
        let Some(answer) = self.known.answer(request.id) else {
            let confirm = stake >= self.agent.policy.confirm_stake;
            self.plan.jobs.push(Job::Answer { request: request.id, confirm });
            return;
        };
        let claim = answer.claim(request, request.round, account);
        match committed {
            // Never a second answer to one question.
            Some(commitment) if commitment.id != claim.id() => {
                self.alarm(Alarm::StakeLost { claim: commitment.id });
            }
            Some(commitment) => {
                // A call is tried on the newest block before it is sent: earlier, this one would be refused there.
                if self.may_reveal(commitment, profile) {
                    self.plan.calls.push(Call::Reveal {
                        request: request.id,
                        round: request.round,
                        answer: Arc::clone(answer),
                    });
                }
            }
            None => {
                let claim = Arc::new(claim);
                if self.afford("commit", stake) {
                    self.plan.calls.push(Call::Commit { claim, stake });
                }
            }
        }
    }

    /// Whether the head is late enough for a reveal: two blocks, and the window in which validators answer.
    fn may_reveal(&self, commitment: &Commitment, profile: &Profile) -> bool {
        let since = Tick { time: commitment.time as u32, block: commitment.block as u32 };
        let elapsed = self.now().elapsed_since(since, profile.seconds_per_block);
        self.head.number >= commitment.block + u64::from(REVEAL_DELAY)
            && elapsed >= u64::from(profile.answer_window)
    }

    /// Whether the roles and limits of the account let it stake money on an answer.
    fn wants(&self, request: &Request, stake: U256) -> bool {
        let policy = &self.agent.policy;
        self.agent.roles.submitter
            && self.head.time + policy.deadline_margin <= u64::from(request.deadline)
            && policy.profiles.as_ref().is_none_or(|allowed| allowed.contains(&request.profile))
            && self.accepts(request.guest)
            && request.fee >= policy.min_fee
            && stake <= policy.max_stake
            // Who was proved wrong computes wrongly: the same claim would lose the next stake.
            && !self.view.refuted.contains(&request.id)
    }

    /// Whether the request takes a claim or a refund. If only the bookkeeping of a verdict is missing, it is planned.
    fn is_open(&mut self, request: &Request) -> bool {
        let view = self.view;
        if let Some(dispute) = view.stalled.get(&request.id)
            && let Some(verdict) = dispute.verdict
            // The winner is paid by that call and has a first chance at it.
            && (self.is_me(dispute.challenger) || self.head.number >= verdict.block + GRACE_BLOCKS)
        {
            self.reopen(dispute);
        }
        request.status == RequestStatus::Open
    }

    /// Opens the request of a claim that fell to its next round. If it fell by a proof, the same call pays.
    pub(super) fn reopen(&mut self, dispute: &Dispute) {
        let by_proof = dispute.verdict.is_some_and(|verdict| verdict.by_proof);
        let dispute = dispute.id;
        let call = if by_proof { Call::Collect { dispute } } else { Call::Reopen { dispute } };
        self.plan.calls.push(call);
    }

    /// Ends a request when a clock has passed since its deadline without a claim, or when its guest version is retired: an own one,
    /// for its fee, or one that the money of the account waits for.
    pub(super) fn refund(&mut self, request: &Request, account: Address) {
        let Some(profile) = self.view.profiles.get(&request.profile) else { return };
        let late = self.head.time > u64::from(request.deadline) + u64::from(profile.clock);
        let due = late || self.retired(request.guest);
        let concerned = || request.requester == account || self.waits_for_refund(request, account);
        if due && concerned() && self.is_open(request) {
            self.plan.calls.push(Call::Refund { request: request.id });
        }
    }

    /// Whether the account gets something if the request ends without an answer: out of a dispute that was lost by time, or a
    /// commitment that cannot be revealed any more.
    pub(super) fn waits_for_refund(&self, request: &Request, account: Address) -> bool {
        let retired = self.retired(request.guest);
        let mut commitments = self.view.commitments.values();
        if commitments.any(|c| c.request == request.id && (retired || c.round < request.round)) {
            return true;
        }
        let end = if retired { End::Annulled } else { End::Unknown };
        let owed = self.view.owed.values().filter(|owed| owed.claim.request == request.id);
        owed.filter(|owed| owed.fate(owed.end()).is_none())
            .filter_map(|owed| Some((owed, owed.fate(end)?)))
            .any(|(owed, fate)| owed.pays(fate, account))
    }

    pub(super) fn alarm(&mut self, alarm: Alarm) {
        self.plan.alarms.push(alarm);
    }
}
