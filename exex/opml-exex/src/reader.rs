//! What the node has stored, as the source wants it.

use alloy_primitives::{Address, B256, BloomInput, Log};
use opml_node::{
    source::{Block, FINAL_DEPTH, Recent, SourceError, decode_events},
    view::Head,
};
use reth_ethereum::{
    primitives::{AlloyBlockHeader, Receipt},
    provider::{BlockReaderIdExt, ProviderResult},
};

/// What one look at the stored chain finds.
#[derive(Debug)]
pub(crate) struct Look {
    /// How many of the delivered blocks are still on the chain.
    pub(crate) keep: usize,
    /// What follows them; empty if some of them are gone.
    pub(crate) blocks: Vec<Block>,
    /// The newest height that is never reverted.
    pub(crate) finalized: u64,
    /// The newest height.
    pub(crate) best: u64,
}

/// Reads blocks and receipts from the node's own database and memory. No block is executed again, so what a full node keeps is
/// enough: headers, and the receipts of blocks in which the contract logged something. Every call blocks.
#[derive(Debug, Clone)]
pub(crate) struct Reader<P> {
    provider: P,
    contract: Address,
}

impl<P> Reader<P>
where
    P: BlockReaderIdExt<Receipt: Receipt>,
{
    pub(crate) const fn new(provider: P, contract: Address) -> Self {
        Self { provider, contract }
    }

    /// Looks which of the blocks of `recent` are still on the chain, and if all are, reads at most `limit` blocks after them.
    /// With no block delivered it begins at height `start`.
    ///
    /// # Errors
    /// If the node cannot be read.
    pub(crate) fn look(
        &self,
        recent: &Recent,
        start: u64,
        limit: u64,
    ) -> Result<Look, SourceError> {
        let best = self.best()?;
        let finalized = self.finalized(best)?;
        let known = recent.blocks();
        let mut keep = known.len();
        while keep > 0 && self.hash(known[keep - 1].number)? != Some(known[keep - 1].hash) {
            keep -= 1;
        }
        let mut look = Look { keep, blocks: Vec::new(), finalized, best };
        if keep < known.len() {
            return Ok(look);
        }
        let mut after = recent.newest().map(|block| block.hash);
        let from = recent.newest().map_or(start, |block| block.number + 1);
        let to = best.min(from.saturating_add(limit.saturating_sub(1)));
        for number in from..=to {
            let Some(block) = self.block(number)? else { break };
            // The chain may change while it is read.
            if after.is_some_and(|after| after != block.parent) {
                break;
            }
            after = Some(block.head.hash);
            // Below finality, blocks without an event are left out. The final one stays: it is the last to revert to.
            if !block.events.is_empty() || number >= finalized || number == to {
                look.blocks.push(block);
            }
        }
        Ok(look)
    }

    /// The newest height: while a node synchronises in stages, that of its database runs ahead of that of its memory.
    pub(crate) fn best(&self) -> Result<u64, SourceError> {
        let memory = answer("best block", self.provider.best_block_number())?;
        let stored = answer("last block", self.provider.last_block_number())?;
        Ok(memory.max(stored))
    }

    pub(crate) fn hash(&self, number: u64) -> Result<Option<B256>, SourceError> {
        answer("block hash", self.provider.block_hash(number))
    }

    pub(crate) fn finalized(&self, best: u64) -> Result<u64, SourceError> {
        let finalized = answer("finalized block", self.provider.finalized_block_number())?;
        Ok(finalized.unwrap_or_else(|| best.saturating_sub(FINAL_DEPTH)))
    }

    fn block(&self, number: u64) -> Result<Option<Block>, SourceError> {
        let Some(header) = answer("header", self.provider.sealed_header(number))? else {
            return Ok(None);
        };
        let mut events = Vec::new();
        if header.logs_bloom().contains_input(BloomInput::Raw(self.contract.as_slice())) {
            let receipts = self.provider.receipts_by_block(header.hash().into());
            let receipts = answer("receipts", receipts)?;
            let receipts = receipts.filter(|receipts| !receipts.is_empty());
            let receipts = receipts.ok_or(SourceError::Pruned { block: number })?;
            events = decode_events(number, &logs_of(&receipts, self.contract))?;
        }
        let head = Head { number, hash: header.hash(), time: header.timestamp() };
        Ok(Some(Block { head, parent: header.parent_hash(), events }))
    }
}

/// The logs of one contract, in the order of the block.
pub(crate) fn logs_of<R: Receipt>(receipts: &[R], contract: Address) -> Vec<Log> {
    let logs = receipts.iter().flat_map(|receipt| receipt.logs());
    logs.filter(|log| log.address == contract).cloned().collect()
}

fn answer<T>(what: &str, result: ProviderResult<T>) -> Result<T, SourceError> {
    result.map_err(|error| SourceError::Transport(format!("{what}: {error}")))
}
