//! From a notification to the store.

use std::{fmt, time::Instant};

use eyre::Result;
use futures_util::stream;
use opml_exex::{NodeSource, SourceConfig};
use opml_node::{
    Identity, Store,
    source::{ChainSource, Update},
};
use reth_ethereum::exex::ExExNotification;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::{
    chains::{CONTRACT, Sealed, StoredChain, committed},
    median,
};

/// Events of the contract in a block.
pub(crate) const LOGS: usize = 1_000;
/// Numbers of the test chain's models that one block takes: 256 each.
const SALTS: u64 = LOGS.div_ceil(256) as u64;
/// Blocks.
const BLOCKS: u64 = 41;
/// The most milliseconds of the median block.
const BAR: f64 = 5.0;

/// Milliseconds.
pub(crate) struct Logs {
    median: f64,
    worst: f64,
    /// From then on until it is on disk, the median.
    synced: f64,
}

/// Times blocks from the moment when their notification is sent until readers of the store see them, decoding included; and what it
/// takes from then on until they are on disk.
pub(crate) async fn measure() -> Logs {
    let folder = tempfile::tempdir().unwrap();
    let identity = Identity { chain_id: 1, contract: CONTRACT };
    let store = Store::open(&folder.path().join("opml.redb"), identity).unwrap();
    let chain = StoredChain::new();
    let (notify, received) = mpsc::unbounded_channel::<Result<ExExNotification>>();
    let received = Box::pin(stream::unfold(received, async |mut received| {
        received.recv().await.map(|notification| (notification, received))
    }));
    let (events, _finished) = mpsc::unbounded_channel();
    let config = SourceConfig::new(CONTRACT, 0);
    let mut source = NodeSource::new(chain.provider.clone(), received, events, config);
    source.start(Vec::new()).await.unwrap();
    // The genesis block, which is read from the database.
    apply(&mut source, &store).await;
    sync(&mut source, &store);

    let mut last = chain.blocks[0].clone();
    let (mut times, mut syncs) = (Vec::new(), Vec::new());
    for number in 1..=BLOCKS {
        let block = Sealed::new(Some(&last), number * SALTS, &[CONTRACT; LOGS]);
        let notification = committed(std::slice::from_ref(&block));
        let begun = Instant::now();
        notify.send(Ok(notification)).unwrap();
        let events = apply(&mut source, &store).await;
        let applied = Instant::now();
        sync(&mut source, &store);
        times.push((applied - begun).as_secs_f64() * 1e3);
        syncs.push(applied.elapsed().as_secs_f64() * 1e3);
        assert_eq!(events, LOGS);
        last = block;
    }
    let worst = times.iter().copied().fold(0.0, f64::max);
    Logs { median: median(times), worst, synced: median(syncs) }
}

/// Takes what the source delivers into the store, as the service does first; gives the number of events.
async fn apply(source: &mut impl ChainSource, store: &Store) -> usize {
    let updates = source.next().await.unwrap();
    let mut events = 0;
    for update in &updates.updates {
        let Update::Committed(block) = update else { panic!("nothing was reverted") };
        store.commit(block, updates.finalized).unwrap();
        events += block.events.len();
    }
    events
}

/// Has it on disk and says so, as the service does then.
fn sync(source: &mut impl ChainSource, store: &Store) {
    source.durable(store.sync().unwrap().unwrap().block());
}

impl Logs {
    pub(crate) fn json(&self) -> Value {
        let Self { median, worst, synced } = self;
        json!({
            "logs": LOGS, "blocks": BLOCKS, "medianMs": median, "worstMs": worst,
            "syncedMs": synced, "barMs": BAR,
        })
    }
}

impl fmt::Display for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { median, worst, synced } = self;
        write!(
            f,
            "{LOGS} logs to the store  {median:.2} ms, at worst {worst:.2} ms (bar {BAR} ms); on disk {synced:.2} ms later"
        )
    }
}
