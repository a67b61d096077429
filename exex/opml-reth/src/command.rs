//! `opml-reth opml …`: tools for operators.

use clap::Subcommand;
use eyre::Result;
use opml::Endpoint;
use reth_cli_runner::CliRunner;
use reth_ethereum::cli::app::ExtendedCommand;

use crate::{args::OpmlArgs, doctor::Doctor};

/// Commands beside those of reth.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Tools for opML
    #[command(subcommand)]
    Opml(Tool),
}

/// Tools for opML.
#[derive(Debug, Subcommand)]
pub enum Tool {
    /// Print the settings that hold, as a file for --opml.config
    Config(Box<OpmlArgs>),
    /// Look at what opML and the notifications of extensions have on disk
    Doctor(Doctor),
    /// Tell what opML does and has at stake in a running node
    Status(Status),
    /// Make models
    #[command(subcommand)]
    Model(Model),
}

/// Asks a running node.
#[derive(Debug, clap::Args)]
pub struct Status {
    /// JSON-RPC endpoint of the node, with opml in its --http.api
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8545")]
    node_url: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Model files.
#[derive(Debug, Subcommand)]
pub enum Model {
    /// Translate a model of another format into a model file; prints its id
    Import(opml::Import),
}

impl Command {
    /// Runs it; only its result goes to stdout.
    ///
    /// # Errors
    /// If the tool fails.
    pub fn run(self) -> Result<()> {
        let Self::Opml(tool) = self;
        match tool {
            Tool::Config(args) => print!("{}", args.render()?),
            Tool::Doctor(doctor) => doctor.run()?,
            Tool::Status(Status { node_url, json }) => {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                runtime.block_on(opml::status(Endpoint::new(node_url), json))?;
            }
            Tool::Model(Model::Import(args)) => opml::import(&args)?,
        }
        Ok(())
    }
}

impl ExtendedCommand for Command {
    fn execute(self, _: CliRunner) -> Result<()> {
        self.run()
    }
}
