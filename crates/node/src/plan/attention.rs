//! Attention: answer where the account's seat is called, collect what right answers earn, and show the silence of others.
//!
//! Who is called depends on the end of the run, so the run of every request that the account answers for is computed as soon as there
//! is one; an answer that was not called for would cost gas and earn nothing.

use alloy_primitives::{Address, B256};
use opml_game::{Tick, attention::answer};

use super::{Alarm, Call, Job, Planner};
use crate::{
    attention::{Attention, Enrolment, Seat},
    view::{Claim, Outcome, Request},
};

impl Planner<'_> {
    pub(super) fn attention(&mut self) {
        let Some(account) = self.agent.account else { return };
        let known = self.known;
        // What it said at another block may be undone by now.
        let Some(attention) = known.attention().filter(|known| known.at == self.head.block())
        else {
            return;
        };
        for (&id, enrolment) in &attention.enrolments {
            match &enrolment.last {
                Some(last) => self.collect_reward(attention, account, id, enrolment, last),
                None => self.attend(attention, account, id, enrolment),
            }
            if self.agent.roles.validator {
                self.show_silence(attention, account, id, enrolment);
            }
        }
        if self.agent.policy.withdraw && !attention.credit.is_zero() {
            self.plan.calls.push(Call::WithdrawReward { contract: attention.contract });
        }
    }

    /// Computes the run of a request that the account answers for, and answers if it is drawn and called.
    fn attend(&mut self, attention: &Attention, account: Address, id: B256, enrolment: &Enrolment) {
        let view = self.view;
        let Some(request) = view.requests.get(&id) else { return };
        let drawn = enrolment.seats.iter().find(|seat| seat.validator == account);
        let waits = enrolment.lots.is_none();
        if !self.agent.roles.validator
            || !attention.is_liable(enrolment.model, enrolment.epoch)
            || !waits && drawn.is_none_or(|seat| !seat.given.is_zero())
        {
            return;
        }
        let closed = self.answers_closed(request);
        let Some(known) = self.known.answer(id) else {
            if closed || !self.can_compute(request.model, request.guest) {
                // The silence costs nothing unless the end of the run calls: who cannot tell has to look.
                self.alarm(Alarm::Unanswered { request: id });
            } else {
                self.compute(request);
            }
            return;
        };
        // A failure judges nobody.
        let sn = Some(known.sn).filter(|_| known.outcome == Outcome::Done);
        let called = sn.filter(|sn| {
            enrolment.called(*sn, &attention.terms).any(|seat| seat.validator == account)
        });
        match called {
            Some(_) if closed => self.alarm(Alarm::Unanswered { request: id }),
            Some(sn) => self.plan.calls.push(Call::Attend {
                contract: attention.contract,
                request: id,
                value: answer(id, sn, account),
            }),
            None => {}
        }
    }

    /// Has the answer computed, unless the plan of a submitter does.
    fn compute(&mut self, request: &Request) {
        let planned =
            |job: &Job| matches!(job, Job::Answer { request: id, .. } if *id == request.id);
        if self.plan.jobs.iter().any(planned) {
            return;
        }
        // A submitter that finds it there later stakes money on it.
        let profile = self.view.profiles.get(&request.profile);
        let stake = profile.map(|profile| profile.stake(request.round)).unwrap_or_default();
        let confirm = self.agent.roles.submitter && stake >= self.agent.policy.confirm_stake;
        self.plan.jobs.push(Job::Answer { request: request.id, confirm });
    }

    /// Whether the next block is too late for an answer.
    fn answers_closed(&self, request: &Request) -> bool {
        let Some(begun) = request.begun else { return false };
        let Some(profile) = self.view.profiles.get(&request.profile) else { return false };
        let since = Tick { time: begun.time as u32, block: begun.number as u32 };
        let elapsed = self.now().elapsed_since(since, profile.seconds_per_block);
        profile.to_game().answers_for().is_none_or(|last| elapsed > last)
    }

    /// Has the reward of a right answer credited; the alarm of a validator without one.
    fn collect_reward(
        &mut self,
        attention: &Attention,
        account: Address,
        id: B256,
        enrolment: &Enrolment,
        last: &Claim,
    ) {
        let contract = attention.contract;
        let own = |seat: &&Seat| seat.validator == account && !seat.is_judged();
        for seat in enrolment.called(last.sn, &attention.terms).filter(own) {
            if seat.is_right(id, last.sn) {
                let (last, index) = (last.id, seat.index);
                self.plan.calls.push(Call::Reward { contract, last, index });
            } else {
                self.alarm(Alarm::Inattentive { request: id });
            }
        }
    }

    /// Slashes others who were called and have no right answer. Until the request is final, it sees to it that this will be possible:
    /// who is drawn has to be kept before the chain forgets it, and if everybody is silent nobody has done it.
    fn show_silence(
        &mut self,
        attention: &Attention,
        account: Address,
        id: B256,
        enrolment: &Enrolment,
    ) {
        let (contract, terms) = (attention.contract, &attention.terms);
        if terms.bounty() < self.agent.policy.min_bounty {
            return;
        }
        let view = self.view;
        let last = enrolment.last.as_ref();
        let closed = view.requests.get(&id).is_none_or(|request| self.answers_closed(request));
        let known = self.known.answer(id).filter(|answer| answer.outcome == Outcome::Done);
        let Some(sn) = last.map(|last| last.sn).or_else(|| known.map(|answer| answer.sn)) else {
            return;
        };
        let silent = enrolment
            .called(sn, terms)
            .filter(|seat| seat.validator != account && !seat.is_judged())
            .filter(|seat| !seat.is_right(id, sn));
        for seat in silent {
            match last {
                _ if !enrolment.drawn && closed => {
                    self.plan.calls.push(Call::Draw { contract, request: id });
                }
                Some(last) if enrolment.drawn => {
                    let (validator, index) = (seat.validator, seat.index);
                    self.plan.calls.push(Call::Slash { contract, last: last.id, validator, index });
                }
                _ => {}
            }
        }
    }
}
