//! The chain as its operator sees it: blocks, time and balances.

use std::time::Duration;

use alloy::{
    eips::BlockNumberOrTag,
    providers::{DynProvider, Provider, ProviderBuilder},
    rpc::json_rpc::{RpcRecv, RpcSend},
};
use alloy_primitives::{Address, B256, U256};
use eyre::{Context, Result, bail, eyre};

use crate::Anvil;

/// Seconds between two blocks, always.
pub const BLOCK_TIME: u64 = 12;

/// Longest wait for something that only depends on this machine's speed; a test that reaches it has failed.
const PATIENCE: Duration = Duration::from_secs(120);
/// Pause between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// A chain of its own, which makes a block for every transaction.
#[derive(Debug)]
pub struct Chain {
    anvil: Anvil,
    provider: DynProvider,
}

impl Chain {
    /// Starts a chain.
    ///
    /// # Errors
    /// If anvil does not start or does not answer.
    pub async fn start() -> Result<Self> {
        let anvil = Anvil::start()?;
        let provider = ProviderBuilder::new().connect_http(anvil.url().parse()?).erased();
        let chain = Self { anvil, provider };
        chain.raw::<_, ()>("anvil_setBlockTimestampInterval", (BLOCK_TIME,)).await?;
        Ok(chain)
    }

    /// Where its JSON-RPC answers.
    pub fn url(&self) -> &str {
        self.anvil.url()
    }

    /// A provider without keys.
    pub const fn provider(&self) -> &DynProvider {
        &self.provider
    }

    /// Lets at least `seconds` pass, in empty blocks.
    ///
    /// # Errors
    /// If anvil does not answer.
    pub async fn pass(&self, seconds: u64) -> Result<()> {
        self.mine(seconds.div_ceil(BLOCK_TIME)).await
    }

    /// Mines empty blocks.
    ///
    /// # Errors
    /// If anvil does not answer.
    pub async fn mine(&self, blocks: u64) -> Result<()> {
        self.raw("anvil_mine", (U256::from(blocks), U256::from(BLOCK_TIME))).await
    }

    /// Gives the next block this timestamp, whatever the time between blocks is.
    ///
    /// # Errors
    /// If it is not after the newest block's, or anvil does not answer.
    pub async fn next_block_at(&self, timestamp: u64) -> Result<()> {
        self.raw("evm_setNextBlockTimestamp", (timestamp,)).await.map(|_: serde_json::Value| ())
    }

    /// Whether every transaction gets a block at once, or waits until one is mined.
    ///
    /// # Errors
    /// If anvil does not answer.
    pub async fn automine(&self, on: bool) -> Result<()> {
        self.raw("evm_setAutomine", (on,)).await
    }

    /// Height and time of the newest block.
    ///
    /// # Errors
    /// If anvil does not answer.
    pub async fn now(&self) -> Result<(u64, u64)> {
        let block = self.provider.get_block_by_number(BlockNumberOrTag::Latest).await?;
        let header = block.ok_or_else(|| eyre!("the chain has no block"))?.header;
        Ok((header.number, header.timestamp))
    }

    /// Gives `account` a balance.
    ///
    /// # Errors
    /// If anvil does not answer.
    pub async fn fund(&self, account: Address, wei: U256) -> Result<()> {
        self.raw("anvil_setBalance", (account, wei)).await
    }

    /// What an account owns: wei, and the hash over its storage. Equal fingerprints mean that nothing changed.
    ///
    /// # Errors
    /// If anvil does not answer.
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
