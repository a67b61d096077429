//! Source → store, and nothing else.

use std::{future::Future, sync::Arc};

use thiserror::Error;
use tokio::sync::{Mutex, broadcast, watch};

use crate::{
    source::{ChainSource, SourceError, Update, Updates},
    store::{Store, StoreError},
    view::Head,
};

/// How far the store is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tip {
    /// The newest applied block.
    pub(super) head: Option<Head>,
    /// The newest height that the source knows of.
    pub(super) known: u64,
}

impl Tip {
    /// Whether acting on the store makes sense: it is at most a block or two behind.
    pub(super) fn is_synced(&self) -> bool {
        self.head.is_some_and(|head| head.number + 2 >= self.known)
    }
}

#[derive(Debug, Error)]
pub(super) enum IngestError {
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes attempts at following `source` for ever.
pub(super) fn task<S: ChainSource>(
    source: S,
    store: Store,
    tips: watch::Sender<Tip>,
    listeners: broadcast::Sender<Arc<Update>>,
) -> impl FnMut() -> futures::Attempt {
    let source = Arc::new(Mutex::new(source));
    let tips = Arc::new(tips);
    move || {
        let (source, store, tips) = (Arc::clone(&source), store.clone(), Arc::clone(&tips));
        let listeners = listeners.clone();
        Box::pin(async move {
            let mut source = source.lock().await;
            match follow(&mut *source, &store, &tips, &listeners).await {
                // A script that ran out, or a node that shuts down: not a failure.
                Err(IngestError::Source(SourceError::Ended)) => Ok(()),
                result => result,
            }
        })
    }
}

mod futures {
    use super::{Future, IngestError};

    pub(in crate::service) type Attempt =
        std::pin::Pin<Box<dyn Future<Output = Result<(), IngestError>> + Send>>;
}

async fn follow(
    source: &mut impl ChainSource,
    store: &Store,
    tips: &watch::Sender<Tip>,
    listeners: &broadcast::Sender<Arc<Update>>,
) -> Result<(), IngestError> {
    source.start(store.known_blocks()?).await?;
    loop {
        let updates = match source.next().await {
            Err(error @ SourceError::Transport(_)) => {
                tracing::warn!(target: "opml::ingest", %error, "no answer, trying again");
                tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                continue;
            }
            updates => updates?,
        };
        apply(store, updates, tips, listeners).await?;
        // Whoever waits for a block has it already; the disk is waited for once a delivery.
        if let Some(head) = store.sync()? {
            source.durable(head.block());
        }
    }
}

async fn apply(
    store: &Store,
    updates: Updates,
    tips: &watch::Sender<Tip>,
    listeners: &broadcast::Sender<Arc<Update>>,
) -> Result<(), IngestError> {
    for update in updates.updates {
        match &update {
            Update::Committed(block) => {
                store.commit(block, updates.finalized)?;
                tracing::debug!(
                    target: "opml::ingest", block = block.head.number, hash = %block.head.hash,
                    events = block.events.len(), "committed"
                );
            }
            Update::Reverted { to } => {
                store.revert(*to)?;
                tracing::info!(target: "opml::ingest", to = to.number, hash = %to.hash, "reverted");
            }
        }
        let head = store.head()?;
        tips.send_modify(|tip| {
            tip.head = head;
            tip.known = updates.tip;
        });
        if listeners.receiver_count() > 0 {
            // Who stopped listening meanwhile misses nothing.
            let _ = listeners.send(Arc::new(update));
        }
        // A long batch shares the thread with everybody else.
        tokio::task::yield_now().await;
    }
    Ok(())
}
