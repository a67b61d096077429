//! Blocks of a node whose extension computes answers, and of one without an extension.

use std::{
    any::Any,
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use alloy::{
    consensus::{SignableTransaction, TxEip1559, TxEnvelope},
    eips::Encodable2718,
    network::TxSignerSync,
    providers::{DynProvider, Provider, ProviderBuilder},
};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use opml_exex::{NAMESPACE, extension};
use opml_node::{
    client::{Client, Question},
    plan::Roles,
};
use opml_rpc::{OpmlApiClient, types::Status};
use opml_tests::{reth::rich, scenario::Topic};
use reth_ethereum::{
    node::{EthEngineTypes, EthereumNode, api::PayloadKind, builder::NodeBuilder},
    tasks::Runtime,
};
use reth_payload_builder::PayloadBuilderHandle;
use serde_json::{Value, json};
use tokio::time::Interval;

use crate::{
    busy::BusyPlayers,
    engine::Engine,
    inside::{node_config, setup},
    median,
    stage::{ASKER, contract, deploy, signer},
};

/// Transfers of a block.
pub(crate) const TRANSFERS: usize = 100;
/// Rounds of each node.
const ROUNDS: usize = 5;
/// Blocks of a round.
const BLOCKS: usize = 20;
/// Questions of a round: as many as the extension computes at a time.
const QUESTIONS: u64 = 2;
/// Tokens of an answer.
const TOKENS: u32 = 64;
/// Between two blocks that nobody times.
const PACE: Duration = Duration::from_millis(100);
/// Whose money is sent around.
const SPENDER: u32 = 3;
/// The most that the median block may take with a busy submitter, of what it takes without one.
const BAR: f64 = 1.05;

/// Milliseconds of the median block.
#[derive(Clone, Copy)]
struct Pace {
    without: f64,
    busy: f64,
}

pub(crate) struct Blocks {
    production: Pace,
    import: Pace,
    /// Blocks that count, of either node.
    counted: [usize; 2],
}

/// Times in milliseconds.
#[derive(Default)]
struct Times {
    production: Vec<f64>,
    import: Vec<f64>,
}

/// A node in this process, with a consensus client.
struct Host {
    engine: Engine,
    builder: PayloadBuilderHandle<EthEngineTypes>,
    provider: DynProvider,
    /// To the extension, if there is one, and its players.
    extension: Option<(HttpClient, BusyPlayers)>,
    /// Of blocks that nobody times.
    pace: Interval,
    asked: u64,
    spent: u64,
    _node: Box<dyn Any>,
}

/// Both nodes make blocks of the same transfers on chains of their own, in turns. While that with the extension has its turn, the
/// extension computes answers; while the other has, it does nothing.
pub(crate) async fn measure() -> Blocks {
    let players = BusyPlayers::default();
    let mut hosts = [Host::launch(None).await, Host::launch(Some(players)).await];
    let mut times = [Times::default(), Times::default()];
    for round in 0..ROUNDS {
        for (host, times) in hosts.iter_mut().zip(&mut times) {
            host.round(times).await;
        }
        eprintln!("round {} of {ROUNDS}", round + 1);
    }
    let counted = times.each_ref().map(|times| times.production.len());
    let [without, busy] = times;
    Blocks {
        production: Pace { without: median(without.production), busy: median(busy.production) },
        import: Pace { without: median(without.import), busy: median(busy.import) },
        counted,
    }
}

impl Host {
    async fn launch(players: Option<BusyPlayers>) -> Self {
        let builder = NodeBuilder::new(node_config())
            .testing_node(Runtime::test())
            .node(EthereumNode::default());
        // Nobody mines: this launcher has no miner.
        let node = match players.clone() {
            Some(players) => {
                let mut setup = setup(Roles::SUBMITTER, Arc::new(players));
                setup.library.add_model(Arc::new(opml_model::stories().unwrap()));
                let (exex, rpc) = extension(setup);
                builder.install_exex(NAMESPACE, exex).extend_rpc_modules(rpc).launch().await
            }
            None => builder.launch().await,
        };
        let node = node.unwrap();
        let url = node.node.rpc_server_handle().http_url().unwrap();
        let provider = ProviderBuilder::new().connect_http(url.parse().unwrap()).erased();
        let engine = node.node.add_ons_handle.beacon_engine_handle.clone();
        let extension =
            players.map(|players| (HttpClientBuilder::default().build(&url).unwrap(), players));
        let mut host = Self {
            engine: Engine::new(engine, provider.clone()).await,
            builder: node.node.payload_builder_handle.clone(),
            provider: provider.clone(),
            extension,
            pace: tokio::time::interval(PACE),
            asked: 0,
            spent: 0,
            _node: Box::new(node),
        };
        host.during(deploy(&provider, 5)).await;
        let script = async {
            let asker = Client::new(provider.clone(), signer(ASKER)).await.unwrap();
            asker.register_model(contract(), &opml_model::stories().unwrap()).await.unwrap();
        };
        host.during(script).await;
        host
    }

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

    /// What the extension does; nothing where there is none.
    async fn status(&self) -> Option<Status> {
        match &self.extension {
            Some((rpc, _)) => Some(rpc.status().await.unwrap()),
            None => None,
        }
    }

    /// Whether the extension computes all that was asked, or there is none.
    async fn is_busy(&self) -> bool {
        self.status().await.is_none_or(|status| status.jobs.to::<u64>() == QUESTIONS)
    }

    /// Makes a block that nobody times.
    async fn make(&mut self) {
        self.pace.tick().await;
        self.engine.make(None).await;
    }

    /// Asks questions, and times blocks while they are answered.
    async fn round(&mut self, times: &mut Times) {
        if let Some((_, players)) = &self.extension {
            players.hold();
        }
        for _ in 0..QUESTIONS {
            let (provider, nonce) = (self.provider.clone(), self.asked);
            self.during(ask(&provider, nonce)).await;
            self.asked += 1;
        }
        while !self.is_busy().await {
            self.make().await;
        }
        for _ in 0..BLOCKS {
            self.spend().await;
            let (state, attributes) = self.engine.ahead();
            let begun = Instant::now();
            let updated = self.engine.engine.fork_choice_updated(state, Some(attributes)).await;
            let id = updated.unwrap().payload_id.unwrap();
            let built = self.builder.resolve_kind(id, PayloadKind::WaitForPending).await;
            let built = built.unwrap().unwrap();
            let produced = begun.elapsed();
            // With what the extension sends, a block is no longer that of the other node.
            let is_equal = built.block().body().transactions.len() == TRANSFERS;
            let begun = Instant::now();
            self.engine.adopt(built.into()).await;
            let imported = begun.elapsed();
            if is_equal && self.is_busy().await {
                times.production.push(produced.as_secs_f64() * 1e3);
                times.import.push(imported.as_secs_f64() * 1e3);
            }
        }
        // The other node has the next turn to itself.
        if let Some((_, players)) = &self.extension {
            players.release();
        }
        while let Some(status) = self.status().await
            && (status.jobs.to::<u64>() > 0 || !status.pending.is_empty())
        {
            self.make().await;
        }
    }

    /// Sends the transfers of a block.
    async fn spend(&mut self) {
        let spender = rich(SPENDER).unwrap();
        for _ in 0..TRANSFERS {
            let mut transfer = TxEip1559 {
                chain_id: opml_tests::reth::CHAIN_ID,
                nonce: self.spent,
                gas_limit: 21_000,
                max_fee_per_gas: 100_000_000_000,
                max_priority_fee_per_gas: 2_000_000_000,
                to: TxKind::Call(Address::left_padding_from(&self.spent.to_be_bytes())),
                value: U256::ONE,
                access_list: Default::default(),
                input: Bytes::new(),
            };
            let signature = spender.sign_transaction_sync(&mut transfer).unwrap();
            let raw = TxEnvelope::from(transfer.into_signed(signature)).encoded_2718();
            let _sent = self.provider.send_raw_transaction(&raw).await.unwrap();
            self.spent += 1;
        }
    }
}

/// Asks for a tale.
async fn ask(provider: &DynProvider, nonce: u64) {
    let asker = Client::new(provider.clone(), signer(ASKER)).await.unwrap();
    let topic = Topic::Tale { prompt: format!("Once upon a time {nonce}"), tokens: TOKENS };
    let question = Question {
        model: opml_model::stories().unwrap().id(),
        guest: 0,
        profile: 0,
        nonce,
        deadline: u32::MAX,
        input: topic.input().into(),
        callback: Address::ZERO,
        gas_limit: 0,
        data: Bytes::new(),
        fee: U256::from(10u64.pow(15)),
    };
    asker.ask(contract(), &question).await.unwrap();
}

impl Pace {
    fn ratio(self) -> f64 {
        self.busy / self.without
    }

    fn json(self) -> Value {
        json!({ "withoutMs": self.without, "busyMs": self.busy, "ratio": self.ratio() })
    }
}

impl fmt::Display for Pace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (without, busy, ratio) = (self.without, self.busy, self.ratio());
        write!(
            f,
            "{without:.2} ms without, {busy:.2} ms with a busy submitter: {ratio:.3} (bar {BAR})"
        )
    }
}

impl Blocks {
    pub(crate) fn json(&self) -> Value {
        let [without, busy] = self.counted;
        json!({
            "transfers": TRANSFERS,
            "blocksWithout": without,
            "blocksBusy": busy,
            "production": self.production.json(),
            "import": self.import.json(),
            "bar": BAR,
        })
    }
}

impl fmt::Display for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [without, busy] = self.counted;
        writeln!(f, "blocks of {TRANSFERS} transfers, {without} without and {busy} with")?;
        write!(f, "production  {}\nimport      {}", self.production, self.import)
    }
}
