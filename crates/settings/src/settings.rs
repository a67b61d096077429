use std::{fs, path::PathBuf};

use alloy_primitives::{Address, U256};
use clap::ValueEnum;
use opml_node::{Config, Identity, Library, plan::Policy, tx::FeePolicy};
use serde::{Deserialize, Serialize};

use crate::{GUEST, ModelName, SettingsError};

const GWEI: u64 = 1_000_000_000;

/// What a node begins of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Claims answers to requests.
    Submitter,
    /// Disputes false claims.
    Challenger,
    /// Answers where its seats are called for attention, and slashes who is silent.
    Validator,
    /// Computes and reports.
    Observer,
}

/// What a node acts on, in which roles and within which limits. The default is that of the flags.
#[derive(Debug, Clone, PartialEq, Eq, clap::Args, Serialize, Deserialize)]
#[group(skip)]
#[serde(rename_all = "kebab-case")]
pub struct Settings {
    /// The opML contract
    #[arg(id = "opml.contract", long = "contract", value_name = "ADDRESS", env = "OPML_CONTRACT")]
    pub contract: Option<Address>,
    /// A block before the contract's first event
    #[arg(
        id = "opml.start-block",
        long = "start-block",
        value_name = "NUMBER",
        default_value_t = 0
    )]
    pub start_block: u64,
    /// What the node begins of itself; may be given more than once
    #[arg(
        id = "opml.role",
        long = "role",
        value_name = "ROLE",
        value_enum,
        default_value = "observer"
    )]
    pub role: Vec<Role>,
    /// Models that the node acts on: files, `digits` or `stories`; may be given more than once
    #[arg(id = "opml.model", long = "model", value_name = "FILE|digits|stories")]
    pub model: Vec<ModelName>,
    /// Guest programs that the node acts on besides the committed one; may be given more than once
    #[arg(id = "opml.guest", long = "guest", value_name = "FILE")]
    pub guest: Vec<PathBuf>,
    /// Profiles under which the node claims; all if left out
    #[arg(id = "opml.profile", long = "profile", value_name = "N")]
    pub profile: Vec<u8>,
    /// Guest versions under which the node claims and opens disputes; if left out, those whose verifier has the code that this
    /// program was built with
    #[arg(id = "opml.guest-version", long = "guest-version", value_name = "N")]
    pub guest_version: Vec<u8>,
    /// Least fee of a request that the node claims, in gwei: it has to pay for the claim's gas
    #[arg(id = "opml.min-fee-gwei", long = "min-fee-gwei", value_name = "GWEI")]
    #[arg(default_value_t = in_gwei(Policy::default().min_fee))]
    pub min_fee_gwei: u64,
    /// Greatest stake of a claim in gwei
    #[arg(id = "opml.max-stake-gwei", long = "max-stake-gwei", value_name = "GWEI")]
    #[arg(default_value_t = in_gwei(Policy::default().max_stake))]
    pub max_stake_gwei: u64,
    /// Greatest bond of a dispute in gwei
    #[arg(id = "opml.max-bond-gwei", long = "max-bond-gwei", value_name = "GWEI")]
    #[arg(default_value_t = in_gwei(Policy::default().max_bond))]
    pub max_bond_gwei: u64,
    /// Stakes from so many gwei on are computed twice before they are risked
    #[arg(id = "opml.confirm-stake-gwei", long = "confirm-stake-gwei", value_name = "GWEI")]
    #[arg(default_value_t = in_gwei(Policy::default().confirm_stake))]
    pub confirm_stake_gwei: u64,
    /// Gwei kept for the gas of every running dispute and every commitment
    #[arg(id = "opml.gas-reserve-gwei", long = "gas-reserve-gwei", value_name = "GWEI")]
    #[arg(default_value_t = in_gwei(Policy::default().gas_reserve))]
    pub gas_reserve_gwei: u64,
    /// The most that is paid for a unit of gas, in gwei, whatever a clock says
    #[arg(id = "opml.max-fee-gwei", long = "max-fee-gwei", value_name = "GWEI")]
    #[arg(default_value_t = in_gwei(U256::from(FeePolicy::default().max_fee)))]
    pub max_fee_gwei: u64,
    /// A party whose disputes the node plays with its own key, which that party has named its operator; may be given more than once
    #[arg(id = "opml.operator-of", long = "operator-of", value_name = "ADDRESS")]
    pub operator_of: Vec<Address>,
    /// As an operator the node answers once so many percent of the party's time are gone: the party's own node comes first
    #[arg(id = "opml.operator-patience", long = "operator-patience", value_name = "PERCENT")]
    #[arg(default_value_t = Policy::default().operator_patience)]
    #[arg(value_parser = clap::value_parser!(u8).range(..=50))]
    pub operator_patience: u8,
    /// The attention contract that the node watches as a validator; rewards there are collected in every role
    #[arg(id = "opml.attention", long = "attention", value_name = "ADDRESS")]
    #[arg(env = "OPML_ATTENTION")]
    pub attention: Option<Address>,
    /// Least bounty in gwei for which the node shows that another validator was silent: it has to pay for a draw and a slash
    #[arg(id = "opml.min-bounty-gwei", long = "min-bounty-gwei", value_name = "GWEI")]
    #[arg(default_value_t = in_gwei(Policy::default().min_bounty))]
    pub min_bounty_gwei: u64,
    /// Computations at the same time
    #[arg(id = "opml.workers", long = "workers", value_name = "N", default_value_t = 2)]
    pub workers: usize,
}

