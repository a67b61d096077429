//! `opml deploy`: contracts, guest version, profile.

use std::path::PathBuf;

use alloy_primitives::{Address, B256};
use eyre::{Result, WrapErr};
use opml_fpvm::Program;
use opml_node::{
    client::{FrontTerms, Guardian},
    view::Profile,
};
use opml_settings::Wallet;
use serde::Serialize;

use super::print_json;
use crate::{chain::Chain, guest};

/// Arguments of `opml deploy`. The account becomes the registrar.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    chain: Chain,
    #[command(flatten)]
    wallet: Wallet,
    /// Guest program; the committed one if left out
    #[arg(long, value_name = "FILE")]
    guest: Option<PathBuf>,
    /// Seconds in which a claim may be disputed
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    window: u32,
    /// Seconds that each side starts a dispute with
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    clock: u32,
    /// Seconds that a side gains per move
    #[arg(long, value_name = "SECONDS", default_value_t = 24)]
    increment: u16,
    /// Seconds charged per block at most
    #[arg(long, value_name = "SECONDS", default_value_t = 24)]
    seconds_per_block: u16,
    /// log2 of the entries in a list
    #[arg(long, value_name = "BITS", default_value_t = 5)]
    arity_bits: u8,
    /// Stake of a claim in gwei
    #[arg(long, value_name = "GWEI", default_value_t = 1_300_000_000)]
    stake_gwei: u64,
    /// Bond of a dispute in gwei
    #[arg(long, value_name = "GWEI", default_value_t = 130_000_000)]
    bond_gwei: u64,
    /// Seconds from a commitment to its reveal, in which validators answer; 0 for no attention challenge
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    answer_window: u16,
    /// Account that may retire guest versions, and nothing else; nobody if left out
    #[arg(long, value_name = "ADDRESS", requires = "guardian_until")]
    guardian: Option<Address>,
    /// Last timestamp at which the guardian may: at most two years ahead
    #[arg(long, value_name = "TIMESTAMP", requires = "guardian")]
    guardian_until: Option<u64>,
    /// Deploy a front for dapps of the ORA AI oracle, too
    #[arg(long)]
    ora: bool,
    /// Gwei per gas of a callback that the front's fees cover
    #[arg(long, value_name = "GWEI", default_value_t = 20, requires = "ora")]
    ora_gas_price_gwei: u64,
    /// Let anybody hand out claims through the front before they are final
    #[arg(long, requires = "ora")]
    ora_early: bool,
}

/// What was deployed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Deployed {
    chain_id: u64,
    contract: Address,
    verifier: Address,
    guest: u8,
    guest_root: B256,
    profile: u8,
    block: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    ora_front: Option<Address>,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let elf = guest::elf(args.guest.as_deref())?;
    let program = Program::from_elf(&elf).wrap_err("guest program")?;
    let profile = Profile {
        window: args.window,
        clock: args.clock,
        increment: args.increment,
        seconds_per_block: args.seconds_per_block,
        arity_bits: args.arity_bits,
        stake_gwei: args.stake_gwei,
        bond_gwei: args.bond_gwei,
        answer_window: args.answer_window,
    };
    let client = args.chain.client(&args.wallet).await?;
    let guardian = args.guardian.zip(args.guardian_until);
    let guardian = guardian.map(|(account, until)| Guardian { account, until });
    let deployment = client.deploy(&program, &profile, guardian).await?;
    let terms = FrontTerms { early: args.ora_early, gas_price_gwei: args.ora_gas_price_gwei };
    let ora_front = match args.ora {
        true => Some(client.deploy_front(&deployment, terms).await?),
        false => None,
    };
    print_json(&Deployed {
        chain_id: client.chain_id(),
        contract: deployment.contract,
        verifier: deployment.verifier,
        guest: deployment.guest,
        guest_root: deployment.guest_root,
        profile: deployment.profile,
        block: deployment.block,
        ora_front,
    })
}
