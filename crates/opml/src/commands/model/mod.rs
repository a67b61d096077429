//! `opml model`: models and their registration.

mod compare;
mod coverage;
pub(crate) mod import;
mod inspect;
mod language;
mod quantize;
mod samples;
mod verify;

use std::path::PathBuf;

use alloy_primitives::{Address, U256};
use clap::Subcommand;
use eyre::Result;
use opml_settings::{ModelName, Wallet};

use crate::{chain::Chain, output};

/// Subcommands of `opml model`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Register a model on chain by proof of its header.
    Register(Register),
    /// Write a model that ships with this program to a file.
    Export {
        /// `digits`, `stories`, or a model file to copy after it has been verified
        #[arg(value_name = "digits|stories|FILE")]
        model: ModelName,
        /// File to write
        out: PathBuf,
    },
    /// Translate a model of another format into a model file; prints its id.
    Import(import::Args),
    /// Translate a model and quantise its weights: int8 with calibration inputs, Q8_0 or Q4_0 for language models.
    Quantize(quantize::Args),
    /// Show what a model is made of and what a dispute about it costs.
    Inspect {
        /// Model file, `digits` or `stories`
        #[arg(value_name = "FILE|digits|stories")]
        model: ModelName,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// Check everything about a model file and print its id.
    Verify {
        /// Model file
        file: PathBuf,
    },
    /// Run a folder of ONNX backend tests: import, model file, native engine.
    Coverage(coverage::Args),
    /// Compare what a model gives with what another runtime gave.
    Compare(compare::Args),
}

/// Arguments of `opml model register`.
#[derive(Debug, clap::Args)]
pub(crate) struct Register {
    /// Model file, `digits` or `stories`
    #[arg(value_name = "FILE|digits|stories")]
    model: ModelName,
    /// The opML contract
    #[arg(long, value_name = "ADDRESS")]
    contract: Address,
    /// A front for dapps of the ORA AI oracle in which the model gets a number, too
    #[arg(long, value_name = "ADDRESS", requires = "number")]
    front: Option<Address>,
    /// Number by which those dapps know the model, for ever
    #[arg(long, value_name = "N", requires = "front")]
    number: Option<U256>,
    /// Fee of a question through the front in gwei; the model's owner may change it
    #[arg(long, value_name = "GWEI", default_value_t = 1_000_000, requires = "front")]
    fee_gwei: u64,
    /// Who may change the fee and retire the number; the account that signs unless given
    #[arg(long, value_name = "ADDRESS", requires = "front")]
    owner: Option<Address>,
    #[command(flatten)]
    chain: Chain,
    #[command(flatten)]
    wallet: Wallet,
}

pub(crate) async fn run(command: Command) -> Result<()> {
    match command {
        Command::Register(args) => {
            let model = args.model.load()?;
            let client = args.chain.client(&args.wallet).await?;
            let id = client.register_model(args.contract, &model).await?;
            if let (Some(front), Some(number)) = (args.front, args.number) {
                let owner = args.owner.unwrap_or_else(|| client.account());
                client.number_model(front, number, id, owner, args.fee_gwei).await?;
            }
            println!("{id}");
        }
        Command::Export { model, out } => {
            let model = model.load()?;
            output::write(&out, model.bytes())?;
            println!("{}", model.id());
        }
        Command::Import(args) => import::run(&args)?,
        Command::Quantize(args) => quantize::run(&args)?,
        Command::Inspect { model, json } => inspect::run(&*model.load()?, json)?,
        Command::Verify { file } => println!("{}", verify::run(&file)?),
        Command::Coverage(args) => coverage::run(&args)?,
        Command::Compare(args) => compare::run(&args)?,
    }
    Ok(())
}
