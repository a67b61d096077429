//! A whole node in this process, in which the extension is one side of a dispute and a follower of its RPC the other.

use std::{sync::Arc, time::Duration};

use alloy::providers::{DynProvider, Provider, ProviderBuilder};
use alloy_primitives::{Address, Bytes, U256};
use jsonrpsee::{
    core::ClientError,
    http_client::{HttpClient, HttpClientBuilder},
};
use opml_exex::{NAMESPACE, Setup, SourceConfig, extension};
use opml_fpvm::Program;
use opml_node::{
    Config, Handle, Identity, Library, Service,
    client::{Client, Question},
    plan::Roles,
    player::{NativePlayers, Players},
    service::Signer,
    signer::KeySource,
    source::{FollowerConfig, RpcFollower},
    view::Profile,
};
use opml_rpc::{OpmlAdminApiClient, OpmlApiClient, types};
use opml_tests::liars;
use reth_ethereum::{
    chainspec::DEV,
    node::{
        EthereumNode,
        builder::NodeBuilder,
        core::{args::RpcServerArgs, node_config::NodeConfig},
    },
    rpc::builder::RpcModuleSelection,
    tasks::Runtime,
};

use crate::stumbling::{Gate, Stumbling};

const MNEMONIC: &str = "test test test test test test test test test test test junk";
const GUEST: &[u8] = include_bytes!("../../../../crates/guest/opml-guest.elf");
const ASKER: u32 = 0;
const INSIDE: u32 = 1;
const OUTSIDE: u32 = 2;
/// Longest wait for what depends on the speed of this machine alone.
const PATIENCE: Duration = Duration::from_secs(180);

fn signer(index: u32) -> Signer {
    KeySource::Mnemonic { phrase: MNEMONIC.to_owned(), index }.signer().unwrap()
}

fn library() -> Library {
    let mut library = Library::new();
    library.add_guest(GUEST).unwrap();
    library.add_model(Arc::new(opml_model::digits().unwrap()));
    library
}

fn config(contract: Address, roles: Roles) -> Config {
    let mut config = Config::new(Identity { chain_id: 1337, contract });
    config.roles = roles;
    config.tick = Duration::from_millis(100);
    config
}

fn follower(provider: DynProvider, contract: Address, part: Part) -> Handle {
    let poll = Duration::from_millis(20);
    let follower = FollowerConfig { contract, start_block: 0, poll, batch: 100 };
    let source = RpcFollower::new(provider.clone(), follower);
    let (config, signer, library) =
        (config(contract, part.roles), Some(signer(OUTSIDE)), library());
    Service { config, source, provider, signer, library, players: part.players }.start().unwrap()
}

async fn wait_for<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let limit = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < limit, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What a party is: what it begins, what it believes, and what it waits for if it is slow.
struct Part {
    roles: Roles,
    players: Arc<dyn Players>,
    gate: Option<Gate>,
}

fn challenger() -> Part {
    let roles = Roles { submitter: false, challenger: true };
    Part { roles, players: Arc::new(NativePlayers), gate: None }
}

/// One whose first computation panics, and whose second takes a while.
fn stumbling_challenger() -> Part {
    let (players, gate) = Stumbling::new();
    Part { players: Arc::new(players), gate: Some(gate), ..challenger() }
}

fn liar() -> Part {
    let roles = Roles { submitter: true, challenger: false };
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
    // The contract is the second that the asker creates.
    let contract = signer(ASKER).address().create(1);
    let setup = Setup {
        config: config(contract, inside.roles),
        source: SourceConfig::new(contract, 0),
        signer: Some(signer(INSIDE)),
        library: library(),
        players: inside.players,
    };
    let (exex, rpc) = extension(setup);
    let api = RpcModuleSelection::try_from_selection(["eth", NAMESPACE]).unwrap();
    let server = RpcServerArgs::default().with_http().with_unused_ports().with_http_api(api);
    // A reveal waits for two blocks after its commitment, which nobody would make if blocks came with transactions alone.
    let config = NodeConfig::test()
        .with_chain(DEV.clone())
        .dev()
        .with_dev_block_time(Duration::from_secs(1))
        .with_rpc(server);
    let node = NodeBuilder::new(config)
        .testing_node(Runtime::test())
        .node(EthereumNode::default())
        .install_exex("opml", exex)
        .extend_rpc_modules(rpc)
        .launch_with_debug_capabilities()
        .await
        .unwrap();
    let url = node.node.rpc_server_handle().http_url().unwrap();
    let rpc = HttpClientBuilder::default().build(&url).unwrap();
    let provider = ProviderBuilder::new().connect_http(url.parse().unwrap()).erased();

    let asker = Client::new(provider.clone(), signer(ASKER)).await.unwrap();
    let profile = Profile {
        window: 600,
        clock: 600,
        increment: 12,
        seconds_per_block: u16::MAX,
        arity_bits: 5,
        stake_gwei: 1_300_000_000,
        bond_gwei: 130_000_000,
    };
    let program = Program::from_elf(GUEST).unwrap();
    let deployment = asker.deploy(&program, &profile).await.unwrap();
    assert_eq!(deployment.contract, contract);
    let model = opml_model::digits().unwrap();
    asker.register_model(contract, &model).await.unwrap();
    let outside = follower(provider.clone(), contract, outside);
    let images = opml_model::digits_held_out().unwrap();
    let input = Bytes::copy_from_slice(images.iter().next().unwrap().pixels);
    let question = Question {
        model: model.id(),
        guest: deployment.guest,
        profile: deployment.profile,
        nonce: 1,
        deadline: u32::MAX,
        input,
        callback: Address::ZERO,
        gas_limit: 0,
        data: Bytes::new(),
        fee: U256::from(10u64.pow(15)),
    };
    let (request, _) = asker.ask(contract, &question).await.unwrap();
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
