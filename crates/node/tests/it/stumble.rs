//! Inference that panics and inference that takes for ever: the node goes on following the chain, counts, and tries again.

use alloy_primitives::U64;
use opml_node::{plan::Roles, rpc::NodeApi};
use opml_rpc::OpmlApiServer;

use crate::{
    service::{claimed, until},
    stumbling::Stumbling,
    world::World,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_and_a_slow_inference_hold_nothing_up() {
    let Some(world) = World::new().await else { return };
    let (players, gate) = Stumbling::new();
    let signer = world.anvil.account("honest").await;
    let node = world.node(signer, Roles::SUBMITTER, players, None).await;
    let id = world.ask().await;
    until(&node, "the panic", |node| (node.status().failures == 1).then_some(())).await;
    until(&node, "the second attempt", |node| {
        (gate.is_reached() && node.status().jobs == 1).then_some(())
    })
    .await;

    let before = node.status().head.unwrap().number;
    world.anvil.mine(5).await;
    let status = until(&node, "five blocks", |node| {
        let status = node.status();
        status.head.filter(|head| head.number == before + 5).map(|_| status)
    });
    let status = status.await;
    assert!(status.synced && status.jobs == 1, "{status:?}");
    assert_eq!((status.failures, status.restarts, status.pending.len()), (1, 0, 0));

    gate.open();
    claimed(&world, &node, id, 0).await;
    let status = NodeApi::new(node.node()).status().await.unwrap();
    assert_eq!((status.failures, status.restarts), (U64::from(1), U64::ZERO));
    node.shutdown().await;
}
