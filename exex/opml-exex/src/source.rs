//! The chain source over a node's notifications and its database.

use std::time::Duration;

use alloy_primitives::Address;
use futures_util::{FutureExt, Stream, StreamExt};
use opml_node::{
    source::{Block, ChainSource, Recent, SourceError, Update, Updates, decode_events},
    view::{BlockRef, Head},
};
use reth_ethereum::{
    exex::{ExExEvent, ExExNotification},
    primitives::{AlloyBlockHeader, NodePrimitives, Receipt},
    provider::{BlockReaderIdExt, Chain},
};
use tokio::sync::mpsc::UnboundedSender;

use crate::reader::{Look, Reader, logs_of};

/// How soon the database is read again for blocks that a notification has promised.
const RETRY: Duration = Duration::from_secs(1);

/// What to follow and how.
#[derive(Debug, Clone, Copy)]
pub struct SourceConfig {
    /// The opML contract.
    pub contract: Address,
    /// A height before the contract's first event.
    pub start_block: u64,
    /// Blocks that are read from the database in one go while catching up.
    pub batch: u64,
    /// After so long without a notification the database is asked whether one is missing.
    pub watchdog: Duration,
}

impl SourceConfig {
    /// Batches of 1,000 blocks, and a look at the database after half a minute of silence.
    pub const fn new(contract: Address, start_block: u64) -> Self {
        Self { contract, start_block, batch: 1_000, watchdog: Duration::from_secs(30) }
    }
}

/// Follows the node from inside.
///
/// Notifications that connect to what was delivered are delivered as they are. Everything else (a start, a gap, a duplicate after a
/// reorg, a lost notification) is settled by reading headers and receipts from the node's database: no state, so that it works on
/// pruned nodes, and no write-ahead log, so that nothing in it can keep the node from starting.
pub struct NodeSource<P, S> {
    reader: Reader<P>,
    notifications: S,
    events: UnboundedSender<ExExEvent>,
    config: SourceConfig,
    recent: Recent,
    /// While set, the database is read up to this height at least, and notifications only raise it.
    behind: Option<u64>,
}

impl<P: std::fmt::Debug, S> std::fmt::Debug for NodeSource<P, S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NodeSource")
            .field("config", &self.config)
            .field("recent", &self.recent)
            .field("behind", &self.behind)
            .finish_non_exhaustive()
    }
}

impl<P, S, N> NodeSource<P, S>
where
    P: BlockReaderIdExt<Receipt: Receipt> + Clone + 'static,
    S: Stream<Item = eyre::Result<ExExNotification<N>>> + Send + Unpin + 'static,
    N: NodePrimitives<Receipt: Receipt>,
{
    /// A source that has delivered nothing yet. `notifications` are those of the extension, without a head; `events` tells the node
    /// which blocks the extension has finished with.
    pub fn new(
        provider: P,
        notifications: S,
        events: UnboundedSender<ExExEvent>,
        config: SourceConfig,
    ) -> Self {
        let reader = Reader::new(provider, config.contract);
        Self { reader, notifications, events, config, recent: Recent::default(), behind: Some(0) }
    }

    /// Takes what is waiting, so that the node's buffer never fills while the database is read, and notes how far there is to read:
    /// what a notification brings is read from the database as well.
    fn drain(&mut self) {
        while let Some(Some(Ok(notification))) = self.notifications.next().now_or_never() {
            let target = self.behind.unwrap_or_default();
            self.behind = Some(target.max(tip_of(&notification)));
        }
    }

    /// Reads on from the newest delivered block. `None` if there is nothing new.
    async fn read(&mut self) -> Result<Option<Updates>, SourceError> {
        let (reader, recent, config) = (self.reader.clone(), self.recent.clone(), self.config);
        let look = move || reader.look(&recent, config.start_block, config.batch);
        let look = tokio::task::spawn_blocking(look).await;
        let look = look.map_err(|error| SourceError::Transport(error.to_string()))??;
        self.looked(look)
    }

    fn looked(&mut self, look: Look) -> Result<Option<Updates>, SourceError> {
        let Look { keep, blocks, finalized, best } = look;
        let mut updates = Updates { updates: Vec::new(), finalized, tip: best };
        if let Some(to) = self.recent.rewind(keep)? {
            updates.updates.push(Update::Reverted { to });
        }
        self.recent.extend(blocks.iter().map(|block| block.head.block()), finalized);
        updates.updates.extend(blocks.into_iter().map(Update::Committed));
        if !updates.updates.is_empty() {
            return Ok(Some(updates));
        }
        match self.recent.newest() {
            Some(newest) if newest.number >= self.behind.unwrap_or_default() => self.behind = None,
            Some(_) => {}
            // The contract is younger than the chain: until then nothing has to be kept for it.
            None => {
                self.behind = None;
                if let Some(hash) = self.reader.hash(best)? {
                    self.finished(BlockRef { number: best, hash });
                }
            }
        }
        Ok(None)
    }

    /// What a notification brings. One that does not connect brings nothing and sends the source to the database.
    fn notified(
        &mut self,
        notification: &ExExNotification<N>,
    ) -> Result<Option<Updates>, SourceError> {
        let tip = tip_of(notification);
        let finalized = self.reader.finalized(tip)?;
        let Some((recent, updates)) = self.connect(notification, finalized)? else {
            self.behind = Some(tip);
            return Ok(None);
        };
        self.recent = recent;
        Ok((!updates.is_empty()).then_some(Updates { updates, finalized, tip }))
    }

    /// Applies a notification to a copy of what was delivered; `None` where it does not follow on it.
    fn connect(
        &self,
        notification: &ExExNotification<N>,
        finalized: u64,
    ) -> Result<Option<(Recent, Vec<Update>)>, SourceError> {
        let (mut recent, mut updates) = (self.recent.clone(), Vec::new());
        if let Some(old) = notification.reverted_chain() {
            let first = old.first().number();
            let keep = recent.blocks().partition_point(|block| block.number < first);
            let gone = &recent.blocks()[keep..];
            let is_of_old = |block: &BlockRef| {
                old.blocks().get(&block.number).is_some_and(|old| old.hash() == block.hash)
            };
            if keep == 0 || !gone.iter().all(is_of_old) {
                return Ok(None);
            }
            updates.extend(recent.rewind(keep)?.map(|to| Update::Reverted { to }));
        }
        let Some(new) = notification.committed_chain() else { return Ok(Some((recent, updates))) };
        for block in blocks_of(&new, self.config.contract) {
            let block = block?;
            let (head, tip) = (block.head.block(), new.tip().number());
            let (Some(oldest), Some(newest)) = (recent.blocks().first(), recent.newest()) else {
                return Ok(None);
            };
            if is_known(&recent, head) || head.number < oldest.number {
                continue;
            }
            if block.parent != newest.hash {
                return Ok(None);
            }
            recent.extend([head], finalized);
            // A chain that a synchronising node executed in one go may have half a million blocks.
            if !block.events.is_empty() || head.number >= finalized || head.number == tip {
                updates.push(Update::Committed(block));
            }
        }
        Ok(Some((recent, updates)))
    }

    fn finished(&self, block: BlockRef) {
        let height = ExExEvent::FinishedHeight((block.number, block.hash).into());
        if self.events.send(height).is_err() {
            tracing::debug!(target: "opml::exex", block = block.number, "the node is gone");
        }
    }
}

