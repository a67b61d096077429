//! Blocks with moves of either side are taken out of the chain while the extension plays, and come back in other blocks.

use std::{sync::Arc, time::Duration};

use alloy::{
    consensus::{Transaction, TxEnvelope, transaction::SignerRecoverable},
    eips::Decodable2718,
    providers::{DynProvider, Provider, ProviderBuilder},
    sol_types::SolInterface,
};
use alloy_primitives::{Address, B256, Bytes};
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use opml_contracts::OpML::OpMLCalls;
use opml_exex::{NAMESPACE, extension};
use opml_node::{plan::Roles, player::NativePlayers};
use opml_rpc::{
    OpmlApiClient,
    types::{Dispute, Side},
};
use opml_tests::liars;
use rand_chacha::{
    ChaCha8Rng,
    rand_core::{RngCore, SeedableRng},
};
use reth_ethereum::{
    node::{EthereumNode, builder::NodeBuilder},
    tasks::Runtime,
};

use crate::{
    books::Books,
    engine::{Engine, Link},
    inside::{node_config, setup},
    stage::{INSIDE, OUTSIDE, ask, deploy, follower, signer, wait_for},
};

/// Between two blocks: long enough for either side to answer the last one, most of the time.
const PACE: Duration = Duration::from_millis(200);
/// The deepest reorganisation.
const DEEPEST: usize = 3;
/// The most blocks between a reorganisation and the next, if there is a turn to take out.
const REST: u64 = 3;
/// Blocks in which something must happen. Both sides compute at the lowest priority, and may have to wait for whatever else runs.
const PATIENCE: u64 = 3000;

/// A reorganisation.
#[derive(Debug, Clone, Copy)]
struct Cut {
    /// Blocks that go.
    depth: usize,
    /// Whose turn is among them: an account.
    account: u32,
    /// Blocks before it that the game is left alone.
    rest: u64,
}

impl Cut {
    /// Every depth with turns of either side, in an order and at a distance that the seed decides.
    fn draw(random: &mut ChaCha8Rng) -> Vec<Self> {
        let mut cuts = Vec::new();
        for account in [INSIDE, OUTSIDE] {
            for depth in 1..=DEEPEST {
                cuts.push(Self { depth, account, rest: random.next_u64() % REST });
            }
        }
        for last in (1..cuts.len()).rev() {
            cuts.swap(last, random.next_u64() as usize % (last + 1));
        }
        cuts
    }

    /// Whether it is due: the newest blocks have such a turn, and nothing that is not of the game.
    fn is_due(self, engine: &Engine) -> bool {
        let newest = engine.newest(self.depth);
        let turns = turns(newest);
        let sent: usize = newest.iter().map(|block| block.transactions.len()).sum();
        turns.len() == sent && turns.contains(&signer(self.account).address())
    }
}

