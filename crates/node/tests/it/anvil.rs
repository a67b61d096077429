//! A chain of one's own.

use std::{collections::BTreeMap, env, fs, path::PathBuf, process::Stdio, sync::Arc};

use alloy::{
    providers::{DynProvider, Provider, ProviderBuilder},
    signers::local::PrivateKeySigner,
};
use alloy_primitives::{Address, B256, U256, keccak256};
use opml_node::service::Signer;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// A running anvil with automatic mining; it ends with this value.
pub(crate) struct Anvil {
    url: String,
    _process: Child,
}

impl Anvil {
    /// Starts the anvil of `OPML_ANVIL`, or the one that npm installed for the project; `None` without either.
    pub(crate) async fn start() -> Option<Self> {
        let Some(path) = env::var_os("OPML_ANVIL").map(PathBuf::from).or_else(installed) else {
            eprintln!(
                "skipped: no anvil; `npm ci` in contracts/ installs it, OPML_ANVIL names one"
            );
            return None;
        };
        let mut process = Command::new(path)
            .args(["--port", "0", "--accounts", "0"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let url = loop {
            let line = lines.next_line().await.unwrap().expect("anvil ended before it listened");
            if let Some(address) = line.strip_prefix("Listening on ") {
                break format!("http://{address}");
            }
        };
        // A full pipe would stop anvil.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Some(Self { url, _process: process })
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn provider(&self) -> DynProvider {
        ProviderBuilder::new()
            .disable_recommended_fillers()
            .connect_http(self.url().parse().unwrap())
            .erased()
    }

    /// An account with a thousand ether.
    pub(crate) async fn account(&self, name: &str) -> Signer {
        let key = PrivateKeySigner::from_bytes(&keccak256(name)).unwrap();
        let wei = U256::from(10u64).pow(U256::from(21));
        self.balance(key.address(), wei).await;
        Arc::new(key)
    }

    /// Lets time pass, with one block at the end of it.
    pub(crate) async fn pass(&self, seconds: u64) {
        self.delay(seconds).await;
        self.raw("evm_mine", json!([])).await;
    }

    /// The next blocks come later by this much.
    pub(crate) async fn delay(&self, seconds: u64) {
        self.raw("evm_increaseTime", json!([seconds])).await;
    }

    pub(crate) async fn mine(&self, blocks: u64) {
        self.raw("anvil_mine", json!([blocks])).await;
    }

    /// Replaces the newest `depth` blocks by empty ones.
    pub(crate) async fn reorg(&self, depth: u64) {
        self.raw("anvil_reorg", json!([depth, []])).await;
    }

    /// Takes away the newest `depth` blocks.
    pub(crate) async fn rollback(&self, depth: u64) {
        self.raw("anvil_rollback", json!([depth])).await;
    }

    pub(crate) async fn hash_of(&self, number: u64) -> B256 {
        let block = self.provider().get_block_by_number(number.into()).await.unwrap();
        block.unwrap().header.hash
    }

    /// Whether every transaction gets a block at once.
    pub(crate) async fn automine(&self, on: bool) {
        self.raw("evm_setAutomine", json!([on])).await;
    }

    /// Blocks have room for this much gas.
    pub(crate) async fn gas_limit(&self, gas: u64) {
        self.raw("evm_setBlockGasLimit", json!([U256::from(gas)])).await;
    }

    /// Takes a transaction out of the pool.
    pub(crate) async fn lose(&self, hash: B256) {
        self.raw("anvil_dropTransaction", json!([hash])).await;
    }

    /// Gives an account this much.
    pub(crate) async fn balance(&self, account: Address, wei: U256) {
        self.raw("anvil_setBalance", json!([account, wei])).await;
    }

    /// Hashes of an account's transactions in the pool, by nonce.
    pub(crate) async fn pool(&self, account: Address) -> BTreeMap<u64, B256> {
        let content = self.raw("txpool_content", json!([])).await;
        let senders = ["pending", "queued"]
            .into_iter()
            .flat_map(|part| content[part].as_object().unwrap().iter());
        let own = senders.filter(|(sender, _)| sender.parse::<Address>().unwrap() == account);
        let all = own.flat_map(|(_, all)| all.as_object().unwrap());
        all.map(|(nonce, transaction)| {
            (nonce.parse().unwrap(), transaction["hash"].as_str().unwrap().parse().unwrap())
        })
        .collect()
    }

    async fn raw(&self, method: &'static str, params: Value) -> Value {
        self.provider().raw_request(method.into(), params).await.unwrap()
    }
}

/// The program in npm's package for this platform: npm's wrapper around it would outlive its own end.
fn installed() -> Option<PathBuf> {
    let tools = concat!(env!("CARGO_MANIFEST_DIR"), "/../../contracts/node_modules/@foundry-rs");
    let packages = fs::read_dir(tools).ok()?.filter_map(Result::ok);
    let platform = packages.map(|entry| entry.path()).find(|path| {
        path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("anvil-"))
    })?;
    let program = platform.join("bin/anvil");
    program.is_file().then_some(program)
}
