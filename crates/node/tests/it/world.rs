//! What nodes need to have something to do.

use std::{path::Path, sync::Arc, time::Duration};

use alloy::{eips::BlockNumberOrTag, providers::Provider};
use alloy_primitives::{Address, B256, Bytes, U256};
use opml_engine::ModelFile;
use opml_fpvm::Program;
use opml_node::{
    Config, Handle, Identity, Library, Service,
    client::{Client, Deployment, Guardian, Question},
    plan::Roles,
    player::Players,
    service::Signer,
    source::{FollowerConfig, RpcFollower},
    view::Profile,
};

use crate::anvil::Anvil;

pub(crate) const GUEST: &[u8] = include_bytes!("../../../guest/opml-guest.elf");
pub(crate) const WINDOW: u32 = 600;
/// Seconds that each side starts a dispute with.
pub(crate) const CLOCK: u64 = 600;

/// The profile of all requests.
pub(crate) const PROFILE: Profile = Profile {
    window: WINDOW,
    clock: CLOCK as u32,
    increment: 12,
    seconds_per_block: u16::MAX,
    arity_bits: 5,
    stake_gwei: 1_300_000_000,
    bond_gwei: 130_000_000,
    answer_window: 0,
};

/// What a request offers: a thousandth of an ether.
pub(crate) const FEE: U256 = U256::from_limbs([1_000_000_000_000_000, 0, 0, 0]);

/// Contracts, a guest version, a profile and a model on a chain of one's own.
pub(crate) struct World {
    pub(crate) anvil: Anvil,
    pub(crate) client: Client,
    pub(crate) deployment: Deployment,
    pub(crate) model: Arc<ModelFile>,
    pub(crate) input: Bytes,
}

impl World {
    pub(crate) async fn new() -> Option<Self> {
        Self::set(false).await
    }

    /// With the asker as the guardian, for an hour.
    pub(crate) async fn guarded() -> Option<Self> {
        Self::set(true).await
    }

    async fn set(guarded: bool) -> Option<Self> {
        let anvil = Anvil::start().await?;
        let client = Client::new(anvil.provider(), anvil.account("asker").await).await.unwrap();
        let program = Program::from_elf(GUEST).unwrap();
        let head = anvil.provider().get_block_by_number(BlockNumberOrTag::Latest).await.unwrap();
        let until = head.unwrap().header.timestamp + 3600;
        let guardian = guarded.then(|| Guardian { account: client.account(), until });
        let deployment = client.deploy(&program, &PROFILE, guardian).await.unwrap();
        let model = Arc::new(opml_model::digits().unwrap());
        client.register_model(deployment.contract, &model).await.unwrap();
        let images = opml_model::digits_held_out().unwrap();
        let input = Bytes::copy_from_slice(images.iter().next().unwrap().pixels);
        Some(Self { anvil, client, deployment, model, input })
    }

    pub(crate) async fn ask(&self) -> B256 {
        self.ask_until(1, u32::MAX).await
    }

    pub(crate) async fn ask_until(&self, nonce: u64, deadline: u32) -> B256 {
        let question = Question {
            model: self.model.id(),
            guest: self.deployment.guest,
            profile: self.deployment.profile,
            nonce,
            deadline,
            input: self.input.clone(),
            callback: Address::ZERO,
            gas_limit: 0,
            data: Bytes::new(),
            fee: FEE,
        };
        self.client.ask(self.deployment.contract, &question).await.unwrap().0
    }

    pub(crate) async fn node(
        &self,
        signer: Signer,
        roles: Roles,
        players: impl Players,
        dir: Option<&Path>,
    ) -> Handle {
        let contract = self.deployment.contract;
        let mut config = Config::new(Identity { chain_id: self.client.chain_id(), contract });
        config.roles = roles;
        config.data_dir = dir.map(Path::to_owned);
        config.tick = Duration::from_millis(100);
        let mut library = Library::new();
        library.add_guest(GUEST).unwrap();
        library.add_model(Arc::clone(&self.model));
        let provider = self.anvil.provider();
        let poll = Duration::from_millis(20);
        let follower = FollowerConfig { contract, start_block: 0, poll, batch: 100 };
        let source = RpcFollower::new(provider.clone(), follower);
        let (signer, players) = (Some(signer), Arc::new(players));
        Service { config, source, provider, signer, library, players }.start().unwrap()
    }
}
