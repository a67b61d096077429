//! `opml validator`: seats in an attention contract (docs/protocol.md §11).

use alloy::{
    eips::{BlockId, BlockNumberOrTag},
    providers::{DynProvider, Provider},
};
use alloy_primitives::{Address, B256, Bytes, TxKind, U256, utils::format_ether};
use alloy_sol_types::SolCall;
use clap::Subcommand;
use eyre::{OptionExt, Result, WrapErr};
use opml_contracts::Attention;
use opml_node::{
    attention::{Member, Terms, ask},
    client::Client,
};
use opml_settings::Wallet;
use serde::Serialize;

use super::print_json;
use crate::{chain::Chain, input::ModelRef};

/// Arguments of `opml validator`. A seat is taken and given up for the next epoch; it answers for what is enrolled while it is there,
/// so a node in the role of validator has to run from then on.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take a seat of a model with the wallet's account, with what its deposit lacks.
    Join(Seat),
    /// Give the seat up from the next epoch on; the deposit is free an epoch later.
    Leave(Seat),
    /// Credit the deposit to the wallet's account, once nothing that it answers for can be judged.
    Release(Seat),
    /// Take the seat of a slashed validator off the roster.
    Vacate(Vacate),
    /// Send the account's whole credit in the attention contract to it: rewards, bounties, a released deposit.
    Withdraw(Change),
    /// Credit what no reward of a request was paid of to who enrolled it, once nobody can be judged by it.
    Reclaim(Reclaim),
    /// Tell the terms, and who has a seat of a model in this epoch and the next one.
    List(List),
}

/// In which contract, by which account.
#[derive(Debug, clap::Args)]
pub(crate) struct Change {
    /// The attention contract
    #[arg(long, value_name = "ADDRESS", env = "OPML_ATTENTION")]
    attention: Address,
    #[command(flatten)]
    chain: Chain,
    #[command(flatten)]
    wallet: Wallet,
}

/// A seat of the wallet's account.
#[derive(Debug, clap::Args)]
pub(crate) struct Seat {
    /// Model id, model file, `digits` or `stories`
    #[arg(value_name = "ID|FILE|digits|stories")]
    model: ModelRef,
    #[command(flatten)]
    change: Change,
}

/// Somebody else's seat.
#[derive(Debug, clap::Args)]
pub(crate) struct Vacate {
    /// The validator that was slashed
    #[arg(value_name = "ADDRESS")]
    validator: Address,
    #[command(flatten)]
    seat: Seat,
}

/// A request that was enrolled.
#[derive(Debug, clap::Args)]
pub(crate) struct Reclaim {
    /// Id of the request
    #[arg(value_name = "ID")]
    request: B256,
    #[command(flatten)]
    change: Change,
}

/// Whose roster.
#[derive(Debug, clap::Args)]
pub(crate) struct List {
    /// Model id, model file, `digits` or `stories`
    #[arg(value_name = "ID|FILE|digits|stories")]
    model: ModelRef,
    /// The attention contract
    #[arg(long, value_name = "ADDRESS", env = "OPML_ATTENTION")]
    attention: Address,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    chain: Chain,
}

/// A roster, as it is told. Amounts are in wei.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Roster {
    model: B256,
    epoch: u64,
    /// Timestamp at which the next one begins.
    epoch_ends: u64,
    seat_deposit: U256,
    slash: U256,
    reward: U256,
    draws: u8,
    called_per_ten_thousand: u16,
    capacity: u16,
    /// Requests of this epoch so far.
    enrolled: U256,
    seats: Vec<Occupied>,
}

/// A validator with a seat in this epoch or the next one.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Occupied {
    validator: Address,
    deposit: U256,
    /// The first epoch that it answers for.
    from: u64,
    /// The epoch at which it ends; `None`: it goes on.
    until: Option<u64>,
}

pub(crate) async fn run(command: Command) -> Result<()> {
    match command {
        Command::Join(seat) => seat.join().await,
        Command::Leave(seat) => {
            let model = seat.model.id()?;
            seat.change.send("leave", Attention::leaveCall { model }.abi_encode()).await
        }
        Command::Release(seat) => {
            let model = seat.model.id()?;
            seat.change.send("release", Attention::releaseCall { model }.abi_encode()).await
        }
        Command::Vacate(Vacate { validator, seat }) => {
            let model = seat.model.id()?;
            let call = Attention::vacateCall { model, validator };
            seat.change.send("vacate", call.abi_encode()).await
        }
        Command::Withdraw(change) => {
            let client = change.chain.client(&change.wallet).await?;
            let to = client.account();
            change.send_by(&client, "withdraw", Attention::withdrawCall { to }.abi_encode()).await
        }
        Command::Reclaim(Reclaim { request, change }) => {
            let call = Attention::reclaimCall { requestId: request };
            change.send("reclaim", call.abi_encode()).await
        }
        Command::List(list) => list.run().await,
    }
}

