//! The JSON-RPC follower on a real chain that changes its mind.

use std::time::Duration;

use alloy::providers::Provider;
use alloy_primitives::Address;
use opml_node::{
    Identity, Store,
    source::{ChainSource, FollowerConfig, RpcFollower, Update},
};

use crate::anvil::Anvil;

fn follower(anvil: &Anvil) -> RpcFollower {
    let config = FollowerConfig {
        contract: Address::repeat_byte(0xcc),
        start_block: 0,
        poll: Duration::from_millis(10),
        batch: 50,
    };
    RpcFollower::new(anvil.provider(), config)
}

/// Applies deliveries until the store has the newest block; gives the number of reverts.
pub(crate) async fn catch_up(anvil: &Anvil, follower: &mut RpcFollower, store: &Store) -> usize {
    let tip = anvil.provider().get_block_number().await.unwrap();
    let hash = anvil.hash_of(tip).await;
    let mut reverts = 0;
    while store.head().unwrap().is_none_or(|head| head.hash != hash) {
        let delivery = follower.next().await.unwrap();
        for update in &delivery.updates {
            match update {
                Update::Committed(block) => store.commit(block, delivery.finalized).unwrap(),
                Update::Reverted { to } => {
                    reverts += 1;
                    store.revert(*to).unwrap();
                }
            }
        }
        follower.durable(store.sync().unwrap().unwrap().block());
    }
    reverts
}

/// Replaces blocks by others. Empty blocks of equal times would be the same ones: the new ones come later.
async fn reorg(anvil: &Anvil, depth: u64) {
    let tip = anvil.provider().get_block_number().await.unwrap();
    let before = anvil.hash_of(tip).await;
    anvil.rollback(depth).await;
    anvil.delay(1_000).await;
    anvil.mine(depth).await;
    assert_ne!(anvil.hash_of(tip).await, before, "depth {depth}");
}

async fn all_on_chain(anvil: &Anvil, store: &Store) {
    for block in store.known_blocks().unwrap() {
        assert_eq!(block.hash, anvil.hash_of(block.number).await, "block {}", block.number);
    }
}

#[tokio::test]
async fn the_store_follows_through_catch_up_reorgs_and_restarts() {
    let Some(anvil) = Anvil::start().await else { return };
    let identity = Identity { chain_id: 31337, contract: Address::repeat_byte(0xcc) };
    let store = Store::in_memory(identity).unwrap();
    let mut source = follower(&anvil);
    source.start(Vec::new()).await.unwrap();

    // A long way: final blocks come in batches, the rest one by one.
    anvil.mine(300).await;
    assert_eq!(catch_up(&anvil, &mut source, &store).await, 0);
    assert!(store.known_blocks().unwrap().len() < 300, "empty final blocks are left out");
    all_on_chain(&anvil, &store).await;

    for depth in [1, 5, 20] {
        reorg(&anvil, depth).await;
        anvil.mine(2).await;
        assert_eq!(catch_up(&anvil, &mut source, &store).await, 1, "depth {depth}");
        all_on_chain(&anvil, &store).await;
    }

    // The chain changes while nobody follows.
    drop(source);
    reorg(&anvil, 10).await;
    let mut source = follower(&anvil);
    source.start(store.known_blocks().unwrap()).await.unwrap();
    assert_eq!(catch_up(&anvil, &mut source, &store).await, 1);
    all_on_chain(&anvil, &store).await;
}
