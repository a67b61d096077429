use std::{fmt, ops::Deref, sync::Arc};

use alloy_primitives::{Address, B256, Bytes};
use opml_game::GuestVersion;
use serde::Serialize;
use thiserror::Error;
use tokio::{
    sync::{broadcast, watch},
    task::JoinHandle,
};

use super::{Config, Control, Orders};
use crate::{
    attention::AttentionStake,
    background,
    library::Library,
    plan::{Agent, Answer, Policy, Roles},
    player::{PlayerError, Players, Run},
    source::Update,
    store::{Identity, Store},
    tx::Receipt,
    view::Head,
};

/// What a node is doing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// Chain and contract.
    pub identity: Identity,
    /// The account; `None` for a node that only looks on.
    pub account: Option<Address>,
    /// What it begins of itself.
    pub roles: Roles,
    /// Models that it acts on.
    pub models: Vec<B256>,
    /// Guest programs that it acts on.
    pub guests: Vec<B256>,
    /// The newest block in the store.
    pub head: Option<Head>,
    /// The newest height that the source knows of.
    pub tip: u64,
    /// Whether the store is near the tip, so that the node acts.
    pub synced: bool,
    /// Jobs under way.
    pub jobs: usize,
    /// Jobs that failed or panicked since the start.
    pub failures: u64,
    /// Tasks of the node that failed or panicked since the start and were begun anew.
    pub restarts: u64,
    /// What it has in the attention contract that it watches, as of the last plan.
    pub attention: Option<AttentionStake>,
    /// Keys of the calls under way.
    pub pending: Vec<String>,
    /// What a human should see, as of the last plan.
    pub alarms: Vec<String>,
}

impl Status {
    pub(super) fn new(config: &Config, agent: &Agent) -> Self {
        Self {
            identity: config.identity,
            account: agent.account,
            roles: agent.roles,
            models: agent.models.iter().copied().collect(),
            guests: agent.guests.iter().copied().collect(),
            head: None,
            tip: 0,
            synced: false,
            jobs: 0,
            failures: 0,
            restarts: 0,
            attention: None,
            pending: Vec::new(),
            alarms: Vec::new(),
        }
    }
}

/// Why a local inference has no answer.
#[derive(Debug, Error)]
pub enum InferError {
    /// The node does not hold the model.
    #[error("model {0} is not in the library")]
    NoModel(B256),
    /// The node holds no guest program.
    #[error("the library has no guest program")]
    NoGuest,
    /// The run cannot be computed.
    #[error("{0}")]
    Player(PlayerError),
    /// The computation panicked.
    #[error("the computation panicked: {0}")]
    Panicked(String),
}

/// What can be asked of a running node. Clones ask the same one.
#[derive(Clone)]
pub struct Node {
    pub(super) store: Store,
    pub(super) library: Arc<Library>,
    pub(super) orders: watch::Receiver<Orders>,
    pub(super) players: Arc<dyn Players>,
    pub(super) status: watch::Receiver<Status>,
    pub(super) receipts: broadcast::Sender<Receipt>,
    pub(super) updates: broadcast::Sender<Arc<Update>>,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("status", &*self.status.borrow()).finish_non_exhaustive()
    }
}

impl Node {
    /// What the node is doing.
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// A watch on what the node is doing.
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// The chain view.
    pub const fn store(&self) -> &Store {
        &self.store
    }

    /// Models and guest programs.
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// Limits of what the node begins of itself.
    pub fn policy(&self) -> Policy {
        self.orders.borrow().policy.clone()
    }

    /// The node's own transactions from now on, as they are mined.
    pub fn receipts(&self) -> broadcast::Receiver<Receipt> {
        self.receipts.subscribe()
    }

    /// Blocks from now on, as the store has taken them in or undone them.
    pub fn updates(&self) -> broadcast::Receiver<Arc<Update>> {
        self.updates.subscribe()
    }

    /// Runs a model on this machine, without the chain.
    ///
    /// # Errors
    /// If the node does not hold the model, or the model does not take the input.
    pub async fn infer(&self, model: B256, input: Bytes) -> Result<Answer, InferError> {
        let run = self.local_run(model, input)?;
        let players = Arc::clone(&self.players);
        let answer =
            tokio::task::spawn_blocking(move || background::run(|| players.player(&run)?.answer()));
        answer
            .await
            .map_err(|error| InferError::Panicked(error.to_string()))?
            .map_err(InferError::Player)
    }

    /// A run that no dispute is about, so the terms of its guest version are of no consequence.
    fn local_run(&self, model: B256, input: Bytes) -> Result<Run, InferError> {
        let model = self.library.model(model).ok_or(InferError::NoModel(model))?;
        let guest = self.library.guests().next().ok_or(InferError::NoGuest)?;
        let version = GuestVersion {
            root: guest.root,
            verifier: Address::ZERO,
            entry: guest.program.entry(),
            max_steps_bits: 30,
            max_evaluated: 16,
        };
        let (model, guest) = (Arc::clone(model), Arc::clone(guest));
        Ok(Run { model, guest, version, input })
    }
}

/// A running node. Dropping it stops the node; so does a crash, and both leave the same behind.
#[derive(Debug)]
pub struct Handle {
    pub(super) node: Node,
    pub(super) control: Control,
    pub(super) stop: watch::Sender<()>,
    pub(super) tasks: Vec<JoinHandle<()>>,
}

impl Deref for Handle {
    type Target = Node;

    fn deref(&self) -> &Node {
        &self.node
    }
}

impl Handle {
    /// The part of the handle that others can keep, without power over the node's life.
    pub fn node(&self) -> Node {
        self.node.clone()
    }

    /// Power over what the node begins, for whoever has a right to it.
    pub fn control(&self) -> Control {
        self.control.clone()
    }

    /// Stops the node and waits until its tasks have let go of the store. Whoever keeps a [`Node`] or a [`Store`] keeps the
    /// database open. What is being computed is abandoned; everything else is on disk when the database is closed.
    pub async fn shutdown(self) {
        let Self { node, control, stop, tasks } = self;
        drop((stop, node, control));
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(target: "opml::service", %error, "a supervisor ended badly");
            }
        }
    }
}
