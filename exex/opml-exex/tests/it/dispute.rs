//! A whole node in this process, in which the extension is one side of a dispute and a follower of its RPC the other.

use std::{sync::Arc, time::Duration};

use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use jsonrpsee::{
    core::ClientError,
    http_client::{HttpClient, HttpClientBuilder},
};
use opml_exex::{NAMESPACE, extension};
use opml_node::{
    plan::Roles,
    player::{NativePlayers, Players},
};
use opml_rpc::{OpmlAdminApiClient, OpmlApiClient, types};
use opml_tests::liars;
use reth_ethereum::{
    node::{EthereumNode, builder::NodeBuilder},
    tasks::Runtime,
};

use crate::{
    inside::{node_config, setup},
    stage::{INSIDE, OUTSIDE, ask, deploy, follower, signer, wait_for},
    stumbling::{Gate, Stumbling},
};

/// What a party is: what it begins, what it believes, and what it waits for if it is slow.
struct Part {
    roles: Roles,
    players: Arc<dyn Players>,
    gate: Option<Gate>,
}

fn challenger() -> Part {
    let roles = Roles::CHALLENGER;
    Part { roles, players: Arc::new(NativePlayers), gate: None }
}

/// One whose first computation panics, and whose second takes a while.
fn stumbling_challenger() -> Part {
    let (players, gate) = Stumbling::new();
    Part { players: Arc::new(players), gate: Some(gate), ..challenger() }
}

fn liar() -> Part {
    let roles = Roles::SUBMITTER;
    Part { roles, players: liars::wrong_value(), gate: None }
}

/// While a computation of the extension takes for ever, after one that panicked: the node makes blocks, and the store has them.
async fn goes_on(rpc: &HttpClient, provider: &DynProvider, gate: Gate) {
    wait_for("the slow computation", async || gate.is_reached().then_some(())).await;
    let before = provider.get_block_number().await.unwrap();
    let status = wait_for("blocks meanwhile", async || {
        let status = rpc.status().await.unwrap();
        let head = status.head.as_ref()?.number.to::<u64>();
        (head >= before + 3).then_some(status)
    });
    let status = status.await;
    assert!(status.synced, "{status:?}");
    let counts = [status.jobs, status.failures, status.restarts].map(|count| count.to::<u64>());
    assert_eq!(counts, [1, 1, 0]);
    gate.open();
}

/// The operator's methods are there for whoever has the secret, and for nobody else.
async fn operated(admin: impl OpmlAdminApiClient, url: &str, public: &HttpClient) {
    let code = |error| match error {
        ClientError::Call(error) => error.code(),
        other => panic!("not an answer of the server: {other}"),
    };
    let orders = admin.orders().await.unwrap();
    let roles = [orders.submitter, orders.challenger];
    assert!(roles.contains(&types::RoleState::On) && roles.contains(&types::RoleState::Off));
    assert_eq!(code(admin.retry("nothing".to_owned()).await.unwrap_err()), -32000);
    assert_eq!(code(public.orders().await.unwrap_err()), -32601);
    let stranger = HttpClientBuilder::default().build(url).unwrap();
    assert!(matches!(stranger.orders().await, Err(ClientError::Transport(_))));
}

/// Plays one request in a node with `inside` as its extension and `outside` as a follower, until the first claim is rejected: by
/// proof, and by the account of `winner`.
async fn play(inside: Part, outside: Part, winner: u32) {
    let (exex, rpc) = extension(setup(inside.roles, inside.players));
    // A reveal waits for two blocks after its commitment, which nobody would make if blocks came with transactions alone.
    let config = node_config().with_dev_block_time(Duration::from_secs(1));
    let node = NodeBuilder::new(config)
        .testing_node(Runtime::test())
        .node(EthereumNode::default())
        .install_exex(NAMESPACE, exex)
        .extend_rpc_modules(rpc)
        .launch_with_debug_capabilities()
        .await
        .unwrap();
    let url = node.node.rpc_server_handle().http_url().unwrap();
    let rpc = HttpClientBuilder::default().build(&url).unwrap();
    let provider = ProviderBuilder::new().connect_http(url.parse().unwrap()).erased();

    deploy(&provider, 5).await;
    let outside = follower(provider.clone(), outside.roles, outside.players);
    let request = ask(&provider, 1).await;
    if let Some(gate) = inside.gate {
        goes_on(&rpc, &provider, gate).await;
    }
    let auth = node.node.auth_server_handle();
    operated(auth.http_client(), &auth.http_url(), &rpc).await;
    let claim = wait_for("a claim that falls", async || {
        let claims = rpc.get_request(request).await.ok()?.claims;
        claims.into_iter().find(|claim| claim.status == types::ClaimStatus::Rejected)
    })
    .await;
    let dispute = rpc.get_dispute(claim.disputes[0]).await.unwrap();
    let verdict = dispute.verdict.unwrap();
    assert_eq!((verdict.winner, verdict.by_proof), (types::Side::Challenger, true));
    assert_eq!(dispute.challenger, signer(winner).address());
    assert_ne!(claim.submitter, signer(winner).address());
    let status = rpc.status().await.unwrap();
    assert!(status.synced && status.account == Some(signer(INSIDE).address()), "{status:?}");
    outside.shutdown().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_wins_against_a_follower_that_lies() {
    play(stumbling_challenger(), liar(), INSIDE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_extension_that_lies_loses_against_a_follower() {
    play(liar(), challenger(), OUTSIDE).await;
}
