//! What subscribers are told, block by block.

use std::collections::VecDeque;

use alloy_primitives::{B256, U256};
use jsonrpsee::{PendingSubscriptionSink, core::SubscriptionResult};
use opml_contracts::OpML::OpMLEvents as Event;
use opml_rpc::{
    RpcError,
    types::{Change, Decided, Posted, Topic, Update},
};
use serde_json::value::to_raw_value;
use tokio::sync::broadcast::error::RecvError;

use super::{lists::summary, records};
use crate::{
    service::Node,
    source::{self, Block},
    store::Store,
    view::{BlockRef, Dispute, Request},
};

/// Updates that a subscription remembers, to take them back if their block leaves the chain.
const REMEMBERED: usize = 4096;

/// Sends the updates of a topic until either side has enough.
pub(super) async fn feed(
    node: &Node,
    pending: PendingSubscriptionSink,
    topic: Topic,
) -> SubscriptionResult {
    // Before the subscriber is told that it is one, so that it misses nothing behind that.
    let (mut blocks, mut status) = (node.updates(), node.watch());
    let sink = pending.accept().await?;
    let mut told = VecDeque::new();
    loop {
        let block = tokio::select! {
            () = sink.closed() => return Ok(()),
            // Only the end of the node ends its status.
            _ = status.wait_for(|_| false) => return Ok(()),
            block = blocks.recv() => block,
        };
        let updates = match block.as_deref() {
            Ok(source::Update::Committed(block)) => updates(node.store(), topic, block)?,
            Ok(source::Update::Reverted { to }) => retract(&mut told, *to),
            Err(RecvError::Lagged(blocks)) => {
                return Err(format!("the subscriber is {blocks} blocks behind").into());
            }
            Err(RecvError::Closed) => return Ok(()),
        };
        for update in updates {
            // Waits for a slow reader, which falls behind.
            sink.send(to_raw_value(&update)?).await?;
            if !update.removed {
                told.push_back(update);
            }
        }
        let forgotten = told.len().saturating_sub(REMEMBERED);
        told.drain(..forgotten);
    }
}

/// What was told about blocks above `to`, newest first.
fn retract(told: &mut VecDeque<Update>, to: BlockRef) -> Vec<Update> {
    let stay =
        told.iter().take_while(|update| update.block.number.to::<u64>() <= to.number).count();
    let gone = told.drain(stay..).rev();
    gone.map(|update| Update { removed: true, ..update }).collect()
}

fn updates(store: &Store, topic: Topic, block: &Block) -> Result<Vec<Update>, RpcError> {
    let changes = block.events.iter().filter_map(|event| match change(store, topic, event) {
        // A later block may have gone already that this one's records were in.
        Err(RpcError::NotFound { .. }) => None,
        change => change.transpose(),
    });
    let block = records::block(block.head);
    changes.map(|change| Ok(Update { block, removed: false, change: change? })).collect()
}

fn change(store: &Store, topic: Topic, event: &Event) -> Result<Option<Change>, RpcError> {
    Ok(match (topic, event) {
        (Topic::Requests, Event::Requested(e)) => Some(request(store, e.requestId)?),
        (Topic::Requests, Event::ClaimRejected(e)) => Some(request(store, e.requestId)?),
        (Topic::Requests, Event::Finalised(e)) => Some(request(store, e.requestId)?),
        (Topic::Requests, Event::Refunded(e)) => Some(request(store, e.requestId)?),
        (Topic::Claims, Event::Claimed(e)) => {
            Some(Change::Claim(records::claim(store, e.claimId)?))
        }
        (Topic::Claims, Event::Judged(e)) => Some(Change::Claim(records::claim(store, e.claimId)?)),
        (Topic::Moves, Event::Opened(e)) => posted(store, e.disputeId, e.position)?,
        (Topic::Moves, Event::Moved(e)) => posted(store, e.disputeId, e.position)?,
        (Topic::Verdicts, Event::Decided(e)) => decided(store, e.disputeId)?,
        _ => None,
    })
}

fn request(store: &Store, id: B256) -> Result<Change, RpcError> {
    let request = records::record::<Request>(store, "request", id)?;
    Ok(Change::Request(summary(id, &request)))
}

/// The list after which the dispute stood at `position`; no two lists of a dispute have the same.
fn posted(store: &Store, id: B256, position: U256) -> Result<Option<Change>, RpcError> {
    let dispute = records::record::<Dispute>(store, "dispute", id)?;
    let Some(at) = dispute.posts.iter().position(|post| post.position == position) else {
        return Ok(None);
    };
    let list = records::dispute(store, id)?.lists.into_iter().nth(at);
    Ok(list.map(|list| Change::Move(Posted { dispute: id, list })))
}

fn decided(store: &Store, id: B256) -> Result<Option<Change>, RpcError> {
    let dispute = records::record::<Dispute>(store, "dispute", id)?;
    let decided =
        |verdict| Decided { dispute: id, claim: dispute.claim, verdict: records::verdict(verdict) };
    Ok(dispute.verdict.map(|verdict| Change::Verdict(decided(verdict))))
}
