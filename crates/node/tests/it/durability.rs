//! What a killed process leaves: the store as of a block, and never less than the source was told of.

use std::{
    collections::VecDeque,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use alloy::providers::{Provider, ProviderBuilder};
use alloy_primitives::Address;
use opml_node::{
    Config, Identity, Library, Service, Store,
    player::NativePlayers,
    source::{ChainSource, SourceError, Update, Updates},
    view::BlockRef,
};
use proptest::prelude::*;
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::history::{History, rows};

const IDENTITY: Identity = Identity { chain_id: 1, contract: Address::repeat_byte(0xcc) };
const PATIENCE: Duration = Duration::from_secs(60);

/// The store that a process finds whose predecessor was killed at this moment: what the file has now, and nothing of what that
/// process had in its memory. It lies in the same folder.
fn after_a_kill(path: &Path) -> (PathBuf, Store) {
    let next = path.with_extension("next.redb");
    fs::copy(path, &next).unwrap();
    let store = Store::open(&next, IDENTITY).unwrap();
    (next, store)
}

#[derive(Debug, Clone)]
enum Step {
    Grow,
    Revert(usize),
    Sync,
    Kill,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        10 => Just(Step::Grow),
        2 => (1usize..8).prop_map(Step::Revert),
        2 => Just(Step::Sync),
        1 => Just(Step::Kill),
    ];
    prop::collection::vec(step, 1..150)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_kill_goes_back_to_a_block_since_the_last_sync(seed: u64, steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let mut path = folder.path().join("opml.redb");
        let mut store = Store::open(&path, IDENTITY).unwrap();
        let mut history = History::new(seed);
        store.commit(&history.blocks[0], 0).unwrap();
        store.sync().unwrap();
        // What was there at the last sync, and after every step since.
        let mut since = vec![history.clone()];
        for step in steps {
            match step {
                Step::Grow => {
                    history.grow();
                    store.commit(history.blocks.last().unwrap(), 0).unwrap();
                    since.push(history.clone());
                }
                Step::Revert(depth) => {
                    let to = history.shrink(depth);
                    store.revert(to.block()).unwrap();
                    since.push(history.clone());
                }
                Step::Sync => {
                    prop_assert_eq!(store.sync().unwrap(), Some(history.head()));
                    since = vec![history.clone()];
                }
                Step::Kill => {
                    (path, store) = after_a_kill(&path);
                    let head = store.head().unwrap();
                    let left = since.into_iter().rev().find(|left| Some(left.head()) == head);
                    history = left.ok_or_else(|| TestCaseError::fail(format!("{head:?}")))?;
                    prop_assert_eq!(store.dump().unwrap(), rows(&history.state));
                    since = vec![history.clone()];
                }
            }
            prop_assert_eq!(store.head().unwrap(), Some(history.head()));
        }
        prop_assert_eq!(store.dump().unwrap(), rows(&history.state));
    }
}

/// A source that looks at the disk whenever it is told that something is there.
struct Doubtful {
    script: VecDeque<Update>,
    folder: Arc<TempDir>,
    /// What it was told, and what was on the disk.
    told: mpsc::UnboundedSender<(BlockRef, Option<BlockRef>)>,
}

impl ChainSource for Doubtful {
    async fn start(&mut self, _: Vec<BlockRef>) -> Result<(), SourceError> {
        Ok(())
    }

    async fn next(&mut self) -> Result<Updates, SourceError> {
        let updates = vec![self.script.pop_front().ok_or(SourceError::Ended)?];
        Ok(Updates { updates, ..Updates::default() })
    }

    fn durable(&mut self, head: BlockRef) {
        let (_, store) = after_a_kill(&self.folder.path().join("opml.redb"));
        let left = store.head().unwrap().map(|head| head.block());
        let _ = self.told.send((head, left));
    }
}

#[tokio::test]
async fn a_source_is_told_of_what_is_on_disk_also_after_a_revert() {
    let mut history = History::new(5);
    let mut script = VecDeque::from([Update::Committed(history.blocks[0].clone())]);
    let mut heads = vec![history.head().block()];
    for depth in [1, 2, 3] {
        for _ in 0..4 {
            history.grow();
            script.push_back(Update::Committed(history.blocks.last().unwrap().clone()));
            heads.push(history.head().block());
        }
        let to = history.shrink(depth).block();
        script.push_back(Update::Reverted { to });
        heads.push(to);
    }
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let (told, mut tellings) = mpsc::unbounded_channel();
    // Nobody listens there: who looks on asks nothing.
    let provider = ProviderBuilder::new().connect_http("http://127.0.0.1:1".parse().unwrap());
    let mut config = Config::new(IDENTITY);
    config.data_dir = Some(folder.path().to_owned());
    let service = Service {
        config,
        source: Doubtful { script, folder: Arc::clone(&folder), told },
        provider: provider.erased(),
        signer: None,
        library: Library::new(),
        players: Arc::new(NativePlayers),
    };
    let node = service.start().unwrap();
    for head in heads {
        let telling = tokio::time::timeout(PATIENCE, tellings.recv()).await;
        assert_eq!(telling.expect("the source is told").unwrap(), (head, Some(head)));
    }
    node.shutdown().await;
}
