//! Everything that runs: one handle for `opml node`, for the reth extension and for tests.
//!
//! ```text
//! source → ingest → store → plan ⇄ workers
//!                            ↓
//!                      transaction queue → chain
//! ```
//!
//! Ingest and acting are two supervised tasks that share the store and a watch on its head: nothing that happens while acting
//! can hold up ingest, and a panic in either restarts that one alone.

mod act;
mod config;
mod control;
mod handle;
mod ingest;
mod supervise;

use std::sync::Arc;

use alloy::{network::TxSigner, providers::DynProvider, signers::Signature};
use tokio::sync::{Mutex, broadcast, mpsc, watch};

pub use config::{Config, ServiceError};
pub use control::{Control, NotUnderWay, Orders};
pub use handle::{Handle, InferError, Node, Status};

use crate::{library::Library, plan::Agent, player::Players, source::ChainSource, store::Store};
use act::Actor;
use ingest::Tip;

/// Mined transactions that a slow listener may lag behind by.
const RECEIPTS: usize = 1024;

/// Blocks that a slow listener may lag behind by.
const UPDATES: usize = 256;

/// Signs the transactions of one account.
pub type Signer = Arc<dyn TxSigner<Signature> + Send + Sync>;

/// The parts of a node.
pub struct Service<S> {
    /// What it does and where.
    pub config: Config,
    /// Where blocks come from.
    pub source: S,
    /// The node that calls are tried against and sent to.
    pub provider: DynProvider,
    /// The account; without one the node only looks on.
    pub signer: Option<Signer>,
    /// Models and guest programs that it acts on.
    pub library: Library,
    /// Who answers for runs.
    pub players: Arc<dyn Players>,
}

impl<S: std::fmt::Debug> std::fmt::Debug for Service<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Service")
            .field("config", &self.config)
            .field("source", &self.source)
            .field("library", &self.library)
            .finish_non_exhaustive()
    }
}

impl<S: ChainSource> Service<S> {
    /// Opens the store and starts. Must be called in a tokio runtime.
    ///
    /// # Errors
    /// If the store cannot be opened.
    pub fn start(self) -> Result<Handle, ServiceError> {
        let Self { config, source, provider, signer, library, players } = self;
        let store = match &config.data_dir {
            Some(dir) => {
                std::fs::create_dir_all(dir)
                    .map_err(|source| ServiceError::DataDir { path: dir.clone(), source })?;
                Store::open(&dir.join("opml.redb"), config.identity)?
            }
            None => Store::in_memory(config.identity)?,
        };
        let library = Arc::new(library);
        let agent = Agent {
            account: signer.as_ref().map(|signer| signer.address()),
            roles: config.roles,
            policy: config.policy.clone(),
            models: library.model_ids(),
            guests: library.guest_roots(),
            operator_of: config.operator_of.clone(),
        };
        let (tips, tip) = watch::channel(Tip { head: store.head()?, ..Tip::default() });
        let (statuses, status) = watch::channel(Status::new(&config, &agent));
        let (orders, ordered) = watch::channel(Orders::new(&config));
        let (retries, retried) = mpsc::unbounded_channel();
        let (receipts, _) = broadcast::channel(RECEIPTS);
        let (updates, _) = broadcast::channel(UPDATES);
        let statuses = Arc::new(statuses);
        let counted = || {
            let statuses = Arc::clone(&statuses);
            move || statuses.send_modify(|status| status.restarts += 1)
        };
        let (count_ingest, count_act) = (counted(), counted());
        let actor = Actor {
            config: config.clone(),
            agent,
            store: store.clone(),
            provider,
            signer,
            library: Arc::clone(&library),
            players: Arc::clone(&players),
            tip,
            orders: ordered.clone(),
            retries: Arc::new(Mutex::new(retried)),
            statuses,
            receipts: receipts.clone(),
        };
        let pause = config.tick;
        let (stop, stopped) = watch::channel(());
        let ingest = ingest::task(source, store.clone(), tips, updates.clone());
        let tasks = vec![
            supervise::spawn("ingest", pause, stopped.clone(), count_ingest, ingest),
            supervise::spawn("act", pause, stopped, count_act, act::task(actor)),
        ];
        let control = Control { orders, retries, status: status.clone() };
        let node = Node { store, library, orders: ordered, players, status, receipts, updates };
        Ok(Handle { node, control, stop, tasks })
    }
}
