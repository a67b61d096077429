//! Money that was lost by time: who collects what, and when (docs/protocol.md §9).

use alloy_primitives::{Address, B256};
use opml_contracts::OpML::{self, OpMLEvents as Event};
use opml_node::{
    plan::{Call, Roles},
    view::{Claim, Dispute, Request},
};

use crate::history::{CLOCK, History, account};
use crate::planner::{BOTH, agent, rich, settle};

const TRUTH: B256 = B256::repeat_byte(2);
const LIE: B256 = B256::repeat_byte(3);
/// Of an account: its number.
const SUBMITTER: u8 = 0;
const CHALLENGER: u8 = 1;
const SECOND: u8 = 2;

/// A claim that was timed out.
struct Fallen {
    history: History,
    request: Request,
    claim: Claim,
    dispute: Dispute,
}

impl Fallen {
    fn new(sn: B256) -> Self {
        let mut history = History::new(1);
        let (request, claim, dispute) =
            history.timed_out(sn, account(SUBMITTER), account(CHALLENGER));
        Self { history, request, claim, dispute }
    }

    fn calls(&self, index: u8, roles: Roles) -> Vec<Call> {
        settle(&self.history.view(account(index)), &agent(index, roles), rich()).0
    }

    /// Calls about money of the claim, of accounts in order.
    fn money(&self) -> [Vec<Call>; 3] {
        [SUBMITTER, CHALLENGER, SECOND].map(|index| {
            let mut calls = self.calls(index, Roles::OBSERVER);
            calls.retain(|call| {
                matches!(
                    call,
                    Call::Collect { .. }
                        | Call::Reopen { .. }
                        | Call::Judge { .. }
                        | Call::Refund { .. }
                )
            });
            calls
        })
    }

    fn reopened(&mut self) {
        let deadline = self.request.deadline.max(self.history.head().time as u32 + CLOCK);
        self.history.push(vec![Event::ClaimRejected(OpML::ClaimRejected {
            claimId: self.claim.id,
            requestId: self.request.id,
            disputeId: self.dispute.id,
            deadline,
        })]);
        assert_eq!(self.history.record::<Request>(self.request.id).deadline, deadline);
    }

    fn retired(&mut self) {
        let retired = OpML::GuestVersionRetired { guest: self.request.guest };
        self.history.push(vec![Event::GuestVersionRetired(retired)]);
    }

    /// The second account gives an answer, which becomes final.
    fn answered(&mut self, sn: B256) -> B256 {
        let last = self.history.answer(self.request.id, sn, account(SECOND));
        self.history.push(vec![Event::Finalised(OpML::Finalised {
            requestId: self.request.id,
            claimId: last.id,
            outcome: 1,
        })]);
        last.id
    }

    fn judged(&mut self, right: bool) {
        self.history.push(vec![Event::Judged(OpML::Judged {
            claimId: self.claim.id,
            requestId: self.request.id,
            right,
        })]);
    }

    fn collected(&mut self) {
        let (dispute, claim) = (self.dispute.id, self.claim.id);
        let collected = OpML::Collected { disputeId: dispute, claimId: claim };
        self.history.push(vec![Event::Collected(collected)]);
    }
}

#[test]
fn a_submitter_that_was_right_claims_again_and_has_its_stake_back() {
    let mut fallen = Fallen::new(TRUTH);
    let (dispute, claim) = (fallen.dispute.id, fallen.claim.id);
    assert_eq!(fallen.money(), [vec![], vec![Call::Reopen { dispute }], vec![]]);
    fallen.reopened();
    assert_eq!(fallen.money(), [vec![], vec![], vec![]], "it waits");
    let again = fallen.calls(SUBMITTER, BOTH).into_iter().find_map(|call| match call {
        Call::Commit { claim, .. } => Some(claim),
        _ => None,
    });
    let again = again.unwrap();
    assert_eq!((again.request_id, again.round, again.sn), (fallen.request.id, 1, TRUTH));

    let last = fallen.answered(TRUTH);
    let judge = Call::Judge { claim, last };
    assert_eq!(fallen.money(), [vec![judge.clone()], vec![], vec![judge]]);
    fallen.judged(true);
    assert_eq!(fallen.money(), [vec![Call::Collect { dispute }], vec![], vec![]]);
    fallen.collected();
    assert_eq!(fallen.money(), [vec![], vec![], vec![]]);
}

