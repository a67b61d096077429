//! The program as it is run: a development node that is killed again and again while its extension plays disputes.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../../../opml-exex/tests/it/books.rs"]
mod books;
#[path = "../../../opml-exex/tests/it/stage.rs"]
mod stage;

use std::{env, time::Duration};

use alloy::{
    eips::BlockId,
    providers::{DynProvider, Provider},
};
use alloy_primitives::B256;
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use opml_node::plan::Roles;
use opml_rpc::{
    OpmlApiClient,
    types::{Dispute, Side},
};
use opml_tests::{
    liars,
    reth::{MNEMONIC, Reth, Setup},
};
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};

use crate::{
    books::Books,
    stage::{INSIDE, ask, contract, deploy, follower, signer, wait_for},
};

/// Names how often the node of each test is killed.
const KILLS: &str = "OPML_KILLS";
/// How often it is killed unless that says more.
const FEW: u64 = 4;
/// Milliseconds between two blocks.
const BLOCK: u64 = 500;
/// The most blocks between a start and a kill.
const BLOCKS: u64 = 4;
/// The most milliseconds between the first answer of a node and a kill, while its extension catches up.
const START: u64 = 2_000;

/// When a node is killed.
#[derive(Debug, Clone, Copy)]
enum Moment {
    /// So many milliseconds after the node answers, whatever its extension has come to.
    Starting(u64),
    /// After so many blocks since it was in step with the chain, and so many milliseconds more: somewhere between two blocks.
    Playing(u64, u64),
}

impl Moment {
    fn draw(random: &mut ChaCha8Rng) -> Self {
        let mut below = |bound: u64| random.next_u64() % bound;
        match below(5) {
            0 => Self::Starting(below(START)),
            _ => Self::Playing(below(BLOCKS), below(BLOCK)),
        }
    }
}

/// A party of disputes whose node does not stay up.
struct Sufferer {
    side: Side,
    setup: Setup,
    provider: DynProvider,
    rpc: HttpClient,
    node: Reth,
    requests: Vec<B256>,
    /// Kills that took the newest block out of the chain.
    taken_back: usize,
}

impl Sufferer {
    async fn new(side: Side, folder: &std::path::Path) -> Self {
        let program = env!("CARGO_BIN_EXE_opml-reth").into();
        let role = match side {
            Side::Submitter => "submitter",
            Side::Challenger => "challenger",
        };
        let setup = Setup::new(program, folder, Duration::from_millis(BLOCK)).unwrap();
        let setup = setup
            .with("contract", contract().to_string())
            .with("role", role)
            .with("model", "digits")
            .with("mnemonic", MNEMONIC)
            .with("mnemonic-index", INSIDE.to_string());
        let mut node = Reth::start(&setup).unwrap();
        node.ready().await.unwrap();
        let (provider, rpc) = (setup.provider().unwrap(), HttpClientBuilder::default());
        let rpc = rpc.build(setup.url()).unwrap();
        // Lists of two: the longest disputes there are.
        deploy(&provider, 1).await;
        let mut sufferer =
            Self { side, setup, provider, rpc, node, requests: Vec::new(), taken_back: 0 };
        // A block is on disk when the next one is made.
        sufferer.blocks(2).await;
        sufferer.ask().await;
        sufferer
    }

    /// Asks another question.
    async fn ask(&mut self) {
        let request = ask(&self.provider, self.requests.len() as u64).await;
        self.requests.push(request);
    }

    /// Waits until the node is in step with the chain. A kill may have taken back the last question: then it is asked again.
    async fn in_step(&mut self) {
        self.node.ready().await.unwrap();
        let synced = async || self.rpc.status().await.ok().filter(|status| status.synced);
        wait_for("a node in step", synced).await;
        let last = self.requests.len() - 1;
        if self.rpc.get_request(self.requests[last]).await.is_err() {
            assert_eq!(ask(&self.provider, last as u64).await, self.requests[last]);
        }
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

    /// The dispute over the first claim on a request, once it is decided.
    async fn decided(&self, request: B256) -> Option<Dispute> {
        let claims = self.rpc.get_request(request).await.ok()?.claims;
        let [id] = claims.first()?.disputes[..] else { return None };
        self.rpc.get_dispute(id).await.ok().filter(|dispute| dispute.verdict.is_some())
    }

    /// Kills the node at that moment of a dispute, and starts it again.
    async fn killed(&mut self, moment: Moment) {
        let rest = match moment {
            Moment::Starting(rest) => rest,
            Moment::Playing(blocks, rest) => {
                self.in_step().await;
                if self.decided(self.requests[self.requests.len() - 1]).await.is_some() {
                    self.ask().await;
                }
                self.blocks(blocks).await;
                rest
            }
        };
        tokio::time::sleep(Duration::from_millis(rest)).await;
        let newest = self.provider.get_block(BlockId::latest()).await.unwrap().unwrap();
        // The port is free once the process is gone.
        let Self { node, setup, .. } = self;
        node.kill();
        *node = Reth::start(setup).unwrap();
        node.ready().await.unwrap();
        let kept = self.provider.get_block_by_hash(newest.hash()).await.unwrap();
        self.taken_back += usize::from(kept.is_none());
    }

    /// Every question had one dispute, and this party won it by proof; it paid for nothing twice, and nothing for a kill that took a
    /// block out: what was under way is in no pool then, and waits until it makes sense again.
    async fn has_won(mut self) {
        self.in_step().await;
        let account = signer(INSIDE).address();
        for request in &self.requests {
            let dispute = wait_for("a verdict", async || self.decided(*request).await).await;
            let verdict = dispute.verdict.unwrap();
            assert_eq!((verdict.winner, verdict.by_proof), (self.side, true));
            let party = match self.side {
                Side::Submitter => dispute.submitter,
                Side::Challenger => dispute.challenger,
            };
            assert_eq!(party, account);
        }
        let books = Books::read(&self.provider, account).await;
        books.have_lost_at_most(0);
        let begun = match self.side {
            Side::Submitter => "commit",
            Side::Challenger => "open",
        };
        assert_eq!(books.count(begun), self.requests.len());
        println!(
            "{:?}: {} disputes won, {} moves, {} kills that took a block out",
            self.side,
            self.requests.len(),
            books.count("play"),
            self.taken_back
        );
    }
}

/// Kills the party on `side`, against a liar on the other.
async fn sweep(side: Side, liar: Roles, seed: u64) {
    let kills = env::var(KILLS).map_or(FEW, |kills| kills.parse().unwrap());
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir().unwrap();
    let mut sufferer = Sufferer::new(side, folder.path()).await;
    let lying = follower(sufferer.provider.clone(), liar, liars::wrong_value());
    for kill in 1..=kills {
        let moment = Moment::draw(&mut random);
        println!("kill {kill}: {moment:?}");
        sufferer.killed(moment).await;
    }
    sufferer.has_won().await;
    lying.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenger_that_is_killed_at_random_wins_every_dispute_and_pays_for_nothing_twice() {
    sweep(Side::Challenger, Roles::SUBMITTER, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submitter_that_is_killed_at_random_wins_every_dispute_and_pays_for_nothing_twice() {
    sweep(Side::Submitter, Roles::CHALLENGER, 2).await;
}