impl Change {
    async fn send(&self, what: &'static str, data: Vec<u8>) -> Result<()> {
        let client = self.chain.client(&self.wallet).await?;
        self.send_by(&client, what, data).await
    }

    async fn send_by(&self, client: &Client, what: &'static str, data: Vec<u8>) -> Result<()> {
        let (to, data) = (TxKind::Call(self.attention), Bytes::from(data));
        let receipt = client.send(what, to, data, U256::ZERO).await?;
        println!("{}", receipt.transaction_hash);
        Ok(())
    }
}

impl Seat {
    async fn join(&self) -> Result<()> {
        let Change { attention, chain, wallet } = &self.change;
        let (model, client) = (self.model.id()?, chain.client(wallet).await?);
        let (provider, at) = (chain.provider()?, BlockId::latest());
        let deposit = ask(&provider, *attention, at, &Attention::seatDepositCall {}).await?;
        let call = Attention::membersCall { model, validator: client.account() };
        let member = Member::from(ask(&provider, *attention, at, &call).await?);
        println!("{}", client.join(*attention, model, deposit, member.deposit).await?);
        Ok(())
    }
}

impl List {
    async fn run(&self) -> Result<()> {
        let provider = self.chain.provider()?;
        let roster = self.roster(&provider).await?;
        if self.json {
            return print_json(&roster);
        }
        let eth = format_ether;
        println!("epoch {}, until {}", roster.epoch, roster.epoch_ends);
        println!("enrolled {} of {} requests", roster.enrolled, roster.capacity);
        println!(
            "a seat takes {} ETH, silence costs {} ETH, an answer earns {} ETH",
            eth(roster.seat_deposit),
            eth(roster.slash),
            eth(roster.reward)
        );
        for Occupied { validator, deposit, from, until } in roster.seats {
            let until = until.map(|until| format!(", until {until}")).unwrap_or_default();
            println!("{validator}  {} ETH, from {from}{until}", eth(deposit));
        }
        Ok(())
    }

    /// As of one block.
    async fn roster(&self, provider: &DynProvider) -> Result<Roster> {
        let (attention, model) = (self.attention, self.model.id()?);
        let head = provider.get_block_by_number(BlockNumberOrTag::Latest).await;
        let head = head.wrap_err_with(|| format!("Ethereum node at {}", self.chain.url()))?;
        let header = head.ok_or_eyre("the chain has no block")?.header;
        let at = BlockId::hash(header.hash);
        let terms = Terms::from(ask(provider, attention, at, &Attention::termsCall {}).await?);
        let epoch = terms.epoch(header.timestamp);
        let mut seats: Vec<Occupied> = Vec::new();
        for epoch in [epoch, epoch + 1].map(U256::from) {
            let size = Attention::rosterSizeCall { model, epoch };
            let size = ask(provider, attention, at, &size).await?.saturating_to::<u64>();
            for seat in (0..size).map(U256::from) {
                let occupant = Attention::occupantCall { model, seat, epoch };
                let validator = ask(provider, attention, at, &occupant).await?;
                if seats.iter().any(|known| known.validator == validator) {
                    continue;
                }
                let call = Attention::membersCall { model, validator };
                let member = Member::from(ask(provider, attention, at, &call).await?);
                let until = Some(member.until).filter(|until| *until != u64::from(u32::MAX));
                let Member { deposit, from, .. } = member;
                seats.push(Occupied { validator, deposit, from, until });
            }
        }
        let enrolled = Attention::enrolledCall { model, epoch: U256::from(epoch) };
        Ok(Roster {
            model,
            epoch,
            epoch_ends: (epoch + 1) * terms.epoch_seconds,
            seat_deposit: ask(provider, attention, at, &Attention::seatDepositCall {}).await?,
            slash: terms.slash,
            reward: terms.reward,
            draws: terms.draws,
            called_per_ten_thousand: terms.called,
            capacity: terms.capacity,
            enrolled: ask(provider, attention, at, &enrolled).await?,
            seats,
        })
    }
}
