//! What the workers and the chain's node have told. It can be lost at any time: the planner asks again.

use std::{collections::BTreeMap, sync::Arc};

use alloy_primitives::{Address, B256, Bytes, U256, keccak256};
use opml_game::{Action, Assessment, Claim, Side};
use serde::{Deserialize, Serialize};

use crate::{
    attention::Attention,
    view::{Outcome, Request, View},
};

/// The result of a run, as it is claimed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// S_0.
    pub s0: B256,
    /// Large steps until the halt.
    pub n: u64,
    /// How it ended.
    pub outcome: Outcome,
    /// C_n; zero for a fault.
    pub run_root: B256,
    /// S_n, or FAULT.
    pub sn: B256,
    /// The output; empty unless the outcome is done.
    pub output: Bytes,
}

impl Answer {
    /// The claim of this answer by `submitter` in a round of the request.
    pub fn claim(&self, request: &Request, round: u32, submitter: Address) -> Claim {
        Claim {
            request_id: request.id,
            round,
            guest: request.guest,
            profile: request.profile,
            submitter,
            s0: self.s0,
            n: self.n,
            sn: self.sn,
            outcome: self.outcome as u8,
            output_hash: keccak256(&self.output),
        }
    }
}

/// Something to compute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Job {
    /// The action at a position of a dispute.
    Reply {
        /// The dispute.
        dispute: B256,
        /// The packed position.
        position: U256,
        /// The own side.
        side: Side,
    },
    /// The body that opens a dispute on a false claim.
    Open {
        /// The claim.
        claim: B256,
    },
    /// Whether a claim is true.
    Assess {
        /// The claim.
        claim: B256,
    },
    /// The answer to a request.
    Answer {
        /// The request.
        request: B256,
        /// Whether to compute it twice from scratch.
        confirm: bool,
    },
}

/// The result of a [`Job`].
#[derive(Debug, Clone, PartialEq)]
pub enum Finding {
    /// Of [`Job::Reply`] and [`Job::Open`].
    Action(Action),
    /// Of [`Job::Assess`].
    Assessment(Assessment),
    /// Of [`Job::Answer`].
    Answer(Arc<Answer>),
}

/// Results by what they are about.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Knowledge {
    answers: BTreeMap<B256, Arc<Answer>>,
    assessments: BTreeMap<B256, Assessment>,
    openings: BTreeMap<B256, Action>,
    replies: BTreeMap<(B256, U256), Action>,
    /// Whether the code at an address is that of the project's own verifier.
    verifiers: BTreeMap<Address, bool>,
    /// What the attention contract said last.
    attention: Option<Arc<Attention>>,
}

impl Knowledge {
    /// Takes in the result of a job. A result that does not belong to its job is dropped.
    pub fn learn(&mut self, job: Job, result: Finding) {
        match (job, result) {
            (Job::Reply { dispute, position, .. }, Finding::Action(action)) => {
                self.replies.insert((dispute, position), action);
            }
            (Job::Open { claim }, Finding::Action(action)) => {
                self.openings.insert(claim, action);
            }
            (Job::Assess { claim }, Finding::Assessment(assessment)) => {
                self.assessments.insert(claim, assessment);
            }
            (Job::Answer { request, .. }, Finding::Answer(answer)) => {
                self.answers.insert(request, answer);
            }
            _ => {}
        }
    }

    /// Takes in whether the code of a verifier is the project's own. Code of that kind never changes: it has no delegate call
    /// and cannot destroy itself.
    pub fn learn_verifier(&mut self, verifier: Address, own: bool) {
        self.verifiers.insert(verifier, own);
    }

    /// Whether the code of a verifier is the project's own; `None` if nobody has looked.
    pub fn verifier(&self, verifier: Address) -> Option<bool> {
        self.verifiers.get(&verifier).copied()
    }

    /// Takes in what the attention contract says as of the newest block; `None` if that is not known.
    pub fn learn_attention(&mut self, attention: Option<Arc<Attention>>) {
        self.attention = attention;
    }

    /// What the attention contract said last.
    pub const fn attention(&self) -> Option<&Arc<Attention>> {
        self.attention.as_ref()
    }

    /// Forgets what no plan of `view` can ask for.
    pub fn retain(&mut self, view: &View) {
        self.answers.retain(|request, _| {
            view.requests.contains_key(request) || view.ended.contains_key(request)
        });
        self.assessments.retain(|claim, _| view.claims.contains_key(claim));
        self.openings.retain(|claim, _| view.claims.contains_key(claim));
        self.replies.retain(|(id, position), _| {
            let last = view.disputes.get(id).and_then(|dispute| dispute.last());
            last.is_some_and(|post| post.position == *position)
        });
    }

    /// The answer to a request.
    pub fn answer(&self, request: B256) -> Option<&Arc<Answer>> {
        self.answers.get(&request)
    }

    /// What is thought of a claim.
    pub fn assessment(&self, claim: B256) -> Option<Assessment> {
        self.assessments.get(&claim).copied()
    }

    /// How to open a dispute on a claim.
    pub fn opening(&self, claim: B256) -> Option<&Action> {
        self.openings.get(&claim)
    }

    /// What to do at a position.
    pub fn reply(&self, dispute: B256, position: U256) -> Option<&Action> {
        self.replies.get(&(dispute, position))
    }
}
