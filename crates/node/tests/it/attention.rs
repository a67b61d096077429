//! A validator: when it computes, answers, collects and slashes, and what it leaves alone.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{Address, B256, U256};
use opml_contracts::OpML::{self, OpMLEvents as Event};
use opml_game::{
    Tick,
    attention::{JUDGED, Lots, Rand, answer},
};
use opml_node::{
    attention::{Attention, Enrolment, Member, Seat, Terms},
    plan::{Agent, Alarm, Call, Finding, Job, Knowledge, Plan, Policy, Roles, plan},
    view::{Claim, Commitment, Head, Request},
};

use crate::{
    history::{self, History, MODEL, account},
    planner::{agent, rich},
};

/// The validator, who else has a seat, and who claims.
const ME: u8 = 0;
const OTHER: u8 = 1;
const SUBMITTER: u8 = 2;
const CONTRACT: Address = Address::repeat_byte(0xa7);
/// G in wei.
const SLASH: U256 = U256::from_limbs([50_000_000_000_000_000, 0, 0, 0]);

/// Everybody drawn is called, and there is one epoch.
const TERMS: Terms = Terms {
    profile: 0,
    draws: 8,
    called: 10_000,
    capacity: 9,
    epoch_seconds: u32::MAX as u64,
    slash: SLASH,
    reward: U256::from_limbs([6_000_000_000_000_000, 0, 0, 0]),
};

fn validator() -> Agent {
    agent(ME, Roles::VALIDATOR)
}

const fn seat(index: u8, given: B256) -> Seat {
    Seat { index, validator: account(index), given }
}

/// A chain with one request, as the attention contract sees it.
struct Stage {
    history: History,
    request: B256,
    known: Knowledge,
}

impl Stage {
    /// A request that is before the validators.
    fn asked() -> Self {
        let mut history = History::new(5);
        let asked = history.requested();
        let Event::Requested(e) = &asked else { unreachable!("{asked:?}") };
        let request = e.requestId;
        history.push(vec![asked]);
        Self { history, request, known: Knowledge::default() }
    }

    /// The same after somebody's commitment to the truth.
    fn begun() -> Self {
        let mut history = History::new(5);
        let commitment: Commitment = history.committed_to(account(SUBMITTER));
        Self { history, request: commitment.request, known: Knowledge::default() }
    }

    /// The same with a final claim.
    fn over() -> (Self, Claim) {
        let mut stage = Self::asked();
        let claim = stage.history.answer(stage.request, history::answer().sn, account(SUBMITTER));
        stage.history.push(vec![Event::Finalised(OpML::Finalised {
            requestId: stage.request,
            claimId: claim.id,
            outcome: 1,
        })]);
        (stage, claim)
    }

    fn record(&self) -> Request {
        self.history.record(self.request)
    }

    /// Lets blocks come until the answers are closed.
    fn close(&mut self) {
        let profile = self.history.view(account(ME)).profiles[&0].to_game();
        let tick = |head: Head| Tick { time: head.time as u32, block: head.number as u32 };
        let begun = tick(self.record().begun.unwrap());
        let elapsed = |history: &History| {
            tick(history.head()).elapsed_since(begun, profile.seconds_per_block)
        };
        while elapsed(&self.history) <= profile.answers_for().unwrap() {
            self.history.push(vec![]);
        }
    }

    fn compute(&mut self) {
        let job = Job::Answer { request: self.request, confirm: false };
        self.known.learn(job, Finding::Answer(Arc::new(history::answer())));
    }

    fn enrolment(&self, seats: Vec<Seat>, drawn: bool, last: Option<Claim>) -> Enrolment {
        let lots = self.record().begun.map(|begun| Lots {
            rand: Rand::from_slice(&begun.hash[..Rand::len_bytes()]),
            request: self.request,
            size: 2,
            draws: TERMS.draws,
        });
        Enrolment { model: MODEL, epoch: 0, drawn, lots, seats, last }
    }

    /// What is planned when the contract says so, and the account has a seat.
    fn plan(&mut self, agent: &Agent, enrolment: Enrolment) -> Plan {
        let member = Member { deposit: SLASH, from: 0, until: u64::from(u32::MAX) };
        let attention = Attention {
            contract: CONTRACT,
            at: self.history.head().block(),
            terms: TERMS,
            credit: U256::ZERO,
            members: BTreeMap::from([(MODEL, member)]),
            enrolments: BTreeMap::from([(self.request, enrolment)]),
        };
        self.known.learn_attention(Some(Arc::new(attention)));
        self.plan_on(agent)
    }

    fn plan_on(&self, agent: &Agent) -> Plan {
        plan(&self.history.view(account(ME)), agent, &self.known, rich())
    }

    fn right(&self, of: u8) -> B256 {
        answer(self.request, history::answer().sn, account(of))
    }
}

#[test]
fn it_computes_as_soon_as_there_is_a_request_and_answers_after_a_commitment() {
    let mut stage = Stage::asked();
    let enrolment = stage.enrolment(vec![], false, None);
    let job = Job::Answer { request: stage.request, confirm: false };
    assert_eq!(stage.plan(&validator(), enrolment.clone()).jobs, [job]);
    stage.compute();
    assert_eq!(stage.plan(&validator(), enrolment), Plan::default());

    let mut stage = Stage::begun();
    stage.compute();
    let enrolment = stage.enrolment(vec![seat(ME, B256::ZERO)], false, None);
    let attend =
        Call::Attend { contract: CONTRACT, request: stage.request, value: stage.right(ME) };
    assert_eq!(stage.plan(&validator(), enrolment).calls, [attend]);
    let enrolment = stage.enrolment(vec![seat(ME, stage.right(ME))], true, None);
    assert_eq!(stage.plan(&validator(), enrolment), Plan::default());
}

