//! `opml request`: a question on chain.

use std::time::{SystemTime, UNIX_EPOCH};

use alloy::eips::BlockId;
use alloy_primitives::{Address, Bytes, U256};
use eyre::{Result, WrapErr};
use opml_contracts::Attention;
use opml_node::{attention::ask, client::Question};
use opml_settings::Wallet;
use serde_json::json;

use super::print_json;
use crate::{
    chain::Chain,
    input::{Input, ModelRef},
};

/// Arguments of `opml request`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The opML contract
    #[arg(long, value_name = "ADDRESS")]
    contract: Address,
    /// Model id, model file, `digits` or `stories`
    #[arg(long, value_name = "ID|FILE|digits|stories")]
    model: ModelRef,
    #[command(flatten)]
    input: Input,
    /// Number of the guest version
    #[arg(long, value_name = "N", default_value_t = 0)]
    guest: u8,
    /// Number of the profile
    #[arg(long, value_name = "N", default_value_t = 0)]
    profile: u8,
    /// Fee in gwei
    #[arg(long, value_name = "GWEI", default_value_t = 1_000_000)]
    fee_gwei: u64,
    /// Seconds from now in which a claim is accepted
    #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
    deadline: u32,
    /// Tells apart requests that are alike; the time in microseconds if left out
    #[arg(long, value_name = "N")]
    nonce: Option<u64>,
    /// Contract that receives the result
    #[arg(long, value_name = "ADDRESS", requires = "gas_limit")]
    callback: Option<Address>,
    /// Gas that the callback gets
    #[arg(long, value_name = "GAS", requires = "callback")]
    gas_limit: Option<u32>,
    /// Bytes that the callback gets back
    #[arg(long, value_name = "HEX", requires = "callback")]
    data: Option<Bytes>,
    /// Attention contract before whose validators the question is put first; their reward is paid with it
    #[arg(long, value_name = "ADDRESS")]
    attention: Option<Address>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    chain: Chain,
    #[command(flatten)]
    wallet: Wallet,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).wrap_err("the clock is before 1970")?;
    let deadline = now.as_secs() + u64::from(args.deadline);
    let question = Question {
        model: args.model.id()?,
        guest: args.guest,
        profile: args.profile,
        nonce: args.nonce.unwrap_or(now.as_micros() as u64),
        deadline: deadline.try_into().wrap_err_with(|| format!("deadline {deadline}"))?,
        input: args.input.read()?,
        callback: args.callback.unwrap_or_default(),
        gas_limit: args.gas_limit.unwrap_or_default(),
        data: args.data.clone().unwrap_or_default(),
        fee: U256::from(args.fee_gwei) * U256::from(1_000_000_000u64),
    };
    let client = args.chain.client(&args.wallet).await?;
    if let Some(attention) = args.attention {
        let provider = args.chain.provider()?;
        let terms = ask(&provider, attention, BlockId::latest(), &Attention::termsCall {}).await?;
        client.enrol(attention, &question, &terms.into()).await?;
    }
    let (id, block) = client.ask(args.contract, &question).await?;
    if args.json {
        return print_json(&json!({ "requestId": id, "block": block, "deadline": deadline }));
    }
    println!("{id}");
    Ok(())
}
