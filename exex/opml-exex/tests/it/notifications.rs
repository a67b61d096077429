//! Every order of notifications leaves the store of the final chain alone.

use std::time::Duration;

use alloy_primitives::Address;
use futures_util::stream;
use opml_exex::{NodeSource, SourceConfig};
use opml_node::{
    Identity, Store,
    source::{ChainSource, SourceError, Update},
    view::BlockRef,
};
use proptest::{prelude::*, test_runner::TestCaseError};
use reth_ethereum::{
    exex::{ExExEvent, ExExNotification},
    provider::{Chain, test_utils::MockEthProvider},
};
use reth_exex_test_utils::test_exex_context;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::chains::{CONTRACT, OTHER, Sealed, StoredChain, committed, reorged, reverted, segment};

const IDENTITY: Identity = Identity { chain_id: 1, contract: CONTRACT };

type Notification = eyre::Result<ExExNotification>;
type Boxed = stream::BoxStream<'static, Notification>;

/// A source over a stored chain, the store behind it, and both ends of the channels between it and the node.
struct Bench {
    chain: StoredChain,
    source: NodeSource<MockEthProvider, Boxed>,
    store: Store,
    notifications: UnboundedSender<Notification>,
    finished: UnboundedReceiver<ExExEvent>,
}

fn source(
    chain: &StoredChain,
    start_block: u64,
) -> (NodeSource<MockEthProvider, Boxed>, UnboundedSender<Notification>, UnboundedReceiver<ExExEvent>)
{
    let (notifications, received) = mpsc::unbounded_channel();
    let received = stream::unfold(received, async |mut received| {
        received.recv().await.map(|notification| (notification, received))
    });
    let (events, finished) = mpsc::unbounded_channel();
    let config = SourceConfig { batch: 3, ..SourceConfig::new(CONTRACT, start_block) };
    let received: Boxed = Box::pin(received);
    (NodeSource::new(chain.provider.clone(), received, events, config), notifications, finished)
}

impl Bench {
    fn new(start_block: u64) -> Self {
        let chain = StoredChain::new();
        let (source, notifications, finished) = source(&chain, start_block);
        let store = Store::in_memory(IDENTITY).unwrap();
        Self { chain, source, store, notifications, finished }
    }

    fn notify(&self, notification: ExExNotification) {
        self.notifications.send(Ok(notification)).unwrap();
    }

    /// As a node that was stopped and started again.
    async fn restart(&mut self) {
        (self.source, self.notifications, self.finished) = source(&self.chain, 0);
        self.source.start(self.store.known_blocks().unwrap()).await.unwrap();
    }

    /// Applies what the source delivers until it has been silent for as long as it takes to look after itself. Time is virtual.
    async fn settle(&mut self) {
        let patience = Duration::from_secs(100);
        while let Ok(updates) = tokio::time::timeout(patience, self.source.next()).await {
            let updates = updates.unwrap();
            for update in &updates.updates {
                match update {
                    Update::Committed(block) => {
                        self.store.commit(block, updates.finalized).unwrap();
                    }
                    Update::Reverted { to } => self.store.revert(*to).unwrap(),
                }
            }
            let head = self.store.sync().unwrap().unwrap();
            self.source.durable(head.block());
        }
    }

    fn head(&self) -> BlockRef {
        self.store.head().unwrap().unwrap().block()
    }

    /// Whether the store is what the stored chain alone leads to.
    fn check(&self) -> Result<(), TestCaseError> {
        let newest = &self.chain.blocks.last().unwrap().block;
        prop_assert_eq!(self.head(), BlockRef { number: newest.number, hash: newest.hash() });
        let mut models: Vec<_> = self.chain.blocks.iter().flat_map(models).collect();
        models.sort_unstable();
        let dump = self.store.dump().unwrap();
        let mut found = 0;
        for model in &models {
            let bytes = model.as_slice();
            prop_assert!(dump.iter().any(|row| contains(&row.0, bytes)), "{model} is missing");
            found += dump.iter().filter(|row| contains(&row.0, bytes)).count();
        }
        prop_assert_eq!(found, dump.len(), "models of blocks that are gone");
        Ok(())
    }

