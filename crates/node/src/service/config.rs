use std::{collections::BTreeSet, path::PathBuf, time::Duration};

use alloy_primitives::Address;
use thiserror::Error;

use crate::{
    plan::{Policy, Roles},
    store::{Identity, StoreError},
    tx::FeePolicy,
};

/// What a node does and where. See [`Config::new`] for the defaults.
#[derive(Debug, Clone)]
pub struct Config {
    /// Chain and contract.
    pub identity: Identity,
    /// Where the store lies; `None` keeps it in memory.
    pub data_dir: Option<PathBuf>,
    /// What the node begins of itself.
    pub roles: Roles,
    /// The limits of that.
    pub policy: Policy,
    /// Parties whose disputes the node plays as their operator.
    pub operator_of: BTreeSet<Address>,
    /// The attention contract that it watches: for its own seats, and for the silence of others.
    pub attention: Option<Address>,
    /// What a transaction may cost.
    pub fees: FeePolicy,
    /// Jobs that are computed at the same time.
    pub workers: usize,
    /// How often the node looks after itself while no block comes.
    pub tick: Duration,
}

impl Config {
    /// An observer with its store in memory, two workers and a tick of a second.
    pub fn new(identity: Identity) -> Self {
        Self {
            identity,
            data_dir: None,
            roles: Roles::OBSERVER,
            policy: Policy::default(),
            operator_of: BTreeSet::new(),
            attention: None,
            fees: FeePolicy::default(),
            workers: 2,
            tick: Duration::from_secs(1),
        }
    }
}

/// Why a node does not start.
#[derive(Debug, Error)]
pub enum ServiceError {
    /// The data directory cannot be made.
    #[error("data directory {}: {source}", path.display())]
    DataDir {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
}
