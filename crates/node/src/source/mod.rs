//! Where blocks come from.

mod recent;
mod rpc;
mod scripted;

pub use recent::Recent;
pub use rpc::{FollowerConfig, RpcFollower};
pub use scripted::ScriptedSource;

use std::future::Future;

use alloy_primitives::{B256, Log};
use alloy_sol_types::SolEventInterface;
use opml_contracts::OpML::OpMLEvents;
use thiserror::Error;

use crate::view::{BlockRef, Head};

/// Chains that tell no finality: what is this many blocks deep is taken as final.
pub const FINAL_DEPTH: u64 = 256;

/// One block with the contract's events in the order of the log.
#[derive(Debug, Clone)]
pub struct Block {
    /// Number, hash and time.
    pub head: Head,
    /// Hash of the block before.
    pub parent: B256,
    /// The contract's events.
    pub events: Vec<OpMLEvents>,
}

/// One delivery of a chain source.
#[derive(Debug, Clone)]
pub enum Update {
    /// A block joined the chain.
    Committed(Block),
    /// Every block above `to` left the chain.
    Reverted {
        /// The newest block that stays.
        to: BlockRef,
    },
}

/// What a source hands over at once.
#[derive(Debug, Clone, Default)]
pub struct Updates {
    /// In order.
    pub updates: Vec<Update>,
    /// The newest height that the source will never revert.
    pub finalized: u64,
    /// The newest height that the source knows of: higher than the last block delivered while it is catching up.
    pub tip: u64,
}

/// Why a source has nothing to deliver. It will be asked again after a pause.
#[derive(Debug, Error)]
pub enum SourceError {
    /// The node behind it could not be reached or did not answer sensibly.
    #[error("chain source: {0}")]
    Transport(String),
    /// A log of the contract does not decode.
    #[error("block {block}: log {index} of the contract does not decode: {source}")]
    BadLog {
        /// Height.
        block: u64,
        /// Place among the contract's logs of the block.
        index: usize,
        /// What the decoder said.
        source: alloy_sol_types::Error,
    },
    /// None of the blocks in the store is on the chain any more.
    #[error("no applied block from {oldest} to {newest} is on the chain any more")]
    NoCommonBlock {
        /// The oldest block that could be reverted to.
        oldest: u64,
        /// The newest applied block.
        newest: u64,
    },
    /// The node behind the source has thrown away what the contract logged.
    #[error(
        "the node has pruned the receipts of block {block}, which the contract's events are in"
    )]
    Pruned {
        /// Height.
        block: u64,
    },
    /// The source has ended: a script ran out, or the node around it shuts down.
    #[error("the chain source has ended")]
    Ended,
}

/// A source of blocks. The contract for whoever implements one:
///
/// 1. [`start`](Self::start) is called before anything else, and again whenever a delivery could not be applied, with the applied
///    blocks that can still be reverted to, newest first. The next delivery connects to them: it reverts to one of them if the
///    newest is not on the chain any more, and continues after it. With no block applied, it begins at a height before the
///    contract's first event.
/// 2. Blocks come in rising order. Each names the block before it as its parent, with one exception: blocks without an event of
///    the contract may be left out below `finalized`.
/// 3. A revert comes before the blocks that replace those it takes away, and names a block that was delivered or applied
///    before. It may go back to any block above `finalized` in one delivery.
/// 4. All events of a block come with it, in the order of the log, and none of another contract.
/// 5. Delivering a block again that is the newest one already is allowed and does nothing.
/// 6. [`next`](Self::next) waits until there is something; it may be dropped at any await and called again without losing
///    anything.
/// 7. An error delivers nothing and loses nothing: the next call tries again.
/// 8. A delivery is durable once [`durable`](Self::durable) names the newest block after it; until then the source may be asked for it
///    again, also for one that readers of the store have seen: a killed node comes up with what was durable, and
///    [`start`](Self::start) names that. Only durable blocks may be pruned by the node behind the source.
pub trait ChainSource: Send + 'static {
    /// Begins after the newest of `known` that is still on the chain.
    fn start(
        &mut self,
        known: Vec<BlockRef>,
    ) -> impl Future<Output = Result<(), SourceError>> + Send;

    /// Waits for the next updates.
    fn next(&mut self) -> impl Future<Output = Result<Updates, SourceError>> + Send;

    /// Tells that everything up to `head`, the newest applied block, is on disk. It comes after every delivery that was applied, so
    /// after one that reverts it names a lower block.
    fn durable(&mut self, head: BlockRef);
}

/// Decodes the contract's logs of one block.
///
/// # Errors
/// If a log is none of the contract's events.
pub fn decode_events(block: u64, logs: &[Log]) -> Result<Vec<OpMLEvents>, SourceError> {
    logs.iter()
        .enumerate()
        .map(|(index, log)| {
            OpMLEvents::decode_log(log).map(|log| log.data).map_err(|source| SourceError::BadLog {
                block,
                index,
                source,
            })
        })
        .collect()
}
