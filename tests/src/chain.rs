//! The chain as its operator sees it: blocks, time and balances.

use std::time::Duration;

use alloy::{
    eips::BlockNumberOrTag,
    network::TransactionBuilder,
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::{
        json_rpc::{RpcRecv, RpcSend},
        types::TransactionRequest,
    },
};
use alloy_primitives::{Address, B256, U256};
use eyre::{Context, Result, bail, ensure, eyre};
use tempfile::TempDir;

use crate::{Anvil, Reth, reth};

/// Seconds between two blocks of anvil, always.
pub const BLOCK_TIME: u64 = 12;

/// Longest wait for something that only depends on this machine's speed; a test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(120);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// Blocks of anvil in which nothing happens before a story counts as stuck: its nodes are done with each before the next.
const STUCK: u32 = 8;

/// A chain of its own: of anvil, which makes a block for every transaction or when it is told to, or of reth, which makes one
/// after the other whatever anybody does.
#[derive(Debug)]
pub struct Chain {
    host: Host,
    provider: DynProvider,
}

#[derive(Debug)]
enum Host {
    Anvil(Anvil),
    Reth {
        node: Box<Reth>,
        #[expect(dead_code, reason = "goes after the node that has its data there")]
        folder: TempDir,
    },
}

impl Chain {
    /// Starts a chain of anvil.
    ///
    /// # Errors
    /// If anvil does not start or does not answer.
    pub async fn start() -> Result<Self> {
        let anvil = Anvil::start()?;
        let provider = ProviderBuilder::new().connect_http(anvil.url().parse()?).erased();
        let chain = Self { host: Host::Anvil(anvil), provider };
        chain.raw::<_, ()>("anvil_setBlockTimestampInterval", (BLOCK_TIME,)).await?;
        Ok(chain)
    }

    /// Starts a development chain of reth with its data in `folder`, which goes with it.
    ///
    /// # Errors
    /// If the node does not start or does not answer.
    pub async fn of_reth(setup: &reth::Setup, folder: TempDir) -> Result<Self> {
        let mut node = Box::new(Reth::start(setup)?);
        node.ready().await?;
        Ok(Self { host: Host::Reth { node, folder }, provider: setup.provider()? })
    }

    /// Where its JSON-RPC answers.
    pub fn url(&self) -> String {
        match &self.host {
            Host::Anvil(anvil) => anvil.url().to_owned(),
            Host::Reth { node, .. } => node.setup().url(),
        }
    }

    /// Whether blocks come when they are asked for, and only then.
    pub const fn is_directed(&self) -> bool {
        matches!(self.host, Host::Anvil(_))
    }

    /// Blocks in which nothing happens before a story counts as stuck.
    pub fn patience(&self) -> u32 {
        match &self.host {
            Host::Anvil(_) => STUCK,
            Host::Reth { node, .. } => {
                let blocks = PATIENCE.as_millis() / node.setup().block_time.as_millis().max(1);
                blocks.try_into().unwrap_or(u32::MAX)
            }
        }
    }

    /// A provider without keys.
    pub const fn provider(&self) -> &DynProvider {
        &self.provider
    }

    /// Lets at least `seconds` pass on the chain.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn pass(&self, seconds: u64) -> Result<()> {
        if self.is_directed() {
            return self.mine(seconds.div_ceil(BLOCK_TIME)).await;
        }
        let (_, begun) = self.now().await?;
        self.until("time to pass", async || Ok(self.now().await?.1 >= begun + seconds)).await
    }

    /// Waits for blocks; anvil makes them now.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn mine(&self, blocks: u64) -> Result<()> {
        if self.is_directed() {
            return self.raw("anvil_mine", (U256::from(blocks), U256::from(BLOCK_TIME))).await;
        }
        let (head, _) = self.now().await?;
        self.until("blocks", async || Ok(self.now().await?.0 >= head + blocks)).await
    }

    /// Replaces the newest `depth` blocks of anvil by empty ones.
    ///
    /// # Errors
    /// If anvil does not answer.
    pub async fn reorganise(&self, depth: u64) -> Result<()> {
        let nothing: [(); 0] = [];
        self.raw::<_, ()>("anvil_reorg", (depth, nothing)).await
    }

    /// Gives the next block of anvil this timestamp, whatever the time between blocks is.
    ///
    /// # Errors
    /// If it is not after the newest block's, or anvil does not answer.
    pub async fn next_block_at(&self, timestamp: u64) -> Result<()> {
        self.raw("evm_setNextBlockTimestamp", (timestamp,)).await.map(|_: serde_json::Value| ())
    }

    async fn until(&self, what: &str, mut is: impl AsyncFnMut() -> Result<bool>) -> Result<()> {
        Self::wait_for(what, async || Ok(is().await?.then_some(()))).await
    }

    /// Whether every transaction gets a block of anvil's at once, or waits until one is mined.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn automine(&self, on: bool) -> Result<()> {
        if self.is_directed() { self.raw("evm_setAutomine", (on,)).await } else { Ok(()) }
    }

    /// Height and time of the newest block.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn now(&self) -> Result<(u64, u64)> {
        let block = self.provider.get_block_by_number(BlockNumberOrTag::Latest).await?;
        let header = block.ok_or_else(|| eyre!("the chain has no block"))?.header;
        Ok((header.number, header.timestamp))
    }

    /// Gives `account` a balance of at least `wei`; on anvil it is that.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn fund(&self, account: Address, wei: U256) -> Result<()> {
        if self.is_directed() {
            return self.raw("anvil_setBalance", (account, wei)).await;
        }
        let missing = wei.saturating_sub(self.provider.get_balance(account).await?);
        if missing.is_zero() {
            return Ok(());
        }
        let rich =
            ProviderBuilder::new().wallet(reth::rich(0)?).connect_provider(self.provider.clone());
        let gift = TransactionRequest::default().with_to(account).with_value(missing);
        let receipt = rich.send_transaction(gift).await?.get_receipt().await?;
        ensure!(receipt.status(), "{account} does not take {missing} wei");
        Ok(())
    }

    /// What an account owns: wei, and the hash over its storage. Equal fingerprints mean that nothing changed.
    ///
    /// # Errors
    /// If the chain does not answer.
    pub async fn fingerprint(&self, account: Address) -> Result<(U256, B256)> {
        let proof = self.provider.get_proof(account, Vec::new()).await?;
        Ok((proof.balance, proof.storage_hash))
    }

    /// Waits until `look` finds something. It is for what other threads do, so it measures no chain time.
    ///
    /// # Errors
    /// If `look` fails, or finds nothing for two minutes: then `what` is said to be missing.
    pub async fn wait_for<T>(
        what: &str,
        mut look: impl AsyncFnMut() -> Result<Option<T>>,
    ) -> Result<T> {
        let limit = tokio::time::Instant::now() + PATIENCE;
        loop {
            if let Some(found) = look().await? {
                return Ok(found);
            }
            if tokio::time::Instant::now() > limit {
                bail!("waited {} s in vain for {what}", PATIENCE.as_secs());
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn raw<P, R>(&self, method: &'static str, parameters: P) -> Result<R>
    where
        P: RpcSend + 'static,
        R: RpcRecv + 'static,
    {
        self.provider.raw_request(method.into(), parameters).await.wrap_err(method)
    }
}
