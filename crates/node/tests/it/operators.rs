//! A node with an operator key: for whom it plays, when, and what it leaves to its party.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256};
use opml_contracts::OpML::{self, OpMLEvents as Event};
use opml_node::plan::{Agent, Alarm, Call, Policy, Roles};

use crate::{
    history::{History, account},
    planner::{agent, rich, settle},
};

/// Who claims, who disputes, and the operator.
const SUBMITTER: u8 = 0;
const CHALLENGER: u8 = 1;
const OPERATOR: u8 = 2;

const fn named(party: u8) -> Event {
    let (party, operator) = (account(party), account(OPERATOR));
    Event::OperatorNamed(OpML::OperatorNamed { party, operator })
}

const fn dismissed(party: u8) -> Event {
    let (party, operator) = (account(party), account(OPERATOR));
    Event::OperatorDismissed(OpML::OperatorDismissed { party, operator })
}

/// A dispute in which the submitter is to move.
fn disputed(history: &mut History) -> B256 {
    let sn = B256::repeat_byte(2);
    history.disputed(sn, account(SUBMITTER), account(CHALLENGER)).2.id
}

fn operator(parties: &[u8], patience: u8) -> Agent {
    let agent = agent(OPERATOR, Roles::OBSERVER);
    let policy = Policy { operator_patience: patience, ..agent.policy };
    let operator_of = parties.iter().map(|party| account(*party)).collect();
    Agent { policy, operator_of, ..agent }
}

fn plan(history: &History, agent: &Agent) -> (Vec<Call>, Vec<Alarm>) {
    let (calls, alarms, _) = settle(&history.view(account(OPERATOR)), agent, rich());
    (calls, alarms)
}

/// The disputes that are answered by a plan that does nothing else.
fn played(history: &History, agent: &Agent) -> BTreeSet<B256> {
    let dispute = |call: Call| match call {
        Call::Play { dispute, .. } => dispute,
        other => panic!("an operator plays and does nothing else: {other:?}"),
    };
    plan(history, agent).0.into_iter().map(dispute).collect()
}

const fn not_operator(dispute: B256, party: Address) -> Alarm {
    Alarm::NotOperator { dispute, party }
}

#[test]
fn it_plays_for_the_party_that_has_named_it() {
    let mut history = History::new(1);
    history.push(vec![named(SUBMITTER)]);
    let dispute = disputed(&mut history);
    assert_eq!(played(&history, &operator(&[SUBMITTER], 0)), [dispute].into());
    // Not because it could: somebody has to tell it.
    assert_eq!(plan(&history, &operator(&[], 0)), (vec![], vec![]));
    // It is the submitter's turn.
    history.push(vec![named(CHALLENGER)]);
    let dispute = disputed(&mut history);
    let (calls, alarms) = plan(&history, &operator(&[CHALLENGER], 0));
    assert!(!calls.iter().any(|call| call.key().contains(&dispute.to_string())), "{calls:?}");
    assert_eq!(alarms.len(), 1, "of the first dispute: {alarms:?}");
}

#[test]
fn what_holds_is_what_held_at_the_reveal() {
    let mut history = History::new(2);
    let early = disputed(&mut history);
    history.push(vec![named(SUBMITTER)]);
    let served = disputed(&mut history);
    history.push(vec![dismissed(SUBMITTER)]);
    let late = disputed(&mut history);
    let agent = operator(&[SUBMITTER], 0);
    assert_eq!(played(&history, &agent), [served].into());
    let alarms: BTreeSet<String> =
        plan(&history, &agent).1.iter().map(ToString::to_string).collect();
    let expected = [early, late].map(|id| not_operator(id, account(SUBMITTER)).to_string());
    assert_eq!(alarms, expected.into());
}

#[test]
fn its_party_comes_first() {
    let mut history = History::new(3);
    history.push(vec![named(SUBMITTER)]);
    let dispute = disputed(&mut history);
    // A fifth of a hundred seconds: two blocks, of which each is charged with ten at most.
    let agent = operator(&[SUBMITTER], 20);
    assert_eq!(plan(&history, &agent), (vec![], vec![]));
    while played(&history, &agent).is_empty() {
        history.push(vec![]);
        assert!(history.blocks.len() < 20, "it never plays");
    }
    assert_eq!(played(&history, &agent), [dispute].into());
}

#[test]
fn who_is_on_both_sides_plays_neither() {
    let mut history = History::new(4);
    history.push(vec![named(SUBMITTER), named(CHALLENGER)]);
    disputed(&mut history);
    assert_eq!(plan(&history, &operator(&[SUBMITTER, CHALLENGER], 0)), (vec![], vec![]));
}

/// Undoing blocks undoes appointments.
#[test]
fn an_appointment_is_a_record_like_others() {
    let mut history = History::new(5);
    history.push(vec![]);
    history.push(vec![named(SUBMITTER)]);
    assert_eq!(history.view(account(OPERATOR)).appointments.len(), 1);
    assert!(history.view(account(CHALLENGER)).appointments.is_empty());
    history.shrink(1);
    assert!(history.view(account(OPERATOR)).appointments.is_empty());
}
