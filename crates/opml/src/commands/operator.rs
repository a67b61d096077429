//! `opml operator`: keys that play a party's disputes and can do nothing else in its name.

use alloy::{
    providers::Provider,
    rpc::types::{Filter, Log},
};
use alloy_primitives::{Address, Bytes, TxKind, U256};
use alloy_sol_types::{SolCall, SolEvent};
use clap::Subcommand;
use eyre::{Result, WrapErr};
use opml_contracts::OpML;
use opml_settings::Wallet;
use serde::Serialize;

use super::print_json;
use crate::chain::Chain;

/// Arguments of `opml operator`. What is said here counts in disputes on claims that are revealed later, never in open ones.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Name a key that plays for the wallet's account: at most four at a time, and none twice.
    Name(Change),
    /// Dismiss a key of the wallet's account, for good.
    Dismiss(Change),
    /// Tell the keys that an account has named.
    List(List),
}

/// A key of the wallet's account.
#[derive(Debug, clap::Args)]
pub(crate) struct Change {
    /// Account of the key
    #[arg(value_name = "ADDRESS")]
    operator: Address,
    /// The opML contract
    #[arg(long, value_name = "ADDRESS")]
    contract: Address,
    #[command(flatten)]
    chain: Chain,
    #[command(flatten)]
    wallet: Wallet,
}

/// Whose keys.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// The account that has named them
    #[arg(value_name = "ADDRESS")]
    party: Address,
    /// The opML contract
    #[arg(long, value_name = "ADDRESS")]
    contract: Address,
    /// A block before the first of them was named
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    start_block: u64,
    /// Print one JSON array
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    chain: Chain,
}

/// A key, as it is told.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Operator {
    operator: Address,
    /// Timestamp at which it was named.
    since: u64,
    /// Timestamp at which it was dismissed.
    until: Option<u64>,
}

pub(crate) async fn run(command: Command) -> Result<()> {
    match command {
        Command::Name(change) => {
            let call = OpML::nameOperatorCall { operator: change.operator };
            change.send("nameOperator", call.abi_encode().into()).await
        }
        Command::Dismiss(change) => {
            let call = OpML::dismissOperatorCall { operator: change.operator };
            change.send("dismissOperator", call.abi_encode().into()).await
        }
        Command::List(list) => list.run().await,
    }
}

impl Change {
    async fn send(&self, what: &'static str, data: Bytes) -> Result<()> {
        let client = self.chain.client(&self.wallet).await?;
        let receipt = client.send(what, TxKind::Call(self.contract), data, U256::ZERO).await?;
        println!("{}", receipt.transaction_hash);
        Ok(())
    }
}

impl List {
    async fn run(&self) -> Result<()> {
        let provider = self.chain.provider()?;
        let place = || format!("Ethereum node at {}", self.chain.url());
        let filter = Filter::new()
            .address(self.contract)
            .event_signature(OpML::OperatorNamed::SIGNATURE_HASH)
            .topic1(self.party.into_word())
            .from_block(self.start_block);
        let mut operators = Vec::new();
        for log in provider.get_logs(&filter).await.wrap_err_with(place)? {
            let operator = named(&log)?;
            let call = OpML::operatorsCall { party: self.party, operator };
            let request = alloy::rpc::types::TransactionRequest::default()
                .to(self.contract)
                .input(Bytes::from(call.abi_encode()).into());
            let told = provider.call(request).await.wrap_err_with(place)?;
            let told = OpML::operatorsCall::abi_decode_returns(&told).wrap_err_with(|| {
                format!("{} is no opML contract of this version", self.contract)
            })?;
            let time = |word: U256| u64::try_from(word).wrap_err("a time beyond 2^64");
            let until = Some(time(told.until)?).filter(|until| *until != 0);
            operators.push(Operator { operator, since: time(told.since)?, until });
        }
        if self.json {
            return print_json(&operators);
        }
        for Operator { operator, since, until } in operators {
            match until {
                Some(until) => println!("{operator}  since {since}, dismissed {until}"),
                None => println!("{operator}  since {since}"),
            }
        }
        Ok(())
    }
}

/// The key that an `OperatorNamed` names.
fn named(log: &Log) -> Result<Address> {
    let event = OpML::OperatorNamed::decode_log(&log.inner);
    Ok(event.wrap_err("a log of OperatorNamed does not decode")?.operator)
}
