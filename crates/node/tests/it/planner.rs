//! The planner, without a chain: rules that hold in every view, and the cases that each rule is about.

use std::{collections::BTreeSet, sync::Arc};

use alloy_primitives::{Address, B256, Bytes, U256};
use opml_game::{Action, Assessment, Side};
use opml_node::{
    plan::{Agent, Alarm, Call, Finding, Job, Knowledge, Play, Policy, Roles, plan},
    view::{RequestStatus, View},
};
use proptest::prelude::*;

use crate::history::{self, ACCOUNTS, ANSWERS, CLOCK, GUEST_ROOT, History, MODEL, WINDOW, account};

pub(crate) fn agent(index: u8, roles: Roles) -> Agent {
    Agent {
        account: Some(account(index)),
        roles,
        policy: Policy { deadline_margin: 0, ..Policy::default() },
        models: BTreeSet::from([MODEL]),
        guests: BTreeSet::from([GUEST_ROOT]),
        operator_of: BTreeSet::new(),
    }
}

pub(crate) const BOTH: Roles = Roles { submitter: true, challenger: true, validator: false };

pub(crate) fn rich() -> U256 {
    U256::from(10u64).pow(U256::from(24))
}

/// Whether the call only reopens a request, for the next answer that somebody wants to give: the account has no money in the
/// verdict itself. Such a call goes with the wish to answer.
fn clears_the_way(view: &View, account: Address, call: &Call) -> bool {
    let (Call::Collect { dispute } | Call::Reopen { dispute }) = call else { return false };
    let won = view
        .stalled
        .values()
        .any(|stalled| stalled.id == *dispute && stalled.challenger == account);
    !won && !is_paid(view, account, dispute)
}

/// The calls, sorted: what is collected for the money also clears the way now and then, and then it comes sooner.
fn in_any_order<'a>(calls: impl Iterator<Item = &'a Call>) -> Vec<String> {
    let mut calls: Vec<_> = calls.map(|call| format!("{call:?}")).collect();
    calls.sort();
    calls
}

/// Whether collecting the dispute's money pays the account.
fn is_paid(view: &View, account: Address, dispute: &B256) -> bool {
    view.owed
        .get(dispute)
        .is_some_and(|owed| owed.fate(owed.end()).is_some_and(|fate| owed.pays(fate, account)))
}

/// What workers would find out: every claim is false if its S_n is 3s, every position is answered by a move.
fn work(view: &View, known: &mut Knowledge, job: Job) {
    let finding = match job {
        Job::Assess { claim } => {
            let lie = view.claims[&claim].sn == B256::repeat_byte(3);
            Finding::Assessment(if lie { Assessment::False } else { Assessment::True })
        }
        Job::Open { .. } => Finding::Action(Action::Open { body: vec![1] }),
        Job::Reply { .. } => Finding::Action(Action::Move { pick: 1, body: vec![2] }),
        Job::Answer { .. } => Finding::Answer(Arc::new(history::answer())),
    };
    known.learn(job, finding);
}

/// What the node has seen of the view's verifiers: their code is the project's own, or not.
fn seen(view: &View, own: bool) -> Knowledge {
    let mut known = Knowledge::default();
    for guest in view.guests.values() {
        known.learn_verifier(guest.verifier, own);
    }
    known
}

/// Plans until no job is left, under verifiers that are the project's own.
pub(crate) fn settle(
    view: &View,
    agent: &Agent,
    balance: U256,
) -> (Vec<Call>, Vec<Alarm>, Knowledge) {
    settle_from(seen(view, true), view, agent, balance)
}

/// Plans until no job is left.
fn settle_from(
    mut known: Knowledge,
    view: &View,
    agent: &Agent,
    balance: U256,
) -> (Vec<Call>, Vec<Alarm>, Knowledge) {
    loop {
        let plan = plan(view, agent, &known, balance);
        if plan.jobs.is_empty() {
            return (plan.calls, plan.alarms, known);
        }
        for job in plan.jobs {
            work(view, &mut known, job);
        }
    }
}

