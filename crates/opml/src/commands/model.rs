//! `opml model`: models and their registration.

use std::path::PathBuf;

use alloy_primitives::{Address, B256};
use clap::Subcommand;
use eyre::Result;
use opml_engine::ModelFile;
use serde::Serialize;

use super::print_json;
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
    /// Show the id and the header of a model.
    Inspect {
        /// Model file, or `digits`
        #[arg(value_name = "FILE|digits")]
        model: ModelName,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
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

/// What a header says.
#[derive(Debug, Serialize)]
struct Inspected {
    id: B256,
    name: String,
    records: u32,
    max_large_steps: u64,
    min_input: u32,
    max_input: u32,
    max_output: u32,
    file_bytes: usize,
}

impl Inspected {
    fn of(model: &ModelFile) -> Self {
        let header = model.header();
        Self {
            id: model.id(),
            name: model.name().to_owned(),
            records: header.records,
            max_large_steps: header.max_steps,
            min_input: header.input_min,
            max_input: header.input_max,
            max_output: header.output_max,
            file_bytes: model.bytes().len(),
        }
    }
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
        Command::Inspect { model, json } => {
            let model = Inspected::of(&*model.load()?);
            if json {
                return print_json(&model);
            }
            println!("id               {}", model.id);
            println!("name             {}", model.name);
            println!("records          {}", model.records);
            println!("max large steps  {}", model.max_large_steps);
            println!("input bytes      {} to {}", model.min_input, model.max_input);
            println!("output bytes     at most {}", model.max_output);
            println!("file bytes       {}", model.file_bytes);
        }
    }
    Ok(())
}
