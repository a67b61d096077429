//! Store → plan → workers and transactions.

use std::{convert::Infallible, future::Future, pin::Pin, sync::Arc};

use alloy::providers::{DynProvider, Provider};
use alloy_primitives::U256;
use opml_contracts::MipsVerifier;
use thiserror::Error;
use tokio::sync::{Mutex, broadcast, mpsc, watch};

use super::{Config, Orders, Signer, Status, ingest::Tip};
use crate::{
    attention::{Reader, Scope},
    library::Library,
    plan::{Agent, Alarm, Knowledge, Plan, plan},
    player::Players,
    store::{Store, StoreError},
    tx::{QueueError, Receipt, TxQueue},
    view::{Head, View},
    workers::{Done, Workers},
};

#[derive(Debug, Error)]
pub(super) enum ActError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Queue(#[from] QueueError),
}

/// What acting needs; cloned for every attempt.
#[derive(Clone)]
pub(super) struct Actor {
    pub(super) config: Config,
    pub(super) agent: Agent,
    pub(super) store: Store,
    pub(super) provider: DynProvider,
    pub(super) signer: Option<Signer>,
    pub(super) library: Arc<Library>,
    pub(super) players: Arc<dyn Players>,
    pub(super) tip: watch::Receiver<Tip>,
    pub(super) orders: watch::Receiver<Orders>,
    /// Keys of calls that the operator wants sent again.
    pub(super) retries: Arc<Mutex<mpsc::UnboundedReceiver<String>>>,
    pub(super) statuses: Arc<watch::Sender<Status>>,
    pub(super) receipts: broadcast::Sender<Receipt>,
}

type Attempt = Pin<Box<dyn Future<Output = Result<(), ActError>> + Send>>;

/// Makes attempts at acting for ever.
pub(super) fn task(actor: Actor) -> impl FnMut() -> Attempt {
    move || {
        let actor = actor.clone();
        Box::pin(async move {
            let (workers, results) = Workers::new(
                actor.store.clone(),
                Arc::clone(&actor.library),
                Arc::clone(&actor.players),
                actor.config.workers,
            );
            let queue = actor.queue().await?;
            let attention = actor.config.attention.map(|contract| {
                Reader::new(actor.provider.clone(), contract, actor.config.identity.contract)
            });
            let mut running = Running {
                actor,
                workers,
                queue,
                attention,
                known: Knowledge::default(),
                balance: None,
                alarms: Vec::new(),
            };
            match running.run(results).await? {}
        })
    }
}

impl Actor {
    async fn queue(&self) -> Result<Option<TxQueue>, QueueError> {
        let Some(signer) = &self.signer else { return Ok(None) };
        let identity = self.config.identity;
        let queue = TxQueue::new(
            self.provider.clone(),
            Arc::clone(signer),
            identity.chain_id,
            identity.contract,
            self.store.clone(),
            self.config.fees,
            self.receipts.clone(),
        );
        Ok(Some(queue.await?))
    }
}

/// One attempt under way.
struct Running {
    actor: Actor,
    workers: Workers,
    queue: Option<TxQueue>,
    attention: Option<Reader>,
    known: Knowledge,
    /// Wei in the account at a block.
    balance: Option<(Head, U256)>,
    alarms: Vec<Alarm>,
}

