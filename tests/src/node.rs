//! Nodes of the parties.

use std::{path::Path, sync::Arc, time::Duration};

use alloy::providers::{Provider, ProviderBuilder};
use alloy_primitives::{Address, U256};
use eyre::Result;
use opml_engine::ModelFile;
use opml_node::{
    Config, Handle, Identity, Library, Service,
    plan::{Policy, Roles},
    player::Players,
    source::{FollowerConfig, RpcFollower},
};

use crate::{Guest, Party, World};

/// Pause between two looks at the chain.
const POLL: Duration = Duration::from_millis(5);
/// How often a node looks after itself.
const TICK: Duration = Duration::from_millis(100);
/// Blocks of one question for logs.
const BATCH: u64 = 1024;

/// The library that holds these models and guests.
///
/// # Errors
/// If a guest is no program.
pub fn library(models: &[Arc<ModelFile>], guests: &[Guest]) -> Result<Library> {
    let mut library = Library::new();
    for model in models {
        library.add_model(Arc::clone(model));
    }
    for guest in guests {
        library.add_guest(&guest.elf)?;
    }
    Ok(library)
}

/// Starts the node of `party`, or one that only watches.
///
/// # Errors
/// If its store cannot be opened.
pub async fn start(
    world: &World,
    party: Option<&Party>,
    roles: Roles,
    operator_of: &[Address],
    library: Library,
    players: Arc<dyn Players>,
    data_dir: Option<&Path>,
) -> Result<Handle> {
    let mut config = config(world, roles, data_dir).await?;
    config.operator_of = operator_of.iter().copied().collect();
    launch(world, config, party, library, players)
}

/// Starts the node of a validator that watches `attention`.
///
/// # Errors
/// If its store cannot be opened.
pub async fn validator(
    world: &World,
    party: &Party,
    attention: Address,
    library: Library,
    players: Arc<dyn Players>,
    data_dir: Option<&Path>,
) -> Result<Handle> {
    let mut config = config(world, Roles::VALIDATOR, data_dir).await?;
    config.attention = Some(attention);
    launch(world, config, Some(party), library, players)
}

async fn config(world: &World, roles: Roles, data_dir: Option<&Path>) -> Result<Config> {
    let chain_id = world.chain().provider().get_chain_id().await?;
    let mut config = Config::new(Identity { chain_id, contract: world.opml() });
    config.data_dir = data_dir.map(Path::to_owned);
    config.roles = roles;
    config.tick = TICK;
    // Every claim here is worth a second computation to its owner, and none may wait for more money. Blocks come when nobody has
    // anything to do any more, so an operator does not wait for its party.
    config.policy = Policy { confirm_stake: U256::ZERO, operator_patience: 0, ..Policy::default() };
    Ok(config)
}

fn launch(
    world: &World,
    config: Config,
    party: Option<&Party>,
    library: Library,
    players: Arc<dyn Players>,
) -> Result<Handle> {
    let provider = ProviderBuilder::new().connect_http(world.url().parse()?).erased();
    let follower =
        FollowerConfig { contract: world.opml(), start_block: 0, poll: POLL, batch: BATCH };
    let source = RpcFollower::new(provider.clone(), follower);
    let signer = party.map(|party| Arc::new(party.signer().clone()) as opml_node::service::Signer);
    Ok(Service { config, source, provider, signer, library, players }.start()?)
}
