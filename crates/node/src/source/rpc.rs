//! A follower of any Ethereum JSON-RPC node, by polling.

use std::{collections::BTreeMap, future::IntoFuture, time::Duration};

use alloy::{
    eips::BlockNumberOrTag,
    providers::{DynProvider, Provider},
    rpc::types::{Block as RpcBlock, Filter, Log as RpcLog},
    transports::TransportError,
};
use alloy_primitives::{Address, B256, Log};

use super::{Block, ChainSource, FINAL_DEPTH, Recent, SourceError, Update, Updates, decode_events};
use crate::view::{BlockRef, Head};

/// How long one question to the node may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Blocks that are read one by one in one delivery.
const STEP: u64 = 32;

/// What to follow and how.
#[derive(Debug, Clone)]
pub struct FollowerConfig {
    /// The opML contract.
    pub contract: Address,
    /// A height before the contract's first event.
    pub start_block: u64,
    /// Pause between two questions for the newest block.
    pub poll: Duration,
    /// Final blocks that one question for logs covers while catching up.
    pub batch: u64,
}

/// Polls a node for its newest block. Near the head it reads block by block, logs by block hash, and finds reorgs by parent
/// hash; below finality it reads logs in batches and leaves out blocks without any.
#[derive(Debug)]
pub struct RpcFollower {
    provider: DynProvider,
    config: FollowerConfig,
    recent: Recent,
}

impl RpcFollower {
    /// A follower that has delivered nothing yet.
    pub fn new(provider: DynProvider, config: FollowerConfig) -> Self {
        Self { provider, config, recent: Recent::default() }
    }

    async fn block(&self, tag: BlockNumberOrTag) -> Result<Option<RpcBlock>, SourceError> {
        ask("eth_getBlockByNumber", self.provider.get_block_by_number(tag).into_future()).await
    }

    /// The height that is never reverted. Nodes without that notion get [`FINAL_DEPTH`] blocks below the tip.
    async fn finalized(&self, tip: u64) -> u64 {
        match self.block(BlockNumberOrTag::Finalized).await {
            Ok(Some(block)) => block.header.number,
            Ok(None) | Err(_) => tip.saturating_sub(FINAL_DEPTH),
        }
    }

    /// Drops blocks from `recent` that are not on the chain any more; gives the newest that is, if any was dropped.
    async fn walk_back(&mut self) -> Result<Option<BlockRef>, SourceError> {
        let mut keep = self.recent.blocks().len();
        while keep > 0 {
            let known = self.recent.blocks()[keep - 1];
            let found = self.block(known.number.into()).await?;
            if found.is_some_and(|block| block.header.hash == known.hash) {
                break;
            }
            keep -= 1;
        }
        self.recent.rewind(keep)
    }

    /// Final blocks with events from `from` on, and the last one of the batch in any case.
    async fn batch(&self, from: u64, finalized: u64) -> Result<Vec<Block>, SourceError> {
        let to = finalized.min(from + self.config.batch - 1);
        let filter = Filter::new().address(self.config.contract).from_block(from).to_block(to);
        let logs = ask("eth_getLogs", self.provider.get_logs(&filter)).await?;
        let mut by_block: BTreeMap<u64, Vec<RpcLog>> = BTreeMap::from([(to, Vec::new())]);
        for log in logs {
            let number = log.block_number.ok_or_else(|| incomplete("a log without a block"))?;
            by_block.entry(number).or_default().push(log);
        }
        let mut blocks = Vec::with_capacity(by_block.len());
        for (number, logs) in by_block {
            let header = self.block(number.into()).await?;
            let header = header.ok_or_else(|| incomplete("no block at a final height"))?;
            blocks.push(assemble(&header, logs)?);
        }
        Ok(blocks)
    }

    /// Blocks from `from` to `tip` that follow `after`, at most [`STEP`]. Stops early where the chain changed meanwhile.
    async fn steps(
        &self,
        from: u64,
        tip: u64,
        mut after: Option<B256>,
    ) -> Result<Vec<Block>, SourceError> {
        let mut blocks = Vec::new();
        for number in from..=tip.min(from + STEP - 1) {
            let Some(header) = self.block(number.into()).await? else { break };
            let hash = header.header.hash;
            if after.is_some_and(|after| after != header.header.parent_hash) {
                break;
            }
            let filter = Filter::new().address(self.config.contract).at_block_hash(hash);
            let logs = ask("eth_getLogs", self.provider.get_logs(&filter)).await?;
            blocks.push(assemble(&header, logs)?);
            after = Some(hash);
        }
        Ok(blocks)
    }

    /// One look at the chain; `None` if nothing changed.
    async fn look(&mut self) -> Result<Option<Updates>, SourceError> {
        let tip = self.block(BlockNumberOrTag::Latest).await?;
        let tip = tip.ok_or_else(|| incomplete("no latest block"))?.header;
        let newest = self.recent.newest();
        if newest.is_some_and(|newest| newest.hash == tip.hash) {
            return Ok(None);
        }
        let finalized = self.finalized(tip.number).await;
        let mut updates = Updates { updates: Vec::new(), finalized, tip: tip.number };
        if let Some(to) = self.walk_back().await? {
            updates.updates.push(Update::Reverted { to });
            return Ok(Some(updates));
        }
        let from = newest.map_or(self.config.start_block, |newest| newest.number + 1);
        let blocks = if from <= finalized {
            self.batch(from, finalized).await?
        } else {
            self.steps(from, tip.number, newest.map(|newest| newest.hash)).await?
        };
        self.recent.extend(blocks.iter().map(|block| block.head.block()), finalized);
        updates.updates.extend(blocks.into_iter().map(Update::Committed));
        Ok((!updates.updates.is_empty()).then_some(updates))
    }
}

impl ChainSource for RpcFollower {
    async fn start(&mut self, known: Vec<BlockRef>) -> Result<(), SourceError> {
        self.recent = Recent::from_known(known);
        Ok(())
    }

    async fn next(&mut self) -> Result<Updates, SourceError> {
        loop {
            if let Some(updates) = self.look().await? {
                return Ok(updates);
            }
            tokio::time::sleep(self.config.poll).await;
        }
    }

    fn durable(&mut self, _: BlockRef) {}
}

/// Waits for an answer, but not for ever.
async fn ask<T>(
    what: &'static str,
    answer: impl IntoFuture<Output = Result<T, TransportError>>,
) -> Result<T, SourceError> {
    match tokio::time::timeout(PATIENCE, answer.into_future()).await {
        Ok(answer) => answer.map_err(|error| SourceError::Transport(format!("{what}: {error}"))),
        Err(_) => {
            Err(SourceError::Transport(format!("{what}: no answer in {} s", PATIENCE.as_secs())))
        }
    }
}

fn assemble(header: &RpcBlock, logs: Vec<RpcLog>) -> Result<Block, SourceError> {
    let header = &header.header;
    if let Some(log) = logs.iter().find(|log| log.block_hash != Some(header.hash)) {
        return Err(SourceError::Transport(format!(
            "a log of block {:?} among those of block {} ({})",
            log.block_hash, header.number, header.hash
        )));
    }
    let mut logs = logs;
    logs.sort_by_key(|log| log.log_index);
    let logs: Vec<Log> = logs.into_iter().map(|log| log.inner).collect();
    Ok(Block {
        head: Head { number: header.number, hash: header.hash, time: header.timestamp },
        parent: header.parent_hash,
        events: decode_events(header.number, &logs)?,
    })
}

fn incomplete(what: &str) -> SourceError {
    SourceError::Transport(format!("the node has {what}"))
}
