//! From the view of the chain to the next actions: a pure function, computed anew after every block and every result.
//!
//! Nothing is remembered between two plans. What was done already shows in the view; what is under way shows in the
//! transaction queue, which never sends two calls of one key. So a crash between any two lines of code loses nothing.

mod agent;
mod attention;
mod call;
mod claims;
mod disputes;
mod knowledge;
mod money;
mod requests;

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256};
use opml_game::{Terms, Tick};

pub use agent::{Agent, Policy, Roles};
pub use call::{Call, Play, Urgency};
pub use knowledge::{Answer, Finding, Job, Knowledge};

use crate::view::{Claim, Head, View};

/// Something that a human should see. The planner does nothing about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Alarm {
    /// A false claim stands, and this node does not dispute.
    #[error("claim {claim} is false")]
    FalseClaim {
        /// The claim.
        claim: B256,
    },
    /// The claim is not about the run that this node computes.
    #[error("claim {claim} cannot be judged: {reason}")]
    CannotJudge {
        /// The claim.
        claim: B256,
        /// Why.
        reason: opml_game::Alarm,
    },
    /// Playing on would mean to vouch for something that this node did not compute.
    #[error("dispute {dispute} is not played: {reason}")]
    NotPlayed {
        /// The dispute.
        dispute: B256,
        /// Why.
        reason: String,
    },
    /// A party runs a dispute that this node's account cannot play.
    #[error(
        "dispute {dispute}: {party} had not named this account its operator when the claim was revealed"
    )]
    NotOperator {
        /// The dispute.
        dispute: B256,
        /// The party.
        party: Address,
    },
    /// The own clock ran out.
    #[error("dispute {dispute}: the own clock ran out, {elapsed} s of {budget} s")]
    ClockLost {
        /// The dispute.
        dispute: B256,
        /// Seconds charged.
        elapsed: u64,
        /// Seconds that were left.
        budget: u64,
    },
    /// The account committed to something else than what is true, or final; the stake never comes back.
    #[error("the stake of commitment {claim} is lost: it is not to the answer")]
    StakeLost {
        /// The id that the claim would have had.
        claim: B256,
    },
    /// The account is called to answer, or may be, and the time is over.
    #[error(
        "request {request}: the answers are closed without the one of this account's drawn seat"
    )]
    Unanswered {
        /// The request.
        request: B256,
    },
    /// The account was called and has not answered right.
    #[error(
        "request {request}: this account was called and has no right answer, so that anybody can slash it"
    )]
    Inattentive {
        /// The request.
        request: B256,
    },
    /// Something worth doing is not done for want of money.
    #[error("{what} needs {needed} wei, {free} wei are free")]
    Poor {
        /// The call.
        what: String,
        /// What it takes with the reserve for running disputes.
        needed: U256,
        /// What the account has.
        free: U256,
    },
}

/// What to do as of one block.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Plan {
    /// Calls to send, the most urgent first.
    pub calls: Vec<Call>,
    /// Results that the next plan needs, the most urgent first.
    pub jobs: Vec<Job>,
    /// What a human should see.
    pub alarms: Vec<Alarm>,
}

/// The planner's inputs and what it has found so far.
struct Planner<'a> {
    view: &'a View,
    head: Head,
    agent: &'a Agent,
    known: &'a Knowledge,
    /// Wei that are neither reserved nor promised to an earlier call of this plan.
    free: U256,
    plan: Plan,
}

/// Plans for `agent` with `balance` wei in its account. Without a head there is nothing to do.
pub fn plan(view: &View, agent: &Agent, known: &Knowledge, balance: U256) -> Plan {
    let Some(head) = view.head else { return Plan::default() };
    let mut planner = Planner { view, head, agent, known, free: balance, plan: Plan::default() };
    planner.disputes();
    planner.reserve();
    planner.claims();
    planner.requests();
    planner.attention();
    planner.money();
    let mut plan = planner.plan;
    plan.calls.sort_by_key(Call::urgency);
    let mut keys = BTreeSet::new();
    plan.calls.retain(|call| keys.insert(call.key()));
    plan
}

impl<'a> Planner<'a> {
    /// The newest block as clocks read it: a call lands later, never earlier.
    const fn now(&self) -> Tick {
        Tick { time: self.head.time as u32, block: self.head.number as u32 }
    }

    /// Whether the account is `address`.
    fn is_me(&self, address: Address) -> bool {
        self.agent.account == Some(address)
    }

    /// Whether the node plays for `party` as its operator, if the contract lets it.
    fn is_mine_to_operate(&self, party: Address) -> bool {
        !self.is_me(party) && self.agent.operator_of.contains(&party)
    }

    /// Whether the contract lets the account play for `party` in disputes on `claim`.
    fn may_operate(&self, party: Address, claim: &Claim) -> bool {
        self.view.appointments.get(&party).is_some_and(|named| named.covers(claim.time))
    }

    /// Whether this node risks money under the guest version, whose verifier judges it.
    fn accepts(&self, guest: u8) -> bool {
        if self.retired(guest) {
            return false;
        }
        if let Some(allowed) = &self.agent.policy.guests {
            return allowed.contains(&guest);
        }
        let version = self.view.guests.get(&guest);
        version.and_then(|version| self.known.verifier(version.verifier)).unwrap_or(false)
    }

    /// Whether the guest version is in refund mode.
    fn retired(&self, guest: u8) -> bool {
        self.view.guests.get(&guest).is_some_and(|version| version.retired)
    }

    /// Whether this node can compute runs of the model on the guest version.
    fn can_compute(&self, model: B256, guest: u8) -> bool {
        self.agent.models.contains(&model)
            && self.view.guests.get(&guest).is_some_and(|g| self.agent.guests.contains(&g.root))
    }

    /// The profile and guest version of a claim in the game's types.
    fn terms(&self, claim: &Claim) -> Option<(opml_game::Profile, opml_game::GuestVersion)> {
        let profile = self.view.profiles.get(&claim.profile)?;
        let guest = self.view.guests.get(&claim.guest)?;
        Some((profile.to_game(), guest.to_game()))
    }

    /// Takes `value` and the gas reserve of one call from the free money, or says that it is not there.
    fn afford(&mut self, what: &str, value: U256) -> bool {
        let needed = value + self.agent.policy.gas_reserve;
        if self.free < needed {
            self.plan.alarms.push(Alarm::Poor { what: what.to_owned(), needed, free: self.free });
            return false;
        }
        self.free -= needed;
        true
    }

    /// Keeps cash for every running dispute and every commitment of the account before anything new is begun.
    fn reserve(&mut self) {
        let view = self.view;
        let own = view.claims.values().flat_map(|claim| {
            let submitter = claim.submitter;
            view.running(claim).map(move |dispute| (submitter, dispute.challenger))
        });
        let plays_for = |party| self.is_me(party) || self.is_mine_to_operate(party);
        let own =
            own.filter(|(submitter, challenger)| plays_for(*submitter) || plays_for(*challenger));
        let reserve =
            self.agent.policy.gas_reserve * U256::from(own.count() + view.commitments.len());
        self.free = self.free.saturating_sub(reserve);
    }
}

/// The two halves of a claim's terms as one.
const fn joined<'t>(terms: &'t (opml_game::Profile, opml_game::GuestVersion)) -> Terms<'t> {
    Terms { profile: &terms.0, guest: &terms.1 }
}
