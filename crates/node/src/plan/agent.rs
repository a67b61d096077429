//! Who plays, and what it lets itself in for.

use std::collections::BTreeSet;

use alloy_primitives::{Address, B256, U256};
use serde::{Deserialize, Serialize};

/// What a node begins of itself. Without a role it observes; it plays on in what its account has begun already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Roles {
    /// Claims answers to requests.
    pub submitter: bool,
    /// Disputes false claims of others.
    pub challenger: bool,
    /// Answers where its seats are called, and slashes validators that are silent.
    pub validator: bool,
}

impl Roles {
    /// Computes and reports, begins nothing.
    pub const OBSERVER: Self = Self { submitter: false, challenger: false, validator: false };
    /// Claims and defends.
    pub const SUBMITTER: Self = Self { submitter: true, ..Self::OBSERVER };
    /// Disputes.
    pub const CHALLENGER: Self = Self { challenger: true, ..Self::OBSERVER };
    /// Answers calls for attention.
    pub const VALIDATOR: Self = Self { validator: true, ..Self::OBSERVER };
}

/// Limits of what a node begins of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Profiles under which it claims; `None` allows all. False claims are disputed under every profile.
    pub profiles: Option<BTreeSet<u8>>,
    /// Guest versions under which it claims and opens disputes. A version also names the verifier that judges; `None` allows
    /// those whose verifier has the code that this node was built with, so that no registrar can choose another judge.
    pub guests: Option<BTreeSet<u8>>,
    /// Least fee of a request that it claims, in wei. Nothing else pays for the gas of a claim: commitment, reveal and finality.
    pub min_fee: U256,
    /// Greatest stake of a claim in wei.
    pub max_stake: U256,
    /// Greatest bond of a dispute in wei.
    pub max_bond: U256,
    /// A commitment is not sent later than this many seconds before the request's deadline.
    pub deadline_margin: u64,
    /// Wei kept for gas per running dispute and for each call that begins something.
    pub gas_reserve: U256,
    /// Stakes from this many wei on are computed twice, from scratch, before they are risked.
    pub confirm_stake: U256,
    /// Disputes that the node opens on one claim, should earlier ones be lost by clock.
    pub max_disputes_per_claim: u64,
    /// Least wei for which the node shows that another validator was silent: less does not pay for the calls' gas.
    pub min_bounty: U256,
    /// Whether earnings are withdrawn to the account.
    pub withdraw: bool,
    /// As an operator the node answers once so many percent of the time are gone that is left to the party: the party's own node comes
    /// first, and nobody pays for a move twice.
    pub operator_patience: u8,
}

impl Default for Policy {
    fn default() -> Self {
        let ether = U256::from(1_000_000_000_000_000_000u64);
        Self {
            profiles: None,
            guests: None,
            min_fee: U256::ZERO,
            max_stake: ether * U256::from(10),
            max_bond: ether,
            deadline_margin: 12,
            // 2 M gas at 10 gwei: a whole dispute.
            gas_reserve: ether / U256::from(50),
            confirm_stake: ether,
            max_disputes_per_claim: 3,
            // 200,000 gas at 10 gwei: a draw and a slash.
            min_bounty: ether / U256::from(500),
            withdraw: true,
            operator_patience: 10,
        }
    }
}

/// Everything about the player that a plan depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agent {
    /// Its account; `None` without a key.
    pub account: Option<Address>,
    /// What it begins.
    pub roles: Roles,
    /// Its limits.
    pub policy: Policy,
    /// Models that it holds whole, verified against their ids.
    pub models: BTreeSet<B256>,
    /// Roots of the guest programs that it holds.
    pub guests: BTreeSet<B256>,
    /// Parties whose disputes it plays as their operator, where they have named its account.
    pub operator_of: BTreeSet<Address>,
}