fn check_rules(view: &View, agent: &Agent, calls: &[Call]) -> Result<(), TestCaseError> {
    let me = agent.account.unwrap();
    let head = view.head.unwrap();
    let keys: BTreeSet<String> = calls.iter().map(Call::key).collect();
    prop_assert_eq!(keys.len(), calls.len(), "two calls of one key");
    for call in calls {
        match call {
            Call::Commit { claim, stake } => {
                let request = &view.requests[&claim.request_id];
                prop_assert!(agent.roles.submitter);
                prop_assert_eq!(request.status, RequestStatus::Open);
                prop_assert_eq!((claim.round, claim.submitter), (request.round, me));
                prop_assert_eq!(*stake, view.profiles[&0].stake(request.round));
                prop_assert!(head.time <= u64::from(request.deadline));
                prop_assert!(!view.refuted.contains(&request.id));
                let again = view.commitments.values().any(|commitment| {
                    (commitment.request, commitment.round) == (request.id, request.round)
                });
                prop_assert!(!again, "a second commitment in a round");
            }
            Call::Reveal { request, round, answer } => {
                let request = &view.requests[request];
                prop_assert_eq!(request.status, RequestStatus::Open);
                prop_assert_eq!(*round, request.round);
                let commitment = &view.commitments[&answer.claim(request, *round, me).id()];
                prop_assert!(head.number >= commitment.block + 2, "too early");
                let by_blocks = 10 * (head.number - commitment.block);
                let elapsed = (head.time - commitment.time).min(by_blocks);
                prop_assert!(elapsed >= u64::from(ANSWERS), "validators may still answer");
            }
            Call::TakeBack { claim, last } => {
                prop_assert!(view.commitments.contains_key(&claim.id()));
                let ended = &view.ended[&claim.request_id];
                prop_assert_eq!(ended.last.as_ref().map(|last| last.id), *last);
                prop_assert!(ended.last.as_ref().is_none_or(|last| last.sn == claim.sn));
            }
            Call::Open { claim, bond, .. } => {
                let claim = &view.claims[claim];
                let (profile, running) = (&view.profiles[&0], view.running(claim).count() as u32);
                // Late in the window it is enough for others that open in the same block, too.
                let by_blocks = u64::from(profile.seconds_per_block) * (head.number - claim.block);
                let elapsed = (head.time - claim.time).min(by_blocks);
                let others = if 2 * elapsed > u64::from(WINDOW) { 16 } else { 0 };
                prop_assert_eq!(*bond, profile.bond(running + others));
                prop_assert!(agent.roles.challenger);
                prop_assert_ne!(claim.submitter, me, "a dispute with oneself");
                prop_assert!(
                    !view.running(claim).any(|dispute| dispute.challenger == me),
                    "a second dispute beside a running one"
                );
            }
            Call::Play { dispute, position, .. } => {
                let dispute = &view.disputes[dispute];
                let claim = &view.claims[&dispute.claim];
                prop_assert!(dispute.verdict.is_none());
                prop_assert_eq!(dispute.last().unwrap().position, *position);
                let mover = dispute.position().unwrap().mover;
                let side = if claim.submitter == me { Side::Submitter } else { Side::Challenger };
                prop_assert_eq!(mover, side, "a move on the opponent's turn");
                prop_assert_ne!(claim.submitter, dispute.challenger);
            }
            Call::Timeout { dispute, position, .. } => {
                let dispute = &view.disputes[dispute];
                let at = dispute.position().unwrap();
                prop_assert_eq!(dispute.last().unwrap().position, *position);
                prop_assert!(head.time - u64::from(at.time) > u64::from(at.budget(at.mover)));
            }
            Call::Finalise { claim } => {
                let claim = &view.claims[claim];
                prop_assert_eq!(claim.submitter, me);
                prop_assert_eq!(view.running(claim).count(), 0);
                prop_assert!(head.time - claim.time > u64::from(WINDOW));
            }
            Call::Collect { dispute } => {
                let mut stalled = view.stalled.values().filter(|stalled| stalled.id == *dispute);
                let reopens = stalled.any(|stalled| stalled.verdict.is_some_and(|v| v.by_proof));
                prop_assert!(is_paid(view, me, dispute) || reopens, "nothing in it for anybody");
            }
            Call::Reopen { dispute } => {
                let mut stalled = view.stalled.values().filter(|stalled| stalled.id == *dispute);
                prop_assert!(stalled.any(|stalled| stalled.verdict.is_some_and(|v| !v.by_proof)));
            }
            Call::Judge { claim, last } => prop_assert_eq!(&view.unjudged[claim], last),
            Call::Refund { request } => {
                let request = &view.requests[request];
                let waits = view.owed.values().any(|owed| owed.claim.request == request.id)
                    || view.commitments.values().any(|c| c.request == request.id);
                prop_assert!(request.requester == me || waits, "nobody's business");
                prop_assert_eq!(request.status, RequestStatus::Open);
                prop_assert!(head.time > u64::from(request.deadline + CLOCK));
            }
            Call::Annul { claim } => {
                let guest = view.claims[claim].guest;
                prop_assert!(view.guests[&guest].retired, "a version that serves");
            }
            Call::Withdraw => prop_assert!(!view.credit.is_zero()),
            Call::Attend { .. }
            | Call::Draw { .. }
            | Call::Reward { .. }
            | Call::Slash { .. }
            | Call::WithdrawReward { .. } => prop_assert!(false, "no attention contract: {call:?}"),
        }
    }
    for dispute in view.owed.keys() {
        let call = Call::Collect { dispute: *dispute };
        prop_assert!(
            !is_paid(view, me, dispute) || calls.contains(&call),
            "what is due is collected"
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn every_plan_keeps_the_rules(seed: u64, blocks in 1usize..60) {
        let mut history = History::new(seed);
        for _ in 0..blocks {
            history.grow();
            for index in 0..ACCOUNTS {
                let agent = agent(index, BOTH);
                let view = history.view(account(index));
                let (calls, _, known) = settle(&view, &agent, rich());
                check_rules(&view, &agent, &calls)?;
                // The same view gives the same plan, however often it is made.
                prop_assert_eq!(&plan(&view, &agent, &known, rich()).calls, &calls);
                // What is known of an older view is of no consequence once it is forgotten.
                let mut kept = known.clone();
                kept.retain(&view);
                prop_assert_eq!(&plan(&view, &agent, &kept, rich()).calls, &calls);
            }
        }
    }

    #[test]
    fn observers_compute_and_send_nothing(seed: u64, blocks in 1usize..40) {
        let mut history = History::new(seed);
        for _ in 0..blocks {
            history.grow();
        }
        let mut agent = agent(0, Roles::OBSERVER);
        agent.account = None;
        let view = history.view(Default::default());
        let (calls, alarms, _) = settle(&view, &agent, U256::ZERO);
        prop_assert_eq!(calls, vec![]);
        let lie = B256::repeat_byte(3);
        for claim in view.claims.values().filter(|claim| claim.sn == lie) {
            let alarm = Alarm::FalseClaim { claim: claim.id };
            prop_assert!(alarms.contains(&alarm), "{}", alarm);
        }
    }

    #[test]
    fn who_holds_neither_model_nor_guest_does_not_play(seed: u64, blocks in 1usize..40) {
        let mut history = History::new(seed);
        for _ in 0..blocks {
            history.grow();
        }
        for missing in ["model", "guest"] {
            let mut agent = agent(0, BOTH);
            if missing == "model" { agent.models.clear() } else { agent.guests.clear() }
            let (calls, _, _) = settle(&history.view(account(0)), &agent, rich());
            let computed =
                |call: &Call| {
                matches!(
                    call,
                    Call::Commit { .. } | Call::Reveal { .. } | Call::Open { .. } | Call::Play { .. }
                )
            };
            prop_assert!(!calls.iter().any(computed), "{calls:?}");
        }
    }

    /// The registrar may append a version with a known program and a verifier of its own.
    #[test]
    fn under_a_version_that_is_not_accepted_nothing_is_begun(seed: u64, blocks in 1usize..40) {
        let mut history = History::new(seed);
        for _ in 0..blocks {
            history.grow();
        }
        let view = history.view(account(0));
        let mut agent = agent(0, BOTH);
        let (all, _, _) = settle(&view, &agent, rich());
        let plays = |calls: &[Call]| {
            calls.iter().filter(|call| matches!(call, Call::Play { .. })).cloned().collect::<Vec<_>>()
        };
        let begins = |call: &Call| matches!(call, Call::Commit { .. } | Call::Open { .. });
        let strange = settle_from(seen(&view, false), &view, &agent, rich()).0;
        let unseen = settle_from(Knowledge::default(), &view, &agent, rich()).0;
        agent.policy.guests = Some(BTreeSet::new());
        let forbidden = settle(&view, &agent, rich()).0;
        for none in [strange, unseen, forbidden] {
            prop_assert!(!none.iter().any(begins), "{none:?}");
            prop_assert_eq!(plays(&none), plays(&all));
        }
        // The operator's word goes before the code: a court of another kind may be right too.
        agent.policy.guests = Some(view.guests.keys().copied().collect());
        let allowed = settle_from(seen(&view, false), &view, &agent, rich()).0;
        prop_assert_eq!(allowed, all);
    }

    #[test]
    fn requests_that_pay_less_than_the_least_fee_are_not_claimed(seed: u64, blocks in 1usize..40) {
        let mut history = History::new(seed);
        for _ in 0..blocks {
            history.grow();
        }
        let (mut agent, view) = (agent(0, BOTH), history.view(account(0)));
        let (all, _, _) = settle(&view, &agent, rich());
        let fees: BTreeSet<_> = view.requests.values().map(|request| request.fee).collect();
        for least in fees {
            agent.policy.min_fee = least;
            let (some, _, _) = settle(&view, &agent, rich());
            let pays = |call: &&Call| match call {
                Call::Commit { claim, .. } => view.requests[&claim.request_id].fee >= least,
                other => !clears_the_way(&view, account(0), other),
            };
            prop_assert_eq!(
                in_any_order(some.iter().filter(pays)),
                in_any_order(all.iter().filter(pays))
            );
        }
    }

    /// Who pauses a role, or starts again without it, loses neither stakes nor disputes.
    #[test]
    fn without_a_role_nothing_is_begun_and_everything_is_ended(seed: u64, blocks in 1usize..40) {
        let mut history = History::new(seed);
        for _ in 0..blocks {
            history.grow();
        }
        let view = history.view(account(0));
        let (all, _, _) = settle(&view, &agent(0, BOTH), rich());
        let (some, _, _) = settle(&view, &agent(0, Roles::OBSERVER), rich());
        let begins = |call: &&Call| matches!(call, Call::Commit { .. } | Call::Open { .. });
        let ends = |call: &&Call| !begins(call) && !clears_the_way(&view, account(0), call);
        prop_assert_eq!(some.iter().find(begins), None);
        prop_assert_eq!(
            in_any_order(some.iter().filter(ends)),
            in_any_order(all.iter().filter(ends))
        );
    }

    #[test]
    fn poor_agents_begin_nothing_and_play_on(seed: u64, blocks in 1usize..40) {
        let mut history = History::new(seed);
        for _ in 0..blocks {
            history.grow();
        }
        let (agent, view) = (agent(0, BOTH), history.view(account(0)));
        let (poor, _, _) = settle(&view, &agent, U256::ZERO);
        let (all, _, _) = settle(&view, &agent, rich());
        let begins = |call: &&Call| !matches!(call, Call::Commit { .. } | Call::Open { .. });
        prop_assert_eq!(poor.iter().collect::<Vec<_>>(), all.iter().filter(begins).collect::<Vec<_>>());
    }
}

#[test]
fn a_commitment_is_revealed_as_soon_as_its_answers_are_closed() {
    let mut history = History::new(5);
    let commitment = history.committed_to(account(0));
    for block in 1..20 {
        history.push(vec![]);
        let view = history.view(account(0));
        let (calls, ..) = settle(&view, &agent(0, BOTH), rich());
        let head = history.head();
        let elapsed = (head.time - commitment.time).min(10 * block);
        let reveals = calls.iter().any(|call| matches!(call, Call::Reveal { .. }));
        assert_eq!(
            reveals,
            block >= 2 && elapsed >= u64::from(ANSWERS),
            "block {block}: {calls:?}"
        );
    }
}

#[test]
fn one_position_has_one_key_whatever_answers_it() {
    let (dispute, position, body) = (Default::default(), U256::from(5), Bytes::new());
    let play = |play| Call::Play { dispute, position, play, pick: 1, body: body.clone() }.key();
    assert_eq!(play(Play::Move), play(Play::Evaluate));
    assert_eq!(play(Play::Move), play(Play::EvaluateFault));
}
