//! Nodes that keep less than everything: the extension comes back after a downtime as long as the receipts of its contract are there,
//! and says so when they are not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../opml-exex/tests/it/stage.rs"]
#[expect(dead_code, reason = "others play on it, too")]
mod stage;

use std::{fs, path::Path, time::Duration};

use alloy::providers::{DynProvider, Provider};
use alloy_primitives::B256;
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use opml_rpc::OpmlApiClient;
use opml_tests::reth::{Reth, Setup};

use crate::stage::{ask, contract, deploy, wait_for};

/// Between two blocks.
const BLOCK: Duration = Duration::from_millis(40);
/// The fewest blocks whose receipts a node keeps where it prunes them at all.
const DISTANCE: &str = "64";
/// Prunes them as early as it can: a file of receipts goes as a whole.
const PRUNING: [&str; 6] = [
    "--prune.receipts.distance",
    DISTANCE,
    "--prune.block-interval",
    "5",
    "--static-files.blocks-per-file.receipts",
    "10",
];
/// What the extension says of a block whose receipts are gone.
const SAID: &str = "the node has pruned the receipts of block ";
/// Blocks without the extension, within that distance and far beyond it.
const SHORT: u64 = 20;
const LONG: u64 = 120;

/// A node with an extension that looks on.
struct Host {
    setup: Setup,
    provider: DynProvider,
    rpc: HttpClient,
    node: Reth,
}

impl Host {
    async fn start(folder: &Path, flags: &[&str]) -> Self {
        let setup = Setup::new(env!("CARGO_BIN_EXE_opml-reth").into(), folder, BLOCK).unwrap();
        let mut setup = setup.with("contract", contract().to_string());
        setup.flags = flags.iter().map(Into::into).collect();
        let mut node = Reth::start(&setup).unwrap();
        node.ready().await.unwrap();
        let provider = setup.provider().unwrap();
        let rpc = HttpClientBuilder::default().build(setup.url()).unwrap();
        Self { setup, provider, rpc, node }
    }

    /// Starts the node again, with the extension or without it.
    async fn restart(&mut self, with_extension: bool) {
        self.node.kill();
        let mut setup = self.setup.clone();
        if !with_extension {
            setup.extension.clear();
        }
        self.node = Reth::start(&setup).unwrap();
        self.node.ready().await.unwrap();
    }

    /// Waits for so many more blocks.
    async fn blocks(&self, more: u64) {
        let head = self.provider.get_block_number().await.unwrap();
        let grown = async || {
            let now = self.provider.get_block_number().await.ok()?;
            (now >= head + more).then_some(())
        };
        wait_for("blocks", grown).await;
    }

    /// Waits until the extension knows a request.
    async fn knows(&self, request: B256) {
        wait_for("a request", async || self.rpc.get_request(request).await.ok()).await;
    }

    /// A question is asked while the extension is away for so many blocks. Gives the request, with the extension there again.
    async fn miss(&mut self, downtime: u64) -> B256 {
        deploy(&self.provider, 5).await;
        let first = ask(&self.provider, 0).await;
        self.knows(first).await;
        // A block is on disk when the next one is made.
        self.blocks(2).await;
        self.restart(false).await;
        let second = ask(&self.provider, 1).await;
        self.blocks(downtime).await;
        self.restart(true).await;
        second
    }
}

/// After such a downtime on a node with such flags, the extension has what it missed.
async fn comes_back(flags: &[&str], downtime: u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut host = Host::start(folder.path(), flags).await;
    let missed = host.miss(downtime).await;
    host.knows(missed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_node_serves_the_extension_after_a_downtime() {
    comes_back(&["--full"], LONG).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pruned_receipts_are_no_loss_after_a_downtime_within_their_distance() {
    comes_back(&PRUNING, SHORT).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_of_the_contract_that_are_kept_serve_it_after_any_downtime() {
    let filter = format!("{}:before:0", contract());
    let flags = ["--prune.receiptslogfilter", &filter, "--prune.block-interval", "5"];
    let near = ["--prune.minimum-distance", DISTANCE];
    comes_back(&[flags.as_slice(), &near].concat(), LONG).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_block_whose_receipts_are_gone_is_named_and_the_node_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut host = Host::start(folder.path(), &PRUNING).await;
    let missed = host.miss(LONG).await;
    let log = folder.path().join("node.log");
    let named = async || fs::read_to_string(&log).unwrap().contains(SAID).then_some(());
    wait_for("the error", named).await;
    host.blocks(2).await;
    assert!(host.rpc.get_request(missed).await.is_err());
    assert!(!host.rpc.status().await.unwrap().synced);
}
