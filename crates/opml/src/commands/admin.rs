//! `opml admin`: what the operator tells a running node.

use alloy_primitives::U256;
use clap::{Subcommand, ValueEnum};
use eyre::{Result, WrapErr};
use jsonrpsee::http_client::HttpClientBuilder;
use opml_rpc::{
    OpmlAdminApiClient,
    types::{Limits, Role},
};

use super::print_json;

/// Arguments of `opml admin`. Nothing that is said here survives a restart of the node. Prints what holds, as one JSON object.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Admin endpoint of an opML node, its --admin-listen
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8646", global = true)]
    admin_url: String,
    #[command(subcommand)]
    command: Command,
}

/// A role that can be paused.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Pausable {
    /// Claims answers to requests.
    Submitter,
    /// Disputes false claims.
    Challenger,
    /// Answers where its seats are called for attention: leave them first, or their deposits are lost.
    Validator,
}

impl From<Pausable> for Role {
    fn from(role: Pausable) -> Self {
        match role {
            Pausable::Submitter => Self::Submitter,
            Pausable::Challenger => Self::Challenger,
            Pausable::Validator => Self::Validator,
        }
    }
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Print what holds.
    Orders,
    /// Begin nothing more in a role; what has begun is carried through.
    Pause {
        /// The role
        role: Pausable,
    },
    /// Take a role up again.
    Resume {
        /// The role
        role: Pausable,
    },
    /// Change limits; those that are left out stay.
    Limits {
        /// Least fee of a request that the node claims, in gwei
        #[arg(long, value_name = "GWEI")]
        min_fee_gwei: Option<u64>,
        /// Greatest stake of a claim in gwei
        #[arg(long, value_name = "GWEI")]
        max_stake_gwei: Option<u64>,
        /// Greatest bond of a dispute in gwei
        #[arg(long, value_name = "GWEI")]
        max_bond_gwei: Option<u64>,
    },
    /// Send a call that is under way again at once, at a higher fee.
    Retry {
        /// The call, as `opml status` names it
        call: String,
    },
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let url = &args.admin_url;
    let client = HttpClientBuilder::default().build(url);
    let client = client.wrap_err_with(|| format!("{url} is not a URL"))?;
    let orders = match args.command {
        Command::Orders => client.orders().await,
        Command::Pause { role } => client.pause(role.into()).await,
        Command::Resume { role } => client.resume(role.into()).await,
        Command::Limits { min_fee_gwei, max_stake_gwei, max_bond_gwei } => {
            let wei = |gwei: u64| U256::from(gwei) * U256::from(1_000_000_000u64);
            let limits = Limits {
                min_fee: min_fee_gwei.map(wei),
                max_stake: max_stake_gwei.map(wei),
                max_bond: max_bond_gwei.map(wei),
            };
            client.set_limits(limits).await
        }
        Command::Retry { call } => match client.retry(call).await {
            Ok(()) => client.orders().await,
            Err(error) => Err(error),
        },
    };
    print_json(&orders.wrap_err_with(|| format!("admin endpoint {url}"))?)
}