#[test]
fn a_challenger_that_was_right_has_the_claim_judged_and_collects() {
    let mut fallen = Fallen::new(LIE);
    let (dispute, claim) = (fallen.dispute.id, fallen.claim.id);
    fallen.reopened();
    let last = fallen.answered(TRUTH);
    assert_eq!(fallen.money(), [vec![], vec![Call::Judge { claim, last }], vec![]]);
    fallen.judged(false);
    assert_eq!(fallen.money(), [vec![], vec![Call::Collect { dispute }], vec![]]);
    fallen.collected();
    assert_eq!(fallen.money(), [vec![], vec![], vec![]]);
}

#[test]
fn who_waits_for_a_request_that_nobody_answers_ends_it_itself() {
    let mut fallen = Fallen::new(LIE);
    let dispute = fallen.dispute.id;
    fallen.reopened();
    let request = fallen.history.record::<Request>(fallen.request.id);
    let last = u64::from(request.deadline) + u64::from(CLOCK);
    while fallen.history.head().time <= last {
        let waits = fallen.money()[usize::from(CHALLENGER)].is_empty();
        assert!(waits, "until {last}");
        fallen.history.push(vec![]);
    }
    let refund = Call::Refund { request: request.id };
    assert_eq!(fallen.money()[usize::from(CHALLENGER)], [refund]);
    fallen.history.push(vec![Event::Refunded(OpML::Refunded {
        requestId: request.id,
        requester: Address::ZERO,
        amount: request.fee,
    })]);
    assert_eq!(fallen.money(), [vec![], vec![Call::Collect { dispute }], vec![]]);
}

/// The guest version is retired while the money waits: both sides have theirs back, and nobody plays on.
#[test]
fn what_waits_when_a_version_is_retired_goes_back_to_both_sides() {
    let mut fallen = Fallen::new(LIE);
    let (dispute, request) = (fallen.dispute.id, fallen.request.id);
    fallen.reopened();
    fallen.retired();
    let refund = Call::Refund { request };
    // The last one has asked.
    assert_eq!(fallen.money(), [(); 3].map(|()| vec![refund.clone()]), "at once");
    let eager = fallen.calls(SECOND, BOTH);
    assert!(!eager.iter().any(|call| matches!(call, Call::Commit { .. })), "{eager:?}");
    fallen.history.push(vec![
        Event::Refunded(OpML::Refunded {
            requestId: request,
            requester: Address::ZERO,
            amount: fallen.request.fee,
        }),
        Event::RequestAnnulled(OpML::RequestAnnulled { requestId: request }),
    ]);
    let collect = Call::Collect { dispute };
    assert_eq!(fallen.money(), [vec![collect.clone()], vec![collect], vec![]]);
    fallen.collected();
    assert_eq!(fallen.money(), [vec![], vec![], vec![]]);
}

/// Nobody can dispute the claim or make it final any more: either side ends it, and has its own back.
#[test]
fn an_open_claim_of_a_retired_version_is_annulled_by_whoever_has_money_in_it() {
    let mut history = History::new(1);
    let (request, claim, dispute) = history.disputed(LIE, account(SUBMITTER), account(CHALLENGER));
    let calls = |history: &History, index| {
        settle(&history.view(account(index)), &agent(index, BOTH), rich()).0
    };
    let retired = OpML::GuestVersionRetired { guest: request.guest };
    history.push(vec![Event::GuestVersionRetired(retired)]);
    assert_eq!(request.requester, account(SECOND));
    for index in [SUBMITTER, CHALLENGER, SECOND] {
        assert_eq!(calls(&history, index), [Call::Annul { claim: claim.id }]);
    }
    assert_eq!(calls(&history, 9), [], "no concern of its own");
    history.push(vec![
        Event::ClaimAnnulled(OpML::ClaimAnnulled { claimId: claim.id, requestId: request.id }),
        Event::Refunded(OpML::Refunded {
            requestId: request.id,
            requester: request.requester,
            amount: request.fee,
        }),
        Event::RequestAnnulled(OpML::RequestAnnulled { requestId: request.id }),
    ]);
    let collect = Call::Collect { dispute: dispute.id };
    assert_eq!(calls(&history, CHALLENGER), [collect]);
    assert_eq!(calls(&history, SUBMITTER), []);
}