fn in_gwei(wei: U256) -> u64 {
    (wei / U256::from(GWEI)).saturating_to()
}

fn in_wei(gwei: u64) -> U256 {
    U256::from(gwei) * U256::from(GWEI)
}

impl Settings {
    /// What a node of these settings does; its store is in memory until somebody says otherwise.
    pub fn config(&self, identity: Identity) -> Config {
        let mut config = Config::new(identity);
        config.roles.submitter = self.role.contains(&Role::Submitter);
        config.roles.challenger = self.role.contains(&Role::Challenger);
        config.roles.validator = self.role.contains(&Role::Validator);
        config.attention = self.attention;
        config.operator_of = self.operator_of.iter().copied().collect();
        config.workers = self.workers;
        config.fees.max_fee = u128::from(self.max_fee_gwei) * u128::from(GWEI);
        let some = |list: &[u8]| (!list.is_empty()).then(|| list.iter().copied().collect());
        config.policy = Policy {
            profiles: some(&self.profile),
            guests: some(&self.guest_version),
            min_fee: in_wei(self.min_fee_gwei),
            max_stake: in_wei(self.max_stake_gwei),
            max_bond: in_wei(self.max_bond_gwei),
            gas_reserve: in_wei(self.gas_reserve_gwei),
            confirm_stake: in_wei(self.confirm_stake_gwei),
            operator_patience: self.operator_patience,
            min_bounty: in_wei(self.min_bounty_gwei),
            ..config.policy
        };
        config
    }

    /// What the node computes with. Reads every model and hashes it.
    ///
    /// # Errors
    /// If a file cannot be read, a role that stakes money has no model, or a validator no attention contract.
    pub fn library(&self) -> Result<Library, SettingsError> {
        let stakes = [
            (Role::Submitter, "submitter"),
            (Role::Challenger, "challenger"),
            (Role::Validator, "validator"),
        ];
        let needs = stakes.iter().find(|(role, _)| self.role.contains(role)).map(|(_, name)| *name);
        let needs = needs.or((!self.operator_of.is_empty()).then_some("operator"));
        if let Some(name) = needs.filter(|_| self.model.is_empty()) {
            return Err(SettingsError::NoModel(name));
        }
        if self.role.contains(&Role::Validator) && self.attention.is_none() {
            return Err(SettingsError::NoAttention);
        }
        let mut library = Library::new();
        library.add_guest(GUEST)?;
        for path in &self.guest {
            let elf = fs::read(path)
                .map_err(|source| SettingsError::Read { path: path.clone(), source })?;
            library
                .add_guest(&elf)
                .map_err(|source| SettingsError::Guest { path: path.clone(), source })?;
        }
        for name in &self.model {
            let id = name.load_into(&mut library)?;
            tracing::info!(target: "opml::node", %id, "model verified");
        }
        Ok(library)
    }
}
