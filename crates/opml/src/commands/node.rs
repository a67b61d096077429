//! `opml node`: a node that follows the chain by JSON-RPC.

use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use alloy::{
    eips::BlockId,
    providers::{DynProvider, Provider},
    rpc::types::TransactionRequest,
};
use alloy_primitives::{Address, Bytes};
use alloy_sol_types::SolCall;
use eyre::{OptionExt, Result, WrapErr, ensure};
use opml_contracts::{Attention, OpML};
use opml_node::{
    Identity, Service,
    attention::ask,
    player::NativePlayers,
    rpc::{AdminApi, NodeApi},
    signer::KeySource,
    source::{FollowerConfig, RpcFollower},
};
use opml_settings::{File, Flags, KeyFile, Settings, Wallet, is_development, render};
use serde::{Deserialize, Serialize};

use crate::chain::Chain;

/// Arguments of `opml node`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// TOML file of settings: its keys are the flags below without dashes before them. A flag that is given wins
    #[arg(long, value_name = "FILE", env = "OPML_CONFIG")]
    config: Option<PathBuf>,
    /// Print the settings that hold, as such a file, and end
    #[arg(long)]
    print_config: bool,
    #[command(flatten)]
    chain: Flags<Chain>,
    #[command(flatten)]
    settings: Flags<Settings>,
    #[command(flatten)]
    place: Flags<Place>,
    #[command(flatten)]
    wallet: Wallet,
    /// Take a bare private key on other chains than development chains, too
    #[arg(long)]
    force_private_key: bool,
}

/// What the node has for itself on this machine.
#[derive(Debug, clap::Args, Serialize, Deserialize)]
#[group(skip)]
#[serde(rename_all = "kebab-case")]
struct Place {
    /// Directory of the node's database
    #[arg(id = "opml.data-dir", long = "data-dir", value_name = "DIR", env = "OPML_DATA_DIR")]
    #[arg(default_value = "opml-data")]
    data_dir: PathBuf,
    /// Milliseconds between two looks at the chain
    #[arg(id = "opml.poll-ms", long = "poll-ms", value_name = "MS", default_value_t = 2000)]
    poll_ms: u64,
    /// Address of the node's own JSON-RPC server
    #[arg(
        id = "opml.rpc-listen",
        long = "rpc-listen",
        value_name = "ADDRESS",
        default_value = "127.0.0.1:8645"
    )]
    rpc_listen: SocketAddr,
    /// Address of this machine alone for `opml admin`; without it there is none
    #[arg(id = "opml.admin-listen", long = "admin-listen", value_name = "ADDRESS")]
    admin_listen: Option<SocketAddr>,
}

/// The settings that hold: flags, then the file, then defaults.
#[derive(Debug)]
struct Effective {
    chain: Chain,
    settings: Settings,
    place: Place,
    key_file: KeyFile,
    key: Option<KeySource>,
}

impl Effective {
    fn of(args: &Args) -> Result<Self> {
        let mut file = File::read_if_any(args.config.as_deref())?;
        let chain = file.layer(&args.chain)?;
        let settings = file.layer(&args.settings)?;
        let place = file.layer(&args.place)?;
        let (key_file, key) = args.wallet.layered(&mut file)?;
        file.finish()?;
        Ok(Self { chain, settings, place, key_file, key })
    }

    /// As a file that says the same. Keys themselves are not in it.
    fn render(&self) -> Result<String> {
        let Self { chain, settings, place, key_file, key: _ } = self;
        Ok([render(chain)?, render(settings)?, render(place)?, render(key_file)?].concat())
    }
}

/// Final blocks that one question for logs covers while catching up.
const BATCH: u64 = 2_000;

pub(crate) async fn run(args: Args) -> Result<()> {
    let effective = Effective::of(&args)?;
    if args.print_config {
        print!("{}", effective.render()?);
        return Ok(());
    }
    let Effective { chain, settings, place, key, .. } = effective;
    let contract = settings
        .contract
        .ok_or_eyre("a contract is needed: give --contract, or contract in the file of settings")?;
    let library = settings.library()?;
    let provider = chain.provider()?;
    let chain_id = provider.get_chain_id().await;
    let chain_id = chain_id.wrap_err_with(|| format!("Ethereum node at {}", chain.url()))?;
    if !args.force_private_key && !is_development(chain_id) {
        Wallet::<false>::refuse_bare(key.as_ref(), chain_id)?;
    }
    refuse_token(&provider, contract).await?;
    if let Some(attention) = settings.attention {
        refuse_foreign(&provider, attention, contract).await?;
    }
    let follower = FollowerConfig {
        contract,
        start_block: settings.start_block,
        poll: Duration::from_millis(place.poll_ms),
        batch: BATCH,
    };
    let mut config = settings.config(Identity { chain_id, contract });
    config.data_dir = Some(place.data_dir);
    let signer = match key {
        Some(key) => Some(key.signer().await?),
        None => None,
    };
    let service = Service {
        config,
        source: RpcFollower::new(provider.clone(), follower),
        provider,
        signer,
        library,
        players: Arc::new(NativePlayers),
    };
    let handle = service.start()?;
    let (address, server) = opml_rpc::serve(place.rpc_listen, NodeApi::new(handle.node()))
        .await
        .wrap_err_with(|| format!("cannot listen on {}", place.rpc_listen))?;
    let admin = match place.admin_listen {
        Some(address) => {
            let admin = opml_rpc::serve_admin(address, AdminApi::new(handle.control())).await;
            let (address, admin) = admin.wrap_err_with(|| format!("cannot listen on {address}"))?;
            tracing::info!(target: "opml::node", admin = %address, "obeys whoever connects here");
            Some(admin)
        }
        None => None,
    };
    let status = handle.status();
    tracing::info!(
        target: "opml::node", %address, chain_id, %contract,
        account = ?status.account, roles = ?status.roles, models = ?status.models, "running"
    );
    tokio::signal::ctrl_c().await.wrap_err("cannot wait for Ctrl-C")?;
    tracing::info!(target: "opml::node", "stopping");
    for server in admin.into_iter().chain([server]) {
        // A server that has stopped already is as good.
        let _ = server.stop();
        server.stopped().await;
    }
    handle.shutdown().await;
    Ok(())
}

/// A node reckons in ether. A contract that does not answer is left to the follower, which says more about it.
async fn refuse_token(provider: &impl Provider, contract: Address) -> Result<()> {
    let call = OpML::moneyCall {}.abi_encode();
    let request = TransactionRequest::default().to(contract).input(Bytes::from(call).into());
    let Ok(told) = provider.call(request).await else { return Ok(()) };
    let Ok(money) = OpML::moneyCall::abi_decode_returns(&told) else { return Ok(()) };
    ensure!(
        money.token.is_zero(),
        "contract {contract} has the token {} for money, and this node plays with ether only",
        money.token
    );
    Ok(())
}

/// An attention contract is about the requests of one opML contract.
async fn refuse_foreign(
    provider: &DynProvider,
    attention: Address,
    contract: Address,
) -> Result<()> {
    let about = ask(provider, attention, BlockId::latest(), &Attention::opmlCall {}).await?;
    ensure!(
        about == contract,
        "attention contract {attention} is about opML contract {about}, not {contract}"
    );
    Ok(())
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
        let args = Line::try_parse_from(line).unwrap().args;
        let library = Effective::of(&args).unwrap().settings.library().unwrap();
        assert!(library.model(id).is_some());
        assert!(is_sound(), "the tree was made anew");
    }
}
