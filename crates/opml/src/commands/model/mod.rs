//! `opml model`: models and their registration.

mod compare;
mod coverage;
mod import;
mod inspect;
mod language;
mod verify;

use std::path::PathBuf;

use alloy_primitives::Address;
use clap::Subcommand;
use eyre::Result;

use crate::{chain::Chain, input::ModelName, output, wallet::Wallet};

/// Subcommands of `opml model`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Register a model on chain by proof of its header.
    Register(Register),
    /// Write a model that ships with this program to a file.
    Export {
        /// `digits`, or a model file to copy after it has been verified
        #[arg(value_name = "digits|FILE")]
        model: ModelName,
        /// File to write
        out: PathBuf,
    },
    /// Translate a model of another format into a model file; prints its id.
    Import(import::Args),
    /// Show what a model is made of and what a dispute about it costs.
    Inspect {
        /// Model file, or `digits`
        #[arg(value_name = "FILE|digits")]
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
    /// Model file, or `digits`
    #[arg(value_name = "FILE|digits")]
    model: ModelName,
    /// The opML contract
    #[arg(long, value_name = "ADDRESS")]
    contract: Address,
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
            println!("{id}");
        }
        Command::Export { model, out } => {
            let model = model.load()?;
            output::write(&out, model.bytes())?;
            println!("{}", model.id());
        }
        Command::Import(args) => import::run(&args)?,
        Command::Inspect { model, json } => inspect::run(&*model.load()?, json)?,
        Command::Verify { file } => println!("{}", verify::run(&file)?),
        Command::Coverage(args) => coverage::run(&args)?,
        Command::Compare(args) => compare::run(&args)?,
    }
    Ok(())
}