    /// What the node was told last.
    fn last_finished(&mut self) -> Option<BlockRef> {
        let mut last = None;
        while let Ok(ExExEvent::FinishedHeight(height)) = self.finished.try_recv() {
            last = Some(BlockRef { number: height.number, hash: height.hash });
        }
        last
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

/// The models that the followed contract registers in a block.
fn models(sealed: &Sealed) -> Vec<alloy_primitives::B256> {
    let logs = sealed.receipts.iter().flat_map(|receipt| &receipt.logs);
    logs.filter(|log| log.address == CONTRACT).map(|log| log.topics()[1]).collect()
}

#[tokio::test(start_paused = true)]
async fn a_start_reads_the_stored_chain() {
    let mut bench = Bench::new(0);
    bench.chain.extend(&[&[CONTRACT], &[], &[OTHER], &[CONTRACT, OTHER, CONTRACT], &[]]);
    bench.settle().await;
    bench.check().unwrap();
    assert_eq!(bench.last_finished(), Some(bench.head()));
}

#[tokio::test(start_paused = true)]
async fn commits_are_followed_without_a_look_at_the_database() {
    let mut bench = Bench::new(0);
    bench.settle().await;
    // What the node has stored lags behind what it notifies of.
    let mut ahead = bench.chain.clone();
    ahead.provider = MockEthProvider::default();
    let new = ahead.extend(&[&[CONTRACT], &[CONTRACT]]);
    bench.notify(committed(&new));
    let updates = bench.source.next().await.unwrap();
    assert_eq!(updates.updates.len(), 2);
    assert_eq!(updates.tip, 2);
}

#[tokio::test(start_paused = true)]
async fn a_reorg_and_a_revert_are_undone_and_lower_the_finished_height() {
    let mut bench = Bench::new(0);
    bench.chain.extend(&[&[CONTRACT], &[CONTRACT], &[CONTRACT]]);
    bench.settle().await;
    let old = bench.chain.drop_newest(2);
    let new = bench.chain.extend(&[&[CONTRACT], &[], &[CONTRACT]]);
    bench.notify(reorged(&old, &new));
    bench.settle().await;
    bench.check().unwrap();
    let old = bench.chain.drop_newest(2);
    bench.notify(reverted(&old));
    bench.settle().await;
    bench.check().unwrap();
    assert_eq!(bench.last_finished().unwrap().number, 2);
}

#[tokio::test(start_paused = true)]
async fn a_revert_to_before_all_that_is_known_is_an_error() {
    let mut bench = Bench::new(0);
    bench.chain.extend(&[&[CONTRACT], &[CONTRACT]]);
    bench.settle().await;
    let old = bench.chain.drop_newest(3);
    bench.chain.extend(&[&[], &[], &[]]);
    bench.notify(reverted(&old));
    let error = bench.source.next().await.unwrap_err();
    assert!(matches!(error, SourceError::NoCommonBlock { oldest: 0, newest: 2 }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_lost_notification_is_made_good_by_the_next_and_by_the_watchdog() {
    let mut bench = Bench::new(0);
    bench.settle().await;
    bench.chain.extend(&[&[CONTRACT], &[CONTRACT]]);
    let new = bench.chain.extend(&[&[CONTRACT]]);
    bench.notify(committed(&new));
    let updates = bench.source.next().await.unwrap();
    assert_eq!(updates.updates.len(), 3, "the gap and the block after it");
    bench.source.start(Vec::new()).await.unwrap();
    bench.settle().await;
    bench.chain.extend(&[&[CONTRACT]]);
    bench.settle().await;
    bench.check().unwrap();
}

#[tokio::test(start_paused = true)]
async fn until_the_contract_begins_nothing_is_kept_for_it() {
    let mut bench = Bench::new(100);
    bench.chain.extend(&[&[], &[]]);
    let patience = Duration::from_secs(60);
    tokio::time::timeout(patience, bench.source.next()).await.unwrap_err();
    assert_eq!(bench.last_finished().unwrap().number, 2);
}

#[tokio::test(start_paused = true)]
async fn pruned_receipts_with_events_are_named() {
    let mut bench = Bench::new(0);
    bench.chain.extend(&[&[], &[CONTRACT], &[]]);
    bench.chain.provider.receipts.lock().clear();
    // Batches are of three blocks, so the one with the event is in the first.
    let error = bench.source.next().await.unwrap_err();
    assert!(matches!(error, SourceError::Pruned { block: 2 }), "{error}");
}

#[tokio::test(start_paused = true)]
async fn fifteen_hundred_unread_notifications_are_read_at_once() {
    let mut bench = Bench::new(0);
    for _ in 0..1_500 {
        let new = bench.chain.extend(&[&[CONTRACT]]);
        bench.notify(committed(&new));
    }
    bench.settle().await;
    bench.check().unwrap();
    assert_eq!(bench.head().number, 1_500);
}

#[tokio::test]
async fn the_context_of_an_extension_drives_it() {
    let (context, mut handle) = test_exex_context().await.unwrap();
    let (provider, genesis) = (context.components.provider.clone(), handle.genesis.clone());
    let config = SourceConfig::new(CONTRACT, 0);
    let mut source = NodeSource::new(provider, context.notifications, context.events, config);
    let store = Store::in_memory(IDENTITY).unwrap();
    let apply = async |source: &mut NodeSource<_, _>| {
        let updates = source.next().await.unwrap();
        for update in &updates.updates {
            match update {
                Update::Committed(block) => store.commit(block, updates.finalized).unwrap(),
                Update::Reverted { to } => store.revert(*to).unwrap(),
            }
        }
        let head = store.sync().unwrap().unwrap().block();
        source.durable(head);
        head
    };
    let head = apply(&mut source).await;
    assert_eq!((head.number, head.hash), (0, genesis.hash()));
    handle.assert_event_finished_height(genesis.num_hash()).unwrap();
    let genesis = Sealed { block: genesis, receipts: Vec::new() };
    let one = Sealed::new(Some(&genesis), 1, &[CONTRACT]);
    let other = Sealed::new(Some(&genesis), 2, &[CONTRACT]);
    let two = Sealed::new(Some(&other), 3, &[]);
    // The source has nothing more to read, and asks for notifications only then.
    let chain = |blocks: &[Sealed]| -> Chain { segment(blocks) };
    let (sent, head) = tokio::join!(
        handle.send_notification_chain_committed(chain(&[one.clone()])),
        apply(&mut source)
    );
    sent.unwrap();
    assert_eq!(head.hash, one.block.hash());
    handle.assert_event_finished_height(one.block.num_hash()).unwrap();
    let (sent, head) = tokio::join!(
        handle.send_notification_chain_reorged(chain(&[one]), chain(&[other, two.clone()])),
        apply(&mut source)
    );
    sent.unwrap();
    assert_eq!(head.hash, two.block.hash());
    handle.assert_event_finished_height(two.block.num_hash()).unwrap();
}

/// What happens to a node between two looks of the extension.
#[derive(Debug, Clone)]
enum Happening {
    /// New blocks, with so many events of the contract each.
    Commit(Vec<u8>),
    /// The newest blocks are replaced by others.
    Reorg(usize, Vec<u8>),
    /// The newest blocks go.
    Revert(usize),
    /// The last notification comes once more.
    Repeat,
    /// The extension has its turn.
    Settle,
    /// The node is started again.
    Restart,
}

fn happening() -> impl Strategy<Value = Happening> {
    let blocks = || prop::collection::vec(0u8..3, 1..4);
    prop_oneof![
        4 => blocks().prop_map(Happening::Commit),
        3 => (1usize..5, blocks()).prop_map(|(depth, new)| Happening::Reorg(depth, new)),
        1 => (1usize..5).prop_map(Happening::Revert),
        1 => Just(Happening::Repeat),
        3 => Just(Happening::Settle),
        1 => Just(Happening::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Notifications may be lost (`false`), repeated or arrive late; reorgs may go back to the first block.
    #[test]
    fn any_history_leaves_the_store_of_the_final_chain(
        happenings in prop::collection::vec((happening(), any::<bool>()), 1..25),
    ) {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().start_paused(true);
        runtime.build().unwrap().block_on(async {
            let mut bench = Bench::new(0);
            bench.settle().await;
            let mut last = None;
            for (happening, is_heard) in &happenings {
                let events = |new: &[u8]| -> Vec<Vec<Address>> {
                    new.iter().map(|count| vec![CONTRACT; *count as usize]).collect()
                };
                let extend = |bench: &mut Bench, new: &[u8]| {
                    let events = events(new);
                    bench.chain.extend(&events.iter().map(Vec::as_slice).collect::<Vec<_>>())
                };
                let depth = |bench: &Bench, depth: usize| depth.min(bench.chain.blocks.len() - 1);
                let notification = match happening {
                    Happening::Commit(new) => Some(committed(&extend(&mut bench, new))),
                    Happening::Reorg(back, new) => {
                        let back = depth(&bench, *back);
                        let old = bench.chain.drop_newest(back);
                        let new = extend(&mut bench, new);
                        Some(if old.is_empty() { committed(&new) } else { reorged(&old, &new) })
                    }
                    Happening::Revert(back) => {
                        let back = depth(&bench, *back);
                        let old = bench.chain.drop_newest(back);
                        (!old.is_empty()).then(|| reverted(&old))
                    }
                    Happening::Repeat => last.clone(),
                    Happening::Settle => { bench.settle().await; None }
                    Happening::Restart => { bench.restart().await; None }
                };
                if let Some(notification) = notification.filter(|_| *is_heard) {
                    last = Some(notification.clone());
                    bench.notify(notification);
                }
            }
            bench.settle().await;
            bench.check()
        })?;
    }
}
