//! `opml deploy`: contracts, guest version, profile.

use std::path::PathBuf;

use alloy_primitives::{Address, B256, U256};
use eyre::{Result, WrapErr, eyre};
use opml_fpvm::Program;
use opml_game::Preset;
use opml_node::{
    attention::Terms,
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
    #[command(flatten)]
    profile: ProfileArgs,
    /// Account that may retire guest versions, and nothing else; nobody if left out
    #[arg(long, value_name = "ADDRESS", requires = "guardian_until")]
    guardian: Option<Address>,
    /// Last timestamp at which the guardian may: at most two years ahead
    #[arg(long, value_name = "TIMESTAMP", requires = "guardian")]
    guardian_until: Option<u64>,
    /// Deploy an attention contract for the profile, too: validators take seats there
    #[arg(long, requires = "answer_window")]
    attention: bool,
    #[command(flatten)]
    terms: AttentionTerms,
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

/// The profile to register: one that has a name, with what is said otherwise.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct ProfileArgs {
    /// Ten minutes to dispute a claim, an hour, or a day; as long for each side of a dispute
    #[arg(long = "profile", value_name = "NAME", default_value = Preset::STANDARD.name)]
    #[arg(value_parser = Preset::ALL.map(|preset| preset.name))]
    name: String,
    /// Seconds in which a claim may be disputed
    #[arg(long, value_name = "SECONDS")]
    window: Option<u32>,
    /// Seconds that each side starts a dispute with
    #[arg(long, value_name = "SECONDS")]
    clock: Option<u32>,
    /// Seconds that a side gains per move
    #[arg(long, value_name = "SECONDS")]
    increment: Option<u16>,
    /// Seconds charged per block at most
    #[arg(long, value_name = "SECONDS")]
    seconds_per_block: Option<u16>,
    /// log2 of the entries in a list
    #[arg(long, value_name = "BITS")]
    arity_bits: Option<u8>,
    /// Stake of a claim in gwei
    #[arg(long, value_name = "GWEI")]
    stake_gwei: Option<u64>,
    /// Bond of a dispute in gwei
    #[arg(long, value_name = "GWEI")]
    bond_gwei: Option<u64>,
    /// Seconds from a commitment to its reveal, in which validators answer; 0 for no attention challenge
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    answer_window: u16,
}

impl ProfileArgs {
    fn read(&self) -> Result<Profile> {
        let named = Preset::ALL.iter().find(|preset| preset.name == self.name);
        let named = named.ok_or_else(|| eyre!("no profile is called {}", self.name))?.profile;
        Ok(Profile {
            window: self.window.unwrap_or(named.window),
            clock: self.clock.unwrap_or(named.clock),
            increment: self.increment.unwrap_or(named.increment),
            seconds_per_block: self.seconds_per_block.unwrap_or(named.seconds_per_block),
            arity_bits: self.arity_bits.unwrap_or(named.arity_bits),
            stake_gwei: self.stake_gwei.unwrap_or(named.stake_gwei),
            bond_gwei: self.bond_gwei.unwrap_or(named.bond_gwei),
            answer_window: self.answer_window,
        })
    }
}

/// Terms of the attention contract; nobody can change them.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct AttentionTerms {
    /// Seats that are drawn for each request at most: 1 to 8
    #[arg(long, value_name = "N", default_value_t = 4, requires = "attention")]
    attention_draws: u8,
    /// Of ten thousand drawn validators so many are called to answer
    #[arg(long, value_name = "N", default_value_t = 1_000, requires = "attention")]
    attention_called: u16,
    /// Requests of one model that seats answer for in an epoch; a seat's deposit is twice as many slashes
    #[arg(long, value_name = "N", default_value_t = 100, requires = "attention")]
    attention_capacity: u16,
    /// Seconds of an epoch; if left out, the least that the contract takes: two whole verdicts
    #[arg(long, value_name = "SECONDS", requires = "attention")]
    attention_epoch: Option<u32>,
    /// What a called validator without a right answer loses, in gwei
    #[arg(long, value_name = "GWEI", default_value_t = 50_000_000, requires = "attention")]
    attention_slash_gwei: u64,
    /// What one with a right answer earns, in gwei
    #[arg(long, value_name = "GWEI", default_value_t = 6_000_000, requires = "attention")]
    attention_reward_gwei: u64,
}

impl AttentionTerms {
    fn of(&self, number: u8, profile: &Profile) -> Terms {
        let wei = |gwei: u64| U256::from(gwei) * U256::from(1_000_000_000u64);
        let verdict = u64::from(profile.answer_window)
            + u64::from(profile.window)
            + 2 * u64::from(profile.clock);
        Terms {
            profile: number,
            draws: self.attention_draws,
            called: self.attention_called,
            capacity: self.attention_capacity,
            epoch_seconds: self.attention_epoch.map_or(2 * verdict, u64::from),
            slash: wei(self.attention_slash_gwei),
            reward: wei(self.attention_reward_gwei),
        }
    }
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
    attention: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ora_front: Option<Address>,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let elf = guest::elf(args.guest.as_deref())?;
    let program = Program::from_elf(&elf).wrap_err("guest program")?;
    let profile = args.profile.read()?;
    let client = args.chain.client(&args.wallet).await?;
    let guardian = args.guardian.zip(args.guardian_until);
    let guardian = guardian.map(|(account, until)| Guardian { account, until });
    let deployment = client.deploy(&program, &profile, guardian).await?;
    let attention = match args.attention {
        true => {
            let terms = args.terms.of(deployment.profile, &profile);
            Some(client.deploy_attention(deployment.contract, &terms).await?)
        }
        false => None,
    };
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
        attention,
        ora_front,
    })
}