#[test]
fn draws_are_made_by_the_first_commitment() {
    let mut stage = Stage::begun();
    let begun = stage.record().begun.unwrap();
    assert_eq!(begun, stage.history.head());
    // In a later block, to the same request.
    let late = history::answer().claim(&stage.record(), 0, account(OTHER));
    stage.history.push(vec![Event::Committed(OpML::Committed {
        claimId: late.id(),
        requestId: stage.request,
        submitter: account(OTHER),
        round: 0,
        profile: 0,
    })]);
    assert_eq!(stage.record().begun, Some(begun));
}

#[test]
fn it_computes_nothing_for_others() {
    let mut stage = Stage::begun();
    // Its seat is not drawn.
    let enrolment = stage.enrolment(vec![seat(OTHER, B256::ZERO)], false, None);
    assert_eq!(stage.plan(&validator(), enrolment.clone()), Plan::default());
    // Or it has no seat; or that is no role of it.
    let enrolment = Enrolment { epoch: u64::from(u32::MAX), ..enrolment };
    assert_eq!(stage.plan(&validator(), enrolment), Plan::default());
    let enrolment = stage.enrolment(vec![seat(ME, B256::ZERO)], false, None);
    assert_eq!(stage.plan(&agent(ME, Roles::CHALLENGER), enrolment), Plan::default());
}

#[test]
fn what_the_contract_said_at_another_block_counts_for_nothing() {
    let mut stage = Stage::begun();
    stage.compute();
    let enrolment = stage.enrolment(vec![seat(ME, B256::ZERO)], false, None);
    assert_eq!(stage.plan(&validator(), enrolment).calls.len(), 1);
    stage.history.push(vec![]);
    assert_eq!(stage.plan_on(&validator()), Plan::default());
}

#[test]
fn an_answer_that_is_too_late_is_an_alarm() {
    let mut stage = Stage::begun();
    stage.close();
    let unanswered = [Alarm::Unanswered { request: stage.request }];
    let enrolment = stage.enrolment(vec![seat(ME, B256::ZERO)], false, None);
    let told = stage.plan(&validator(), enrolment.clone());
    assert_eq!((told.calls, told.jobs, &told.alarms[..]), (vec![], vec![], &unanswered[..]));
    stage.compute();
    let told = stage.plan(&validator(), enrolment);
    assert_eq!((told.calls, told.jobs, &told.alarms[..]), (vec![], vec![], &unanswered[..]));
}

#[test]
fn a_silence_that_can_be_shown_is_kept_while_the_chain_knows_it() {
    let mut stage = Stage::begun();
    stage.compute();
    let seats = vec![seat(OTHER, B256::ZERO)];
    let enrolment = stage.enrolment(seats.clone(), false, None);
    assert_eq!(stage.plan(&validator(), enrolment).calls, []);
    stage.close();
    let enrolment = stage.enrolment(seats.clone(), false, None);
    let draw = Call::Draw { contract: CONTRACT, request: stage.request };
    assert_eq!(stage.plan(&validator(), enrolment).calls, [draw]);
    let enrolment = stage.enrolment(seats, true, None);
    assert_eq!(stage.plan(&validator(), enrolment).calls, []);
}

#[test]
fn a_final_claim_pays_the_right_and_costs_the_silent() {
    let (mut stage, claim) = Stage::over();
    let seats = vec![seat(ME, stage.right(ME)), seat(OTHER, B256::ZERO)];
    let enrolment = stage.enrolment(seats, true, Some(claim.clone()));
    let (contract, last) = (CONTRACT, claim.id);
    let slash = Call::Slash { contract, last, validator: account(OTHER), index: OTHER };
    let reward = Call::Reward { contract, last, index: ME };
    assert_eq!(stage.plan(&validator(), enrolment.clone()).calls, [slash, reward.clone()]);
    // Its reward is its money, whatever its role is by now.
    let observer = agent(ME, Roles::OBSERVER);
    assert_eq!(stage.plan(&observer, enrolment.clone()).calls, std::slice::from_ref(&reward));
    // To show a silence costs gas.
    let policy = Policy { min_bounty: SLASH, ..Policy::default() };
    let agent = Agent { policy, ..validator() };
    assert_eq!(stage.plan(&agent, enrolment).calls, [reward]);

    let seats = vec![seat(ME, JUDGED), seat(OTHER, JUDGED)];
    let enrolment = stage.enrolment(seats, true, Some(claim));
    assert_eq!(stage.plan(&validator(), enrolment), Plan::default());
}

#[test]
fn a_wrong_answer_is_as_bad_as_none_and_nobody_shows_its_own() {
    let (mut stage, claim) = Stage::over();
    let wrong = answer(stage.request, B256::repeat_byte(3), account(OTHER));
    let seats = vec![seat(ME, B256::ZERO), seat(OTHER, wrong)];
    let enrolment = stage.enrolment(seats, true, Some(claim.clone()));
    let (contract, last) = (CONTRACT, claim.id);
    let told = stage.plan(&validator(), enrolment);
    let slash = Call::Slash { contract, last, validator: account(OTHER), index: OTHER };
    assert_eq!(told.calls, [slash]);
    assert_eq!(told.alarms, [Alarm::Inattentive { request: stage.request }]);
}
