//! What the operator may do to a running node, and from where.

use std::net::{Ipv4Addr, SocketAddr};

use alloy::providers::Provider;
use alloy_primitives::U256;
use jsonrpsee::{
    core::{ClientError, client::ClientT},
    http_client::{HttpClient, HttpClientBuilder},
    rpc_params,
    server::ServerHandle,
};
use opml_node::{
    Handle,
    plan::Roles,
    player::NativePlayers,
    rpc::{AdminApi, NodeApi},
    view::RequestStatus,
};
use opml_rpc::{
    OpmlAdminApiClient, OpmlApiClient,
    types::{Limits, Orders, Role, RoleState},
};
use serde_json::Value;

use crate::{
    service::{claimed, request, until},
    world::World,
};

/// Clients of the public port and of the operator's, and what keeps the servers.
async fn clients(node: &Handle) -> (HttpClient, HttpClient, [ServerHandle; 2]) {
    let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let (public, server) = opml_rpc::serve(any, NodeApi::new(node.node())).await.unwrap();
    let (admin, other) = opml_rpc::serve_admin(any, AdminApi::new(node.control())).await.unwrap();
    let client = |address| HttpClientBuilder::default().build(format!("http://{address}")).unwrap();
    (client(public), client(admin), [server, other])
}

fn code(error: ClientError) -> i32 {
    match error {
        ClientError::Call(error) => error.code(),
        other => panic!("not an answer of the server: {other}"),
    }
}

/// The newest height of the chain.
async fn tip(world: &World) -> u64 {
    world.anvil.provider().get_block_number().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_port_has_its_own_methods_alone() {
    let Some(world) = World::new().await else { return };
    let signer = world.anvil.account("honest").await;
    let node = world.node(signer, Roles::SUBMITTER, NativePlayers, None).await;
    let (public, admin, _servers) = clients(&node).await;
    assert_eq!(code(public.orders().await.unwrap_err()), -32601);
    assert_eq!(code(public.pause(Role::Submitter).await.unwrap_err()), -32601);
    let document: Value = public.request("rpc.discover", rpc_params![]).await.unwrap();
    assert!(!document.to_string().contains("admin"));
    assert_eq!(code(admin.status().await.unwrap_err()), -32601);

    let orders = admin.orders().await.unwrap();
    assert_eq!((orders.submitter, orders.challenger), (RoleState::On, RoleState::Off));
    assert_eq!(orders.max_bond, node.policy().max_bond);
    assert_eq!(code(admin.pause(Role::Challenger).await.unwrap_err()), -32000);
    assert_eq!(code(admin.retry("commit/nothing".to_owned()).await.unwrap_err()), -32000);
    assert_eq!(admin.orders().await.unwrap(), orders, "what was refused changed nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paused_role_begins_nothing_until_it_is_resumed() {
    let Some(world) = World::new().await else { return };
    let dir = tempfile::tempdir().unwrap();
    let signer = world.anvil.account("honest").await;
    let node = world.node(signer.clone(), Roles::SUBMITTER, NativePlayers, Some(dir.path())).await;
    let (public, admin, _servers) = clients(&node).await;
    let paused = admin.pause(Role::Submitter).await.unwrap();
    assert_eq!(paused.submitter, RoleState::Paused);
    until(&node, "the pause", |node| (!node.status().roles.submitter).then_some(())).await;
    assert!(!public.status().await.unwrap().submitter);
    let id = world.ask().await;
    world.anvil.mine(3).await;
    let head = tip(&world).await;
    let status = until(&node, "the blocks", |node| {
        let status = node.status();
        status.head.filter(|at| at.number == head).map(|_| status)
    });
    let status = status.await;
    assert_eq!((status.jobs, status.pending.len()), (0, 0), "{status:?}");
    assert_eq!(request(&node, id).unwrap().status, RequestStatus::Open);

    // The fee of the request is 10^15 wei.
    let least = U256::from(2 * 10u64.pow(15));
    let limits = Limits { min_fee: Some(least), ..Limits::default() };
    let orders = admin.set_limits(limits).await.unwrap();
    let same = Orders { min_fee: least, ..paused };
    assert_eq!(orders, same);
    admin.resume(Role::Submitter).await.unwrap();
    until(&node, "the role", |node| node.status().roles.submitter.then_some(())).await;
    assert_eq!(public.estimate_fee(world.model.id()).await.unwrap(), least);
    let head = tip(&world).await + 1;
    world.anvil.mine(1).await;
    let status = until(&node, "the block", |node| {
        let status = node.status();
        status.head.filter(|at| at.number == head).map(|_| status)
    });
    assert_eq!(status.await.jobs, 0, "the request pays too little");
    let enough = Limits { min_fee: Some(U256::from(10u64.pow(15))), ..Limits::default() };
    admin.set_limits(enough).await.unwrap();
    // A commitment is carried through by whoever has paused since.
    until(&node, "the commitment", |node| {
        let view = node.store().view(signer.address()).unwrap();
        (!view.commitments.is_empty()).then_some(())
    })
    .await;
    admin.pause(Role::Submitter).await.unwrap();
    until(&node, "the pause", |node| (!node.status().roles.submitter).then_some(())).await;
    claimed(&world, &node, id, 0).await;
}
