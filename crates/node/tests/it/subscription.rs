//! Subscriptions: whatever a chain does, a subscriber who applies every update and undoes what is taken back knows of
//! exactly what the chain has.

use std::{sync::Arc, time::Duration};

use alloy::providers::{Provider, ProviderBuilder};
use alloy_primitives::Address;
use jsonrpsee::{RpcModule, core::server::Subscription};
use opml_contracts::OpML::OpMLEvents as Event;
use opml_node::{
    Config, Handle, Identity, Library, Service,
    player::NativePlayers,
    rpc::NodeApi,
    source::{Block, ChainSource, SourceError, Update as Delivery, Updates},
    view::BlockRef,
};
use opml_rpc::{
    OpmlApiServer,
    types::{Topic, Update},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio::sync::mpsc;

use crate::history::History;

const PATIENCE: Duration = Duration::from_secs(60);
/// Moves of random histories follow no rules, so they are told in a story (`service.rs`).
const TOPICS: [Topic; 3] = [Topic::Requests, Topic::Claims, Topic::Verdicts];

/// A source that delivers what the test hands it.
struct Fed(mpsc::UnboundedReceiver<Delivery>);

impl ChainSource for Fed {
    async fn start(&mut self, _: Vec<BlockRef>) -> Result<(), SourceError> {
        Ok(())
    }

    async fn next(&mut self) -> Result<Updates, SourceError> {
        let update = self.0.recv().await.ok_or(SourceError::Ended)?;
        let tip = match &update {
            Delivery::Committed(block) => block.head.number,
            Delivery::Reverted { to } => to.number,
        };
        Ok(Updates { updates: vec![update], finalized: 0, tip })
    }

    fn durable(&mut self, _: BlockRef) {}
}

/// A node that looks on, and what feeds it.
fn node() -> (Handle, mpsc::UnboundedSender<Delivery>) {
    let (feed, fed) = mpsc::unbounded_channel();
    let identity = Identity { chain_id: 1, contract: Address::repeat_byte(0xcc) };
    // Nobody listens there: who looks on asks nothing.
    let provider = ProviderBuilder::new().connect_http("http://127.0.0.1:1".parse().unwrap());
    let service = Service {
        config: Config::new(identity),
        source: Fed(fed),
        provider: provider.erased(),
        signer: None,
        library: Library::new(),
        players: Arc::new(NativePlayers),
    };
    (service.start().unwrap(), feed)
}

fn is_about(topic: Topic, event: &Event) -> bool {
    match event {
        Event::Requested(_)
        | Event::ClaimRejected(_)
        | Event::Finalised(_)
        | Event::Refunded(_) => topic == Topic::Requests,
        Event::Claimed(_) | Event::Judged(_) => topic == Topic::Claims,
        Event::Decided(_) => topic == Topic::Verdicts,
        _ => false,
    }
}

/// A subscriber to one topic.
struct Subscriber {
    topic: Topic,
    subscription: Subscription,
    /// What was told and not taken back.
    known: Vec<Update>,
}

impl Subscriber {
    async fn next(&mut self) -> Update {
        let next = tokio::time::timeout(PATIENCE, self.subscription.next::<Update>());
        next.await.expect("an update comes").unwrap().unwrap().0
    }

    async fn committed(&mut self, block: &Block) {
        let topic = self.topic;
        for _ in block.events.iter().filter(|event| is_about(topic, event)) {
            let update = self.next().await;
            assert!(!update.removed && update.block.hash == block.head.hash, "{update:?}");
            self.known.push(update);
        }
    }

    async fn reverted(&mut self, to: BlockRef) {
        while self.known.last().is_some_and(|known| known.block.number.to::<u64>() > to.number) {
            let gone = Update { removed: true, ..self.known.pop().unwrap() };
            assert_eq!(self.next().await, gone);
        }
    }
}

#[tokio::test]
async fn subscribers_know_what_the_chain_has() {
    let (node, feed) = node();
    let module: RpcModule<_> = NodeApi::new(node.node()).into_rpc();
    let mut subscribers = Vec::new();
    for topic in TOPICS {
        let subscription = module.subscribe("opml_subscribe", [topic], 64).await.unwrap();
        subscribers.push(Subscriber { topic, subscription, known: Vec::new() });
    }
    let mut history = History::new(7);
    feed.send(Delivery::Committed(history.blocks[0].clone())).unwrap();
    let mut random = ChaCha8Rng::seed_from_u64(8);
    let mut told = 0;
    for _ in 0..400 {
        let (delivery, to) = if random.random_range(0..6) == 0 {
            let to = history.shrink(random.random_range(1..5)).block();
            (Delivery::Reverted { to }, Some(to))
        } else {
            history.grow();
            (Delivery::Committed(history.blocks.last().unwrap().clone()), None)
        };
        feed.send(delivery).unwrap();
        for subscriber in &mut subscribers {
            match to {
                Some(to) => subscriber.reverted(to).await,
                None => subscriber.committed(history.blocks.last().unwrap()).await,
            }
            told += 1;
        }
    }
    for subscriber in &subscribers {
        let events = history.blocks.iter().flat_map(|block| &block.events);
        let events = events.filter(|event| is_about(subscriber.topic, event)).count();
        assert_eq!(subscriber.known.len(), events, "{:?}", subscriber.topic);
        assert!(events > 5, "{:?} has {events} of {told}", subscriber.topic);
    }
    node.shutdown().await;
    for subscriber in &mut subscribers {
        let end = tokio::time::timeout(PATIENCE, subscriber.subscription.next::<Update>()).await;
        assert!(end.expect("it ends with the node").is_none());
    }
}

#[tokio::test]
async fn who_reads_too_slowly_is_cut_off() {
    let (node, feed) = node();
    let module: RpcModule<_> = NodeApi::new(node.node()).into_rpc();
    let mut slow = module.subscribe("opml_subscribe", [Topic::Requests], 1).await.unwrap();
    let mut history = History::new(9);
    for _ in 0..300 {
        history.grow();
    }
    let last = history.head();
    let events = history.blocks.iter().flat_map(|block| &block.events);
    let all_updates = events.filter(|event| is_about(Topic::Requests, event)).count();
    for block in history.blocks {
        feed.send(Delivery::Committed(block)).unwrap();
    }
    let mut status = node.watch();
    let all = status.wait_for(|status| status.head == Some(last));
    tokio::time::timeout(PATIENCE, all).await.expect("the store takes all of it").unwrap();
    let mut updates = 0;
    while let Some(update) =
        tokio::time::timeout(PATIENCE, slow.next::<Update>()).await.expect("it ends")
    {
        assert!(!update.unwrap().0.removed);
        updates += 1;
    }
    assert!(updates < all_updates, "all {updates} updates were kept for it");
    drop(slow);
    node.shutdown().await;
}