impl<P, S, N> ChainSource for NodeSource<P, S>
where
    P: BlockReaderIdExt<Receipt: Receipt> + Clone + 'static,
    S: Stream<Item = eyre::Result<ExExNotification<N>>> + Send + Unpin + 'static,
    N: NodePrimitives<Receipt: Receipt>,
{
    async fn start(&mut self, known: Vec<BlockRef>) -> Result<(), SourceError> {
        self.recent = Recent::from_known(known);
        self.behind = Some(0);
        Ok(())
    }

    async fn next(&mut self) -> Result<Updates, SourceError> {
        loop {
            let mut patience = self.config.watchdog;
            if self.behind.is_some() {
                if let Some(updates) = self.read().await? {
                    self.drain();
                    return Ok(updates);
                }
                if self.behind.is_some() {
                    patience = patience.min(RETRY);
                }
            }
            match tokio::time::timeout(patience, self.notifications.next()).await {
                Ok(Some(Ok(notification))) => {
                    if let Some(updates) = self.notified(&notification)? {
                        return Ok(updates);
                    }
                }
                Ok(Some(Err(error))) => {
                    self.behind = Some(self.behind.unwrap_or_default());
                    return Err(SourceError::Transport(format!("notification: {error}")));
                }
                Ok(None) => return Err(SourceError::Ended),
                Err(_) => self.behind = Some(self.behind.unwrap_or_default()),
            }
        }
    }

    fn durable(&mut self, head: BlockRef) {
        self.finished(head);
    }
}

fn is_known(recent: &Recent, block: BlockRef) -> bool {
    let blocks = recent.blocks();
    let place = blocks.partition_point(|known| known.number < block.number);
    blocks.get(place) == Some(&block)
}

/// The highest block that the node has after a notification.
fn tip_of<N: NodePrimitives>(notification: &ExExNotification<N>) -> u64 {
    match (notification.committed_chain(), notification.reverted_chain()) {
        (Some(new), _) => new.tip().number(),
        (None, Some(old)) => old.fork_block().number,
        (None, None) => 0,
    }
}

/// The blocks of a chain with the contract's events.
fn blocks_of<N: NodePrimitives<Receipt: Receipt>>(
    chain: &Chain<N>,
    contract: Address,
) -> impl Iterator<Item = Result<Block, SourceError>> {
    chain.blocks_and_receipts().map(move |(block, receipts)| {
        let (number, hash, time) = (block.number(), block.hash(), block.timestamp());
        let events = decode_events(number, &logs_of(receipts, contract))?;
        Ok(Block { head: Head { number, hash, time }, parent: block.parent_hash(), events })
    })
}
