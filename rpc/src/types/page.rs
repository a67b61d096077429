//! Lists, and what they are lists of.

use alloy_primitives::{Address, B256, U64, U256};
use serde::{Deserialize, Serialize};

use super::{RequestStatus, Side};

/// Some of a list, in the order of ids.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// What was found.
    pub items: Vec<T>,
    /// What to ask for next as `after`; none at the end. There may be more even if nothing was found: the server looks at so many
    /// records per call.
    pub next: Option<B256>,
}

/// Which requests: those that fulfil everything that is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RequestFilter {
    /// Where they stand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RequestStatus>,
    /// Who asks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requester: Option<Address>,
    /// Model id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<B256>,
}

/// A request without its input and claims.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestSummary {
    /// Its id.
    pub id: B256,
    /// Where it stands.
    pub status: RequestStatus,
    /// Who asks.
    pub requester: Address,
    /// Model id.
    pub model: B256,
    /// Number of the profile.
    pub profile: U64,
    /// Fee in wei.
    pub fee: U256,
    /// Time after which no commitment is accepted.
    pub deadline: U64,
    /// Claims that were rejected.
    pub round: U64,
    /// The claim of this round, or the one that is final.
    pub claim: Option<B256>,
}

/// Which disputes: those that fulfil everything that is given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DisputeFilter {
    /// The disputed claim.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<B256>,
    /// Who disputes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub challenger: Option<Address>,
    /// Whether they are undecided.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub running: Option<bool>,
}

/// A dispute without its lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DisputeSummary {
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
    /// Lists that were posted.
    pub moves: U64,
    /// The side to move; none once it is decided.
    pub mover: Option<Side>,
    /// Who won; none as long as it is undecided.
    pub winner: Option<Side>,
}

/// A model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Model {
    /// Its id.
    pub id: B256,
    /// What its registration allows; none if nobody has registered it.
    pub bounds: Option<ModelBounds>,
    /// Whether the node holds it, and so acts on requests for it.
    pub held: bool,
}

/// What the registration of a model allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelBounds {
    /// Greatest number of large steps.
    pub max_large_steps: U64,
    /// Least length of an input in bytes.
    pub min_input: U64,
    /// Greatest length of an input in bytes.
    pub max_input: U64,
    /// Greatest length of an output in bytes.
    pub max_output: U64,
}

/// What the node's account has at stake, in wei.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Exposure {
    /// The account.
    pub account: Address,
    /// Stakes of its commitments and open claims.
    pub stakes: U256,
    /// How many these are.
    pub claims: U64,
    /// Bonds of its running disputes against claims of others.
    pub bonds: U256,
    /// How many these are.
    pub disputes: U64,
    /// What it can withdraw.
    pub credit: U256,
    /// Its decided disputes whose money nobody has collected.
    pub uncollected: U64,
    /// Deposits of its seats as a validator, of those too that it has given up and not released.
    pub deposits: U256,
    /// How many these are.
    pub seats: U64,
    /// What it can withdraw from the attention contract.
    pub rewards: U256,
    /// Greatest stake that it risks on one claim.
    pub max_stake: U256,
    /// Greatest bond that it risks on one dispute.
    pub max_bond: U256,
}
