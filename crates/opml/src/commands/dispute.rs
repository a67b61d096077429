//! `opml dispute`: what happened in a dispute.

use std::time::Duration;

use alloy::providers::Provider;
use alloy_primitives::{Address, B256, U64};
use clap::Subcommand;
use comfy_table::{Table, presets::UTF8_HORIZONTAL_ONLY};
use eyre::{Result, WrapErr};
use opml_node::{
    Identity, Store,
    source::{ChainSource, FollowerConfig, RpcFollower, Update},
};
use opml_rpc::{
    OpmlApiClient,
    types::{Dispute, List, Phase, Side},
};

use super::print_json;
use crate::{chain::Chain, endpoint::Endpoint};

/// Subcommands of `opml dispute`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show how the segment shrinks and who wins.
    Show(Show),
}

/// Arguments of `opml dispute show`. With a contract the dispute is read from the chain's logs, else from an opML node.
#[derive(Debug, clap::Args)]
pub(crate) struct Show {
    /// Dispute id
    id: B256,
    #[command(flatten)]
    node: Endpoint,
    /// Read the logs of this contract instead of asking an opML node
    #[arg(long, value_name = "ADDRESS", conflicts_with = "node_url")]
    contract: Option<Address>,
    /// A block before the contract's first event
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    start_block: u64,
    #[command(flatten)]
    chain: Chain,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(command: Command) -> Result<()> {
    let Command::Show(args) = command;
    let dispute = match args.contract {
        Some(contract) => from_chain(&args, contract).await?,
        None => from_node(&args).await?,
    };
    if args.json {
        return print_json(&dispute);
    }
    show(&dispute);
    Ok(())
}

async fn from_node(args: &Show) -> Result<Dispute> {
    let dispute = args.node.client()?.get_dispute(args.id).await;
    dispute.wrap_err_with(|| args.node.name())
}

/// Rebuilds the chain view up to the tip, in memory.
async fn from_chain(args: &Show, contract: Address) -> Result<Dispute> {
    let provider = args.chain.provider()?;
    let at = || format!("Ethereum node at {}", args.chain.url());
    let chain_id = provider.get_chain_id().await.wrap_err_with(at)?;
    let store = Store::in_memory(Identity { chain_id, contract })?;
    let config = FollowerConfig {
        contract,
        start_block: args.start_block,
        poll: Duration::from_secs(1),
        batch: 2_000,
    };
    let mut follower = RpcFollower::new(provider, config);
    follower.start(Vec::new()).await?;
    loop {
        let delivery = follower.next().await.wrap_err_with(at)?;
        for update in &delivery.updates {
            match update {
                Update::Committed(block) => store.commit(block, delivery.finalized)?,
                Update::Reverted { to } => store.revert(*to)?,
            }
        }
        if store.head()?.is_some_and(|head| head.number >= delivery.tip) {
            return Ok(opml_node::rpc::dispute(&store, args.id)?);
        }
    }
}

fn show(dispute: &Dispute) {
    println!("dispute    {}", dispute.id);
    println!("claim      {}", dispute.claim);
    println!("submitter  {}", dispute.submitter);
    println!("challenger {}", dispute.challenger);
    let mut table = Table::new();
    table.load_preset(UTF8_HORIZONTAL_ONLY);
    table.set_header(["#", "block", "by", "rejects", "segment", "steps", "own end"]);
    for (index, list) in dispute.lists.iter().enumerate() {
        table.add_row([
            index.to_string(),
            list.block.to_string(),
            name(list.author).to_owned(),
            if list.pick == U64::ZERO {
                "claim".to_owned()
            } else {
                format!("entry {}", list.pick)
            },
            segment(list),
            list.steps.to_string(),
            list.entries.last().map(short).unwrap_or_default(),
        ]);
    }
    println!("{table}");
    if let Some(evaluation) = &dispute.evaluation {
        println!(
            "evaluated  entry {}: {} → {}, asserted {}",
            evaluation.pick,
            short(&evaluation.start),
            short(&evaluation.truth),
            short(&evaluation.end)
        );
    }
    match (&dispute.verdict, dispute.mover) {
        (Some(verdict), _) => println!(
            "verdict    the {} wins by {} in block {}",
            name(verdict.winner),
            if verdict.by_proof { "proof" } else { "clock" },
            verdict.block
        ),
        (None, Some(mover)) => println!(
            "open       the {} is to move; submitter has {} s, challenger {} s",
            name(mover),
            dispute.submitter_budget,
            dispute.challenger_budget
        ),
        (None, None) => println!("over       the claim fell by another dispute"),
    }
}

const fn name(side: Side) -> &'static str {
    match side {
        Side::Submitter => "submitter",
        Side::Challenger => "challenger",
    }
}

/// Where the list lies in the run.
fn segment(list: &List) -> String {
    match list.phase {
        Phase::Large => {
            format!("large steps {} to {}", list.large_step, list.large_step + list.steps)
        }
        Phase::Small => format!(
            "large step {}, instructions {} to {}",
            list.large_step,
            list.small_step,
            list.small_step + list.steps
        ),
    }
}

/// The first bytes of a hash.
fn short(hash: &B256) -> String {
    let hex = hash.to_string();
    format!("{}…", &hex[..10])
}
