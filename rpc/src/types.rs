//! What goes over the wire.

mod admin;
mod page;
mod proof;
mod update;

pub use admin::{Limits, Orders, Role, RoleState};
pub use page::{
    DisputeFilter, DisputeSummary, Exposure, Model, ModelBounds, Page, RequestFilter,
    RequestSummary,
};
pub use proof::OutputProof;
pub use update::{Change, Decided, Posted, Topic, Update};

use alloy_primitives::{Address, B256, Bytes, U64, U256};
use serde::{Deserialize, Serialize};

/// A block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Block {
    /// Height.
    pub number: U64,
    /// Hash of the header.
    pub hash: B256,
    /// Seconds since 1970.
    pub timestamp: U64,
}

/// What the node is and does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Version of the program.
    pub version: String,
    /// Id of the chain.
    pub chain_id: U64,
    /// The opML contract.
    pub contract: Address,
    /// The account that the node plays for, if it has a key.
    pub account: Option<Address>,
    /// Whether it claims answers.
    pub submitter: bool,
    /// Whether it disputes false claims.
    pub challenger: bool,
    /// Whether it answers where its seats are called for attention.
    pub validator: bool,
    /// Ids of the models that it acts on.
    pub models: Vec<B256>,
    /// Roots of the guest programs that it acts on.
    pub guests: Vec<B256>,
    /// The newest block in its store.
    pub head: Option<Block>,
    /// The newest height that it knows of.
    pub tip: U64,
    /// Whether its store is near the tip.
    pub synced: bool,
    /// Computations under way.
    pub jobs: U64,
    /// Computations that failed or panicked since the start.
    pub failures: U64,
    /// Tasks that failed or panicked since the start and were begun anew.
    pub restarts: U64,
    /// Calls under way.
    pub pending: Vec<String>,
    /// What a human should see.
    pub alarms: Vec<String>,
}

/// Where a request stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RequestStatus {
    /// Waits for a claim.
    Open,
    /// A claim is open.
    Claimed,
    /// A claim with an output is final.
    Done,
    /// A claim of failure is final.
    Failed,
    /// The fee went back, because nobody has answered in time.
    Refunded,
    /// The fee went back, because the guest version was retired.
    Annulled,
}

/// A request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// Its id.
    pub id: B256,
    /// Where it stands.
    pub status: RequestStatus,
    /// Who asks.
    pub requester: Address,
    /// Model id.
    pub model: B256,
    /// Number of the guest version.
    pub guest: U64,
    /// Number of the profile.
    pub profile: U64,
    /// Fee in wei.
    pub fee: U256,
    /// Time after which no claim is accepted.
    pub deadline: U64,
    /// Claims that were rejected.
    pub round: U64,
    /// The input.
    pub input: Bytes,
    /// Who receives the result; zero for nobody.
    pub callback: Address,
    /// Whether the callback succeeded, once it was tried.
    pub callback_delivered: Option<bool>,
    /// Every claim, in the order of the rounds.
    pub claims: Vec<Claim>,
}

/// What a run ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// With an output.
    Done,
    /// The program was refused.
    ProgramError,
    /// In FAULT.
    Fault,
}

/// Where a claim stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClaimStatus {
    /// May be disputed, or waits for its disputes.
    Open,
    /// The request's answer.
    Final,
    /// Lost a dispute by proof, or was timed out and has another end than the final claim.
    Rejected,
    /// Lost a dispute by its clock; its money waits for the end of the request.
    TimedOut,
    /// Was timed out, and has the end of the final claim.
    Late,
    /// Its guest version was retired before anything was known of it; everything that lay in it went back.
    Annulled,
}

/// A claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Claim {
    /// Its id.
    pub id: B256,
    /// Where it stands.
    pub status: ClaimStatus,
    /// Who claims.
    pub submitter: Address,
    /// Rejected claims before it.
    pub round: U64,
    /// State before the run.
    pub s0: B256,
    /// Large steps.
    pub n: U64,
    /// State after the run.
    pub sn: B256,
    /// What the run ends in.
    pub outcome: Outcome,
    /// The output.
    pub output: Bytes,
    /// Time of the claim.
    pub timestamp: U64,
    /// Its disputes.
    pub disputes: Vec<B256>,
}

/// A party of a dispute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Side {
    /// Who claimed.
    Submitter,
    /// Who disputes.
    Challenger,
}

/// What the steps of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Phase {
    /// Tiles of tensor operators.
    Large,
    /// MIPS instructions.
    Small,
}

/// A list that a side posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct List {
    /// Who posted it.
    pub author: Side,
    /// The entry of the list before that it rejects, from 1; 0 for the first list.
    pub pick: U64,
    /// What its steps are.
    pub phase: Phase,
    /// Large steps of the run before it begins.
    pub large_step: U64,
    /// Small steps of that large step before it begins.
    pub small_step: U64,
    /// Steps that it covers.
    pub steps: U64,
    /// The state that both sides agree on.
    pub start: B256,
    /// Its entries; the last one is what the author puts against the end it rejects.
    pub entries: Vec<B256>,
    /// Height of its block.
    pub block: U64,
}

/// How a dispute was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    /// Who won.
    pub winner: Side,
    /// By proof, or else because a clock ran out.
    pub by_proof: bool,
    /// Who made the deciding call.
    pub caller: Address,
    /// Height of its block.
    pub block: U64,
}

/// The steps that an evaluation executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evaluation {
    /// The evaluated part of the last list, from 1.
    pub pick: U64,
    /// State before it.
    pub start: B256,
    /// State after it, as the list's author says.
    pub end: B256,
    /// State after it, as the contract found.
    pub truth: B256,
}

/// A dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Dispute {
    /// Its id.
    pub id: B256,
    /// The disputed claim.
    pub claim: B256,
    /// The request of the claim.
    pub request: B256,
    /// Who claimed.
    pub submitter: Address,
    /// Who disputes.
    pub challenger: Address,
    /// Tells apart disputes of one challenger on one claim.
    pub nonce: U64,
    /// The side to move; none once it is decided.
    pub mover: Option<Side>,
    /// Seconds left to the submitter after the last list.
    pub submitter_budget: U64,
    /// Seconds left to the challenger after the last list.
    pub challenger_budget: U64,
    /// Every list in order.
    pub lists: Vec<List>,
    /// What was executed on chain.
    pub evaluation: Option<Evaluation>,
    /// How it was decided.
    pub verdict: Option<Verdict>,
}

/// The result of a local run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Inference {
    /// Model id.
    pub model: B256,
    /// What the run ends in.
    pub outcome: Outcome,
    /// The output.
    pub output: Bytes,
    /// Large steps.
    pub n: U64,
    /// State before the run.
    pub s0: B256,
    /// C_n: what a claim states besides the output.
    pub run_root: B256,
    /// State after the run.
    pub sn: B256,
}
