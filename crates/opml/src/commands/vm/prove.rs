//! `opml vm prove`: the call of the verifier contract that proves a few steps.

use std::path::PathBuf;

use alloy_primitives::{U256, hex};
use alloy_sol_types::SolCall;
use eyre::Result;
use opml_contracts::MipsVerifier::runCall;
use serde::Serialize;

use super::witness::Window;
use crate::{commands::print_json, output};

/// Gas of a transaction before anything that it carries.
const TRANSACTION_GAS: u64 = 21_000;
/// Floor of EIP-7623, per token of calldata: a zero byte is one token, any other is four.
const FLOOR_PER_TOKEN: u64 = 10;
/// Floor of EIP-7976, per byte of calldata.
const FLOOR_PER_BYTE: u64 = 64;

/// Arguments of `opml vm prove`. The calldata is for `run(uint256,bytes)` of the contract `MipsVerifier`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    window: Window,
    /// Write the calldata to this file, in hex, instead of to standard output
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// A call with what it proves and what it costs at least.
#[derive(Debug, Serialize)]
struct Proved {
    at: u64,
    steps: u32,
    start_hash: String,
    end_hash: String,
    selector: String,
    calldata: String,
    calldata_bytes: usize,
    zero_bytes: usize,
    witness_bytes: usize,
    /// Least gas of a transaction with this calldata, by EIP-7623.
    floor_gas: u64,
    /// The same by EIP-7976.
    floor_gas_eip7976: u64,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let proof = args.window.prove()?;
    let witness_bytes = proof.witness.len();
    let steps = U256::from(args.window.steps);
    let calldata = runCall { steps, witness: proof.witness.into() }.abi_encode();
    let zeros = calldata.iter().filter(|byte| **byte == 0).count();
    let tokens = zeros + 4 * (calldata.len() - zeros);
    let proved = Proved {
        at: args.window.at,
        steps: args.window.steps,
        start_hash: proof.start.to_string(),
        end_hash: proof.end.to_string(),
        selector: hex::encode_prefixed(runCall::SELECTOR),
        calldata: hex::encode_prefixed(&calldata),
        calldata_bytes: calldata.len(),
        zero_bytes: zeros,
        witness_bytes,
        floor_gas: TRANSACTION_GAS + FLOOR_PER_TOKEN * tokens as u64,
        floor_gas_eip7976: TRANSACTION_GAS + FLOOR_PER_BYTE * calldata.len() as u64,
    };
    if let Some(path) = &args.output {
        output::write(path, format!("{}\n", proved.calldata).as_bytes())?;
    }
    if args.json {
        return print_json(&proved);
    }
    eprintln!("from {} to {}", proved.start_hash, proved.end_hash);
    eprintln!(
        "{} bytes of calldata, {witness_bytes} of them the witness; a transaction with it takes {} gas or more",
        proved.calldata_bytes, proved.floor_gas
    );
    if args.output.is_none() {
        println!("{}", proved.calldata);
    }
    Ok(())
}
