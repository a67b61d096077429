//! `opml status`: what a running node is and does.

use alloy::primitives::{U64, utils::format_ether};
use eyre::{Result, WrapErr};
use opml_rpc::{
    OpmlApiClient,
    types::{Exposure, Status},
};
use serde::Serialize;

use super::print_json;
use crate::endpoint::Endpoint;

/// Arguments of `opml status`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    node: Endpoint,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Serialize)]
struct Report {
    #[serde(flatten)]
    status: Status,
    /// None without an account.
    exposure: Option<Exposure>,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    status(args.node, args.json).await
}

/// Prints what a running node is, does and has at stake: for people, or as one JSON object.
///
/// # Errors
/// If the node does not answer.
pub async fn status(node: Endpoint, json: bool) -> Result<()> {
    let client = node.client()?;
    let status = client.status().await.wrap_err_with(|| node.name())?;
    let exposure = match status.account {
        Some(_) => Some(client.exposure().await.wrap_err_with(|| node.name())?),
        None => None,
    };
    let report = Report { status, exposure };
    if json {
        return print_json(&report);
    }
    report.print();
    Ok(())
}

impl Report {
    fn print(&self) {
        let Self { status, exposure } = self;
        println!("opML       {}", status.version);
        println!("chain      {}, contract {}", status.chain_id, status.contract);
        match status.account {
            Some(account) => println!("account    {account}: {}", roles(status)),
            None => println!("account    none: looks on"),
        }
        match &status.head {
            Some(head) if status.synced => println!("head       {}, synced", head.number),
            Some(head) => println!("head       {}, behind {}", head.number, status.tip),
            None => println!("head       none yet, the chain is at {}", status.tip),
        }
        if let Some(exposure) = exposure {
            let eth = format_ether;
            println!("stakes     {} ETH in {} claims", eth(exposure.stakes), exposure.claims);
            println!("bonds      {} ETH in {} disputes", eth(exposure.bonds), exposure.disputes);
            println!("credit     {} ETH to withdraw", eth(exposure.credit));
            if status.validator || !exposure.seats.is_zero() {
                println!("deposits   {} ETH for {} seats", eth(exposure.deposits), exposure.seats);
                println!("rewards    {} ETH to withdraw", eth(exposure.rewards));
            }
        }
        for model in &status.models {
            println!("model      {model}");
        }
        println!("computing  {} jobs", status.jobs);
        if status.failures + status.restarts > U64::ZERO {
            println!("failed     {} jobs, {} tasks of the node", status.failures, status.restarts);
        }
        for call in &status.pending {
            println!("sending    {call}");
        }
        for alarm in &status.alarms {
            println!("ALARM      {alarm}");
        }
    }
}

fn roles(status: &Status) -> String {
    let roles = [
        (status.submitter, "submitter"),
        (status.challenger, "challenger"),
        (status.validator, "validator"),
    ];
    let roles: Vec<_> = roles.iter().filter(|(is, _)| *is).map(|(_, name)| *name).collect();
    if roles.is_empty() { "observer".to_owned() } else { roles.join(" and ") }
}
