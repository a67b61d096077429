//! `opml node`: a node that follows the chain by JSON-RPC.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use alloy::providers::Provider;
use alloy_primitives::{Address, U256};
use clap::ValueEnum;
use eyre::{Result, WrapErr};
use opml_node::{
    Config, Identity, Library, Service,
    player::NativePlayers,
    rpc::NodeApi,
    source::{FollowerConfig, RpcFollower},
};

use crate::{chain::Chain, guest, input::ModelName, wallet::Wallet};

/// What a node begins of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Role {
    /// Claims answers to requests.
    Submitter,
    /// Disputes false claims.
    Challenger,
    /// Computes and reports.
    Observer,
}

/// Arguments of `opml node`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    chain: Chain,
    /// The opML contract
    #[arg(long, value_name = "ADDRESS", env = "OPML_CONTRACT")]
    contract: Address,
    /// A block before the contract's first event
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    start_block: u64,
    /// Directory of the node's database
    #[arg(long, value_name = "DIR", env = "OPML_DATA_DIR", default_value = "opml-data")]
    data_dir: PathBuf,
    /// What the node begins of itself; may be given more than once
    #[arg(long, value_enum, default_value = "observer")]
    role: Vec<Role>,
    /// Models that the node acts on: files, `digits` or `stories`
    #[arg(long = "model", value_name = "FILE|digits|stories", required = true)]
    models: Vec<ModelName>,
    /// Guest programs that the node acts on besides the committed one
    #[arg(long = "guest", value_name = "FILE")]
    guests: Vec<PathBuf>,
    /// Profiles under which the node claims; all if left out
    #[arg(long = "profile", value_name = "N")]
    profiles: Vec<u8>,
    /// Guest versions under which the node claims and opens disputes; if left out, those whose verifier has the code that this
    /// program was built with
    #[arg(long = "guest-version", value_name = "N")]
    guest_versions: Vec<u8>,
    /// Least fee of a request that the node claims, in gwei: it has to pay for the claim's gas
    #[arg(long, value_name = "GWEI", default_value_t = 0)]
    min_fee_gwei: u64,
    /// Greatest stake of a claim in gwei
    #[arg(long, value_name = "GWEI")]
    max_stake_gwei: Option<u64>,
    /// Greatest bond of a dispute in gwei
    #[arg(long, value_name = "GWEI")]
    max_bond_gwei: Option<u64>,
    /// Milliseconds between two looks at the chain
    #[arg(long, value_name = "MS", default_value_t = 2000)]
    poll_ms: u64,
    /// Computations at the same time
    #[arg(long, value_name = "N", default_value_t = 2)]
    workers: usize,
    /// Address of the node's own JSON-RPC server
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8645")]
    rpc_listen: SocketAddr,
    #[command(flatten)]
    wallet: Wallet,
}

/// Final blocks that one question for logs covers while catching up.
const BATCH: u64 = 2_000;

pub(crate) async fn run(args: Args) -> Result<()> {
    let library = library(&args)?;
    let provider = args.chain.provider()?;
    let chain_id = provider.get_chain_id().await;
    let chain_id = chain_id.wrap_err_with(|| format!("Ethereum node at {}", args.chain.url()))?;
    let follower = FollowerConfig {
        contract: args.contract,
        start_block: args.start_block,
        poll: Duration::from_millis(args.poll_ms),
        batch: BATCH,
    };
    let service = Service {
        config: config(&args, Identity { chain_id, contract: args.contract }),
        source: RpcFollower::new(provider.clone(), follower),
        provider,
        signer: args.wallet.optional()?,
        library,
        players: Arc::new(NativePlayers),
    };
    let handle = service.start()?;
    let (address, server) = opml_rpc::serve(args.rpc_listen, NodeApi::new(handle.node()))
        .await
        .wrap_err_with(|| format!("cannot listen on {}", args.rpc_listen))?;
    let status = handle.status();
    tracing::info!(
        target: "opml::node", %address, chain_id, contract = %args.contract,
        account = ?status.account, roles = ?status.roles, models = ?status.models, "running"
    );
    tokio::signal::ctrl_c().await.wrap_err("cannot wait for Ctrl-C")?;
    tracing::info!(target: "opml::node", "stopping");
    // A server that has stopped already is as good.
    let _ = server.stop();
    server.stopped().await;
    handle.shutdown().await;
    Ok(())
}

fn library(args: &Args) -> Result<Library> {
    let mut library = Library::new();
    library.add_guest(guest::ELF)?;
    for path in &args.guests {
        let elf = guest::elf(Some(path))?;
        library.add_guest(&elf).wrap_err_with(|| path.display().to_string())?;
    }
    for name in &args.models {
        let id = name.load_into(&mut library)?;
        tracing::info!(target: "opml::node", %id, "model verified");
    }
    Ok(library)
}

fn config(args: &Args, identity: Identity) -> Config {
    let gwei = |amount: u64| U256::from(amount) * U256::from(1_000_000_000u64);
    let mut config = Config::new(identity);
    config.data_dir = Some(args.data_dir.clone());
    config.roles.submitter = args.role.contains(&Role::Submitter);
    config.roles.challenger = args.role.contains(&Role::Challenger);
    config.workers = args.workers;
    let policy = &mut config.policy;
    policy.profiles = (!args.profiles.is_empty()).then(|| args.profiles.iter().copied().collect());
    policy.guests =
        (!args.guest_versions.is_empty()).then(|| args.guest_versions.iter().copied().collect());
    policy.min_fee = gwei(args.min_fee_gwei);
    policy.max_stake = args.max_stake_gwei.map_or(policy.max_stake, gwei);
    policy.max_bond = args.max_bond_gwei.map_or(policy.max_bond, gwei);
    config
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;
    use opml_engine::ModelFile;
    use opml_tensor::{Header, Record, layout::MODEL};

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    #[test]
    fn a_node_believes_no_tree_beside_a_model() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("large.opml");
        let bounds = Header {
            whole: false,
            records: 0,
            max_steps: 1,
            input_min: 0,
            input_max: 0,
            output_max: 0,
            activation_bytes: 0,
            weight_bytes: 0,
        };
        let model = ModelFile::build(bounds, "large", &[Record::halt(0, 0)], vec![7; 16 << 20]);
        let id = model.as_ref().unwrap().id();
        std::fs::write(&path, model.unwrap().bytes()).unwrap();
        drop(ModelFile::open(&path).unwrap());
        let tree = folder.path().join("large.opml.tree");
        let mut nodes = std::fs::read(&tree).unwrap();
        let page = nodes.iter().position(|byte| *byte != 0).unwrap();
        nodes[page] ^= 1;
        std::fs::write(&tree, &nodes).unwrap();
        let is_sound = || {
            let memory = ModelFile::open(&path).unwrap().memory();
            memory.read_u64(MODEL);
            memory.integrity().is_ok()
        };
        assert!(!is_sound(), "the damaged tree is believed by whoever only opens");

        let contract = Address::ZERO.to_string();
        let line = ["opml", "--contract", &contract, "--model", path.to_str().unwrap()];
        let library = library(&Line::try_parse_from(line).unwrap().args).unwrap();
        assert!(library.model(id).is_some());
        assert!(is_sound(), "the tree was made anew");
    }
}
