//! What subscribers are told.

use alloy_primitives::B256;
use serde::{Deserialize, Serialize};

use super::{Block, Claim, List, RequestSummary, Verdict};

/// What can be subscribed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Topic {
    /// Requests that are made, and those that are answered, refunded or open again.
    Requests,
    /// Claims that are revealed.
    Claims,
    /// Lists that are posted, the first of a dispute among them.
    Moves,
    /// Disputes that are decided.
    Verdicts,
}

/// Something that a block did. On the wire the change is a field of its kind: `request`, `claim`, `move` or `verdict`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Update {
    /// The block.
    pub block: Block,
    /// Whether the block has left the chain: then this takes back what was told before, newest first.
    pub removed: bool,
    /// What happened.
    #[serde(flatten)]
    pub change: Change,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Change {
    /// A request stands elsewhere: as it stands when this is told.
    Request(RequestSummary),
    /// A claim was revealed.
    Claim(Claim),
    /// A list was posted.
    Move(Posted),
    /// A dispute was decided.
    Verdict(Decided),
}

/// A list with its dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Posted {
    /// The dispute.
    pub dispute: B256,
    /// The list.
    pub list: List,
}

/// A verdict with what it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decided {
    /// The dispute.
    pub dispute: B256,
    /// Its claim.
    pub claim: B256,
    /// The verdict.
    pub verdict: Verdict,
}
