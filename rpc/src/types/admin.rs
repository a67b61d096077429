use alloy_primitives::U256;
use serde::{Deserialize, Serialize};

/// A role that can be paused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Role {
    /// Claims answers to requests.
    Submitter,
    /// Disputes false claims.
    Challenger,
    /// Answers where its seats are called for attention.
    Validator,
}

/// Whether the node begins anything in a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RoleState {
    /// Not a role of this node.
    Off,
    /// It does.
    On,
    /// It does not for now. What it has begun it carries through.
    Paused,
}

/// What holds until the node is started anew.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Orders {
    /// Claims answers to requests.
    pub submitter: RoleState,
    /// Disputes false claims.
    pub challenger: RoleState,
    /// Answers where its seats are called for attention.
    pub validator: RoleState,
    /// Least fee of a request that it claims, in wei.
    pub min_fee: U256,
    /// Greatest stake of a claim, in wei.
    pub max_stake: U256,
    /// Greatest bond of a dispute, in wei.
    pub max_bond: U256,
}

/// Limits to change; what is left out stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Limits {
    /// Least fee of a request that the node claims, in wei.
    pub min_fee: Option<U256>,
    /// Greatest stake of a claim, in wei.
    pub max_stake: Option<U256>,
    /// Greatest bond of a dispute, in wei.
    pub max_bond: Option<U256>,
}
