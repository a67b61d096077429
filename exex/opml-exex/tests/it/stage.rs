//! What a dispute on a development chain of reth takes: accounts, contracts, a question, a follower that is the other side.

use std::{sync::Arc, time::Duration};

use alloy::providers::DynProvider;
use alloy_primitives::{Address, B256, Bytes, U256};
use opml_fpvm::Program;
use opml_node::{
    Config, Handle, Identity, Library, Service,
    client::{Client, Question},
    plan::Roles,
    player::Players,
    service::Signer,
    source::{FollowerConfig, RpcFollower},
    view::Profile,
};
use opml_tests::reth::{CHAIN_ID, rich};

const GUEST: &[u8] = include_bytes!("../../../../crates/guest/opml-guest.elf");
/// Who deploys and asks.
pub(crate) const ASKER: u32 = 0;
/// Who plays in the node.
pub(crate) const INSIDE: u32 = 1;
/// Who follows it.
pub(crate) const OUTSIDE: u32 = 2;
/// Longest wait for what depends on the speed of this machine alone.
const PATIENCE: Duration = Duration::from_secs(180);

pub(crate) fn signer(index: u32) -> Signer {
    Arc::new(rich(index).unwrap())
}

/// The contract, which is the second that the asker creates.
pub(crate) fn contract() -> Address {
    signer(ASKER).address().create(1)
}

pub(crate) fn library() -> Library {
    let mut library = Library::new();
    library.add_guest(GUEST).unwrap();
    library.add_model(Arc::new(opml_model::digits().unwrap()));
    library
}

pub(crate) fn config(roles: Roles) -> Config {
    let mut config = Config::new(Identity { chain_id: CHAIN_ID, contract: contract() });
    config.roles = roles;
    config.tick = Duration::from_millis(100);
    config
}

/// The party outside, which follows the node by JSON-RPC.
pub(crate) fn follower(provider: DynProvider, roles: Roles, players: Arc<dyn Players>) -> Handle {
    let poll = Duration::from_millis(20);
    let follower = FollowerConfig { contract: contract(), start_block: 0, poll, batch: 100 };
    let source = RpcFollower::new(provider.clone(), follower);
    let (config, signer, library) = (config(roles), Some(signer(OUTSIDE)), library());
    Service { config, source, provider, signer, library, players }.start().unwrap()
}

/// Deploys the contracts with what they need, and with a court of lists of `2^arity_bits`.
pub(crate) async fn deploy(provider: &DynProvider, arity_bits: u8) {
    let asker = Client::new(provider.clone(), signer(ASKER)).await.unwrap();
    let profile = Profile {
        window: 600,
        clock: 600,
        increment: 12,
        seconds_per_block: u16::MAX,
        arity_bits,
        stake_gwei: 1_300_000_000,
        bond_gwei: 130_000_000,
        answer_window: 0,
    };
    let program = Program::from_elf(GUEST).unwrap();
    let deployment = asker.deploy(&program, &profile, None).await.unwrap();
    assert_eq!((deployment.contract, deployment.guest, deployment.profile), (contract(), 0, 0));
    asker.register_model(contract(), &opml_model::digits().unwrap()).await.unwrap();
}

/// Asks which digit a picture shows; gives the request, which is the same for the same nonce.
pub(crate) async fn ask(provider: &DynProvider, nonce: u64) -> B256 {
    let asker = Client::new(provider.clone(), signer(ASKER)).await.unwrap();
    let images = opml_model::digits_held_out().unwrap();
    let question = Question {
        model: opml_model::digits().unwrap().id(),
        guest: 0,
        profile: 0,
        nonce,
        deadline: u32::MAX,
        input: Bytes::copy_from_slice(images.iter().next().unwrap().pixels),
        callback: Address::ZERO,
        gas_limit: 0,
        data: Bytes::new(),
        fee: U256::from(10u64.pow(15)),
    };
    asker.ask(contract(), &question).await.unwrap().0
}

pub(crate) async fn wait_for<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let limit = tokio::time::Instant::now() + PATIENCE;
    loop {
        if let Some(found) = look().await {
            return found;
        }
        assert!(tokio::time::Instant::now() < limit, "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
