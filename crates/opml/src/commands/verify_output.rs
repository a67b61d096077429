//! `opml verify-output`: whether bytes are the answer to a request, on nobody's word but the contract's.

use std::{fs, path::PathBuf};

use alloy::{providers::Provider, rpc::types::TransactionRequest};
use alloy_primitives::{Address, B256};
use alloy_sol_types::SolCall;
use eyre::{Result, WrapErr, bail, ensure};
use opml_contracts::OpML;
use opml_game::{ClaimSlot, ClaimStatus};
use opml_node::rpc::verify_output;
use opml_rpc::{OpmlApiClient, types::OutputProof};
use serde_json::json;

use super::print_json;
use crate::{chain::Chain, endpoint::Endpoint};

/// Arguments of `opml verify-output`.
///
/// The opML node, or whoever made the file, may lie: what it says is checked against the contract as the Ethereum node has it.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Request id
    request: B256,
    /// The opML contract
    #[arg(long, value_name = "ADDRESS", env = "OPML_CONTRACT")]
    contract: Address,
    #[command(flatten)]
    node: Endpoint,
    /// Read the proof from this file, as opml_getOutputProof answers it, instead of asking an opML node
    #[arg(long, value_name = "FILE", conflicts_with = "node_url")]
    proof: Option<PathBuf>,
    #[command(flatten)]
    chain: Chain,
    /// Accept an answer that may still be disputed
    #[arg(long)]
    claimed: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(args: Args) -> Result<()> {
    let proof = read(&args).await?;
    let provider = args.chain.provider()?;
    let at = || format!("Ethereum node at {}", args.chain.url());
    let chain_id = provider.get_chain_id().await.wrap_err_with(at)?;
    let asked = (chain_id, args.contract, args.request);
    let told = (proof.chain_id.to::<u64>(), proof.contract, proof.request);
    ensure!(
        asked == told,
        "the proof is about request {} of contract {} on chain {}, not {} of {} on {}",
        told.2,
        told.1,
        told.0,
        asked.2,
        asked.1,
        asked.0
    );
    verify_output(&proof)?;
    let call = OpML::claimSlotCall { claimId: proof.claim }.abi_encode();
    let call = TransactionRequest::default().to(args.contract).input(call.into());
    let slot = provider.call(call).await.wrap_err_with(at)?;
    let slot = OpML::claimSlotCall::abi_decode_returns(&slot);
    let slot = slot.wrap_err_with(|| format!("{} is no opML contract", args.contract))?;
    let status = ClaimSlot::unpack(slot)?.status;
    let status = match status {
        ClaimStatus::Final => "final",
        ClaimStatus::Open if args.claimed => "claimed",
        ClaimStatus::Open => bail!("claim {} may still be disputed", proof.claim),
        status => bail!("claim {} stands as {status:?} with the contract", proof.claim),
    };
    if args.json {
        return print_json(&json!({
            "request": proof.request,
            "claim": proof.claim,
            "status": status,
            "model": proof.model,
            "outcome": proof.outcome,
            "output": proof.output,
        }));
    }
    eprintln!("{status}: claim {} by {}, model {}", proof.claim, proof.submitter, proof.model);
    println!("{}", proof.output);
    Ok(())
}

async fn read(args: &Args) -> Result<OutputProof> {
    let Some(path) = &args.proof else {
        let proof = args.node.client()?.get_output_proof(args.request).await;
        return proof.wrap_err_with(|| args.node.name());
    };
    let named = || format!("proof {}", path.display());
    serde_json::from_slice(&fs::read(path).wrap_err_with(named)?).wrap_err_with(named)
}