/// Whose turns are in these blocks.
fn turns(blocks: &[Link]) -> Vec<Address> {
    let sent = blocks.iter().flat_map(|block| &block.transactions);
    let sent = sent.map(|raw| TxEnvelope::decode_2718_exact(raw).unwrap());
    let turns = sent.filter(|transaction| {
        matches!(
            OpMLCalls::abi_decode(transaction.input()),
            Ok(OpMLCalls::open(_) | OpMLCalls::r#move(_) | OpMLCalls::evaluate(_))
        )
    });
    turns.map(|transaction| transaction.recover_signer().unwrap()).collect()
}

/// The stage with its consensus client.
struct Play {
    engine: Engine,
    rpc: HttpClient,
    provider: DynProvider,
    pace: tokio::time::Interval,
    requests: Vec<B256>,
}

impl Play {
    /// Makes blocks until `script` has come to its end.
    async fn during<T>(&mut self, script: impl Future<Output = T>) -> T {
        let mut script = std::pin::pin!(script);
        loop {
            tokio::select! {
                ended = &mut script => return ended,
                _ = self.pace.tick() => self.engine.make(None).await,
            }
        }
    }

    /// Asks another question.
    async fn ask(&mut self) {
        let (provider, nonce) = (self.provider.clone(), self.requests.len() as u64);
        let request = self.during(ask(&provider, nonce)).await;
        self.requests.push(request);
    }

    /// The dispute over the first claim on a request, once it is decided.
    async fn decided(&self, request: B256) -> Option<Dispute> {
        let claims = self.rpc.get_request(request).await.ok()?.claims;
        let [id] = claims.first()?.disputes[..] else { return None };
        self.rpc.get_dispute(id).await.ok().filter(|dispute| dispute.verdict.is_some())
    }

    /// Makes a block, of what waits or of these transactions.
    async fn block(&mut self, transactions: Option<&[Bytes]>) {
        self.pace.tick().await;
        self.engine.make(transactions).await;
    }

    /// Waits until the extension has the head of the chain.
    async fn follows(&self) {
        let head = self.engine.newest(1)[0].hash;
        let followed = async || {
            let status = self.rpc.status().await.unwrap();
            status.head.filter(|at| at.hash == head)
        };
        wait_for("the extension to follow", followed).await;
    }

    /// Makes a reorganisation as soon as there is one to make. What it takes out comes back in the order that it was in.
    async fn cut(&mut self, cut: Cut, random: &mut ChaCha8Rng) {
        let mut made = 0;
        while made < cut.rest || !cut.is_due(&self.engine) {
            if self.decided(self.requests[self.requests.len() - 1]).await.is_some() {
                self.ask().await;
            }
            self.block(None).await;
            made += 1;
            assert!(made < PATIENCE, "waited in vain for {cut:?}");
        }
        let turns = turns(self.engine.newest(cut.depth)).len();
        // At least one of them has to come back later.
        let kept = random.next_u64() as usize % turns;
        println!("{cut:?}: {kept} of {turns} turns stay");
        let lost = self.engine.replace(cut.depth, kept).await;
        self.follows().await;
        self.block(Some(&lost)).await;
        self.follows().await;
    }
}

/// Plays disputes with the extension on `side`, against a liar on the other, while blocks are taken out.
async fn sweep(side: Side, seed: u64) {
    let (mine, others) = match side {
        Side::Submitter => (Roles::SUBMITTER, Roles::CHALLENGER),
        Side::Challenger => (Roles::CHALLENGER, Roles::SUBMITTER),
    };
    let (exex, rpc) = extension(setup(mine, Arc::new(NativePlayers)));
    // Nobody mines: this launcher has no miner.
    let node = NodeBuilder::new(node_config())
        .testing_node(Runtime::test())
        .node(EthereumNode::default())
        .install_exex(NAMESPACE, exex)
        .extend_rpc_modules(rpc)
        .launch()
        .await
        .unwrap();
    let url = node.node.rpc_server_handle().http_url().unwrap();
    let rpc = HttpClientBuilder::default().build(&url).unwrap();
    let provider = ProviderBuilder::new().connect_http(url.parse().unwrap()).erased();
    let engine = node.node.add_ons_handle.beacon_engine_handle.clone();
    let engine = Engine::new(engine, provider.clone()).await;
    let pace = tokio::time::interval(PACE);
    let mut play = Play { engine, rpc, provider: provider.clone(), pace, requests: Vec::new() };
    // Lists of two: the longest disputes there are.
    play.during(deploy(&provider, 1)).await;
    let outside = follower(provider.clone(), others, liars::wrong_value());
    play.ask().await;

    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let cuts = Cut::draw(&mut random);
    for cut in &cuts {
        play.cut(*cut, &mut random).await;
    }
    let account = signer(INSIDE).address();
    for request in play.requests.clone() {
        let mut made = 0;
        let dispute = loop {
            if let Some(dispute) = play.decided(request).await {
                break dispute;
            }
            play.block(None).await;
            made += 1;
            assert!(made < PATIENCE, "waited in vain for the verdict on {request}");
        };
        let verdict = dispute.verdict.unwrap();
        assert_eq!((verdict.winner, verdict.by_proof), (side, true));
        let party = match side {
            Side::Submitter => dispute.submitter,
            Side::Challenger => dispute.challenger,
        };
        assert_eq!(party, account);
    }
    outside.shutdown().await;
    play.follows().await;
    let status = play.rpc.status().await.unwrap();
    let counts = [status.failures, status.restarts].map(|count| count.to::<u64>());
    assert_eq!(counts, [0, 0], "{status:?}");
    let books = Books::read(&provider, account).await;
    books.have_lost_at_most(cuts.len());
    assert!(books.count("play") > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_challenger_whose_moves_are_taken_out_wins_and_does_nothing_twice() {
    sweep(Side::Challenger, 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_submitter_whose_moves_are_taken_out_wins_and_does_nothing_twice() {
    sweep(Side::Submitter, 2).await;
}