impl Running {
    async fn run(
        &mut self,
        mut results: mpsc::UnboundedReceiver<Done>,
    ) -> Result<Infallible, ActError> {
        // Held until this attempt ends: there is one at a time.
        let mut retries = Arc::clone(&self.actor.retries).lock_owned().await;
        let mut ticks = tokio::time::interval(self.actor.config.tick);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                _ = ticks.tick() => None,
                // The sender ends with the service, and this task with it.
                Ok(()) = self.actor.tip.changed() => None,
                Ok(()) = self.actor.orders.changed() => None,
                Some(key) = retries.recv() => {
                    if let Some(queue) = &mut self.queue {
                        queue.hurry(&key);
                    }
                    None
                }
                done = results.recv() => done,
            };
            let mut next = done;
            while let Some(done) = next {
                if let Some((job, finding)) = self.workers.finish(done) {
                    self.known.learn(job, finding);
                }
                next = results.try_recv().ok();
            }
            let tip = *self.actor.tip.borrow_and_update();
            let orders = self.actor.orders.borrow_and_update().clone();
            (self.actor.agent.roles, self.actor.agent.policy) = (orders.roles(), orders.policy);
            let plan = if tip.is_synced() { self.act().await? } else { Plan::default() };
            self.report(tip, plan);
        }
    }

    /// One round: plan, start the jobs, send the calls.
    async fn act(&mut self) -> Result<Plan, ActError> {
        let account = self.actor.agent.account;
        let view = self.actor.store.view(account.unwrap_or_default())?;
        let Some(head) = view.head else { return Ok(Plan::default()) };
        self.known.retain(&view);
        self.look_at_verifiers(&view).await;
        self.look_at_attention(&view, head).await;
        let balance = self.balance(head).await;
        let plan = plan(&view, &self.actor.agent, &self.known, balance);
        self.workers.start(&plan.jobs);
        if let Some(queue) = &mut self.queue
            && let Err(error) = queue.step(head, &plan.calls).await
        {
            tracing::warn!(target: "opml::tx", %error, "not all calls were sent");
        }
        Ok(plan)
    }

    /// Compares the code of verifiers that have not been seen before; one that cannot be read now is read at the next block.
    async fn look_at_verifiers(&mut self, view: &View) {
        for guest in view.guests.values() {
            if self.known.verifier(guest.verifier).is_some() {
                continue;
            }
            match self.actor.provider.get_code_at(guest.verifier).await {
                Ok(code) => {
                    let own = code == MipsVerifier::DEPLOYED_BYTECODE;
                    if !own {
                        tracing::warn!(
                            target: "opml::service", verifier = %guest.verifier, root = %guest.root,
                            "a guest version names a verifier with other code"
                        );
                    }
                    self.known.learn_verifier(guest.verifier, own);
                }
                Err(error) => {
                    tracing::warn!(target: "opml::service", %error, "code of a verifier unknown");
                }
            }
        }
    }

    /// Reads the attention contract, once a block. What it said before is worth nothing at this one.
    async fn look_at_attention(&mut self, view: &View, head: Head) {
        let (Some(reader), Some(account)) = (&mut self.attention, self.actor.agent.account) else {
            return;
        };
        if self.known.attention().is_some_and(|known| known.at == head.block()) {
            return;
        }
        let scope = Scope { view, head, account, models: &self.actor.agent.models };
        let attention = reader.read(&self.actor.store, scope).await;
        if let Err(error) = &attention {
            tracing::warn!(target: "opml::service", %error, "attention unknown");
        }
        self.known.learn_attention(attention.ok());
    }

    /// Wei in the account, asked once a block; the last known amount if the node does not answer.
    async fn balance(&mut self, head: Head) -> U256 {
        let Some(account) = self.actor.agent.account else { return U256::ZERO };
        match self.balance {
            Some((at, balance)) if at == head => balance,
            last => match self.actor.provider.get_balance(account).await {
                Ok(balance) => {
                    self.balance = Some((head, balance));
                    balance
                }
                Err(error) => {
                    tracing::warn!(target: "opml::service", %error, "balance unknown");
                    last.map(|(_, balance)| balance).unwrap_or_default()
                }
            },
        }
    }

    fn report(&mut self, tip: Tip, plan: Plan) {
        for alarm in plan.alarms.iter().filter(|alarm| !self.alarms.contains(alarm)) {
            tracing::error!(target: "opml::alarm", %alarm, "alarm");
        }
        let failed = self.workers.failed();
        self.actor.statuses.send_modify(|status| {
            status.failures += failed;
            status.head = tip.head;
            status.tip = tip.known;
            status.synced = tip.is_synced();
            status.roles = self.actor.agent.roles;
            status.jobs = self.workers.running();
            status.attention = self.known.attention().map(|attention| attention.stake());
            status.pending = self.queue.as_ref().map(TxQueue::under_way).unwrap_or_default();
            status.alarms = plan.alarms.iter().map(ToString::to_string).collect();
        });
        self.alarms = plan.alarms;
    }
}
