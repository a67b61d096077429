//! The opML command line, [`main`]. Standard output has the result of a command and nothing else; all prose goes to standard error.
//!
//! Other programs of operators have some of its commands, too, as `opml-reth opml`: [`status`] and [`import`].

mod chain;
mod commands;
mod endpoint;
mod guest;
mod input;
mod output;

use std::{io, num::NonZero, process::ExitCode, thread::available_parallelism};

use clap::{Parser, Subcommand, error::ErrorKind};
use opml_engine::{Cpu, Level};
use tracing_subscriber::EnvFilter;

use commands::{
    admin, answer, deploy, dispute, infer, model, node, operator, request, status, validator,
    verify_output, vm,
};

pub use commands::{
    model::import::{Args as Import, run as import},
    status::status,
};
pub use endpoint::Endpoint;

/// What is logged unless `RUST_LOG` says otherwise. Signers log what goes wrong besides giving it as an error, which is told.
const LOGS: &str =
    "warn,alloy_signer_aws=off,alloy_signer_ledger=off,aws_config=off,coins_ledger=off,opml=info";

/// Verifiable machine learning for Ethereum.
#[derive(Debug, Parser)]
#[command(name = "opml", version)]
struct Cli {
    /// Threads of the native engine; as many as there are processors unless given. The results do not depend on it.
    #[arg(long, global = true, env = Cpu::THREADS)]
    threads: Option<NonZero<usize>>,
    /// Vectors of the native engine: portable, avx2, avx512, vnni or amx; the best that there are unless given. The results do not
    /// depend on it.
    #[arg(long, global = true, env = Level::VARIABLE)]
    simd: Option<Level>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run, trace, prove and compare programs in the fraud-proof VM.
    #[command(subcommand)]
    Vm(vm::Command),
    /// Follow the chain, answer requests, dispute false claims.
    Node(Box<node::Args>),
    /// Tell what a running node does and has at stake.
    Status(status::Args),
    /// Pause roles, change limits and hurry transactions of a running node.
    Admin(admin::Args),
    /// Name, dismiss and tell the keys that play an account's disputes.
    #[command(subcommand)]
    Operator(operator::Command),
    /// Take, give up and tell seats of validators, and the money in them.
    #[command(subcommand)]
    Validator(validator::Command),
    /// Deploy the contracts with a guest version and a profile.
    Deploy(deploy::Args),
    /// Look at, write out and register models.
    #[command(subcommand)]
    Model(model::Command),
    /// Ask a question on chain.
    Request(request::Args),
    /// Publish an answer on chain, or hand it out again to who asked.
    #[command(subcommand)]
    Answer(answer::Command),
    /// Check an answer against the contract, whoever tells it.
    VerifyOutput(verify_output::Args),
    /// Run a model on this machine, without the chain.
    Infer(infer::Args),
    /// Look at disputes.
    #[command(subcommand)]
    Dispute(dispute::Command),
}

/// Runs the command that the arguments of the process ask for.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let help = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            // Nothing is left to do if the terminal is gone.
            let _ = error.print();
            return if help { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
    };
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOGS));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads the result has seen enough, as `head` has.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn is_broken_pipe(error: &eyre::Report) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn run(Cli { threads, simd, command }: Cli) -> eyre::Result<()> {
    let threads = threads.or_else(|| available_parallelism().ok()).unwrap_or(NonZero::<usize>::MIN);
    Cpu::new(threads, simd.unwrap_or_else(Level::detect))?.share();
    match command {
        Command::Vm(command) => vm::run(&command),
        Command::Infer(args) => infer::run(&args),
        Command::Node(args) => block_on(node::run(*args)),
        Command::Admin(args) => block_on(admin::run(args)),
        Command::Status(args) => block_on(status::run(args)),
        Command::Answer(command) => block_on(answer::run(command)),
        Command::Operator(command) => block_on(operator::run(command)),
        Command::Validator(command) => block_on(validator::run(command)),
        Command::Deploy(args) => block_on(deploy::run(args)),
        Command::Model(command) => block_on(model::run(command)),
        Command::Request(args) => block_on(request::run(args)),
        Command::VerifyOutput(args) => block_on(verify_output::run(args)),
        Command::Dispute(command) => block_on(dispute::run(command)),
    }
}

fn block_on(command: impl Future<Output = eyre::Result<()>>) -> eyre::Result<()> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(command)
}
