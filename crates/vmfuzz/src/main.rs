//! The long runs: `cargo xtask fuzz`.

mod report;

use clap::{Args, Parser, Subcommand};
use eyre::{Result, eyre};
use opml_vmfuzz::{Difference, RUNNERS, search};
use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

/// How often a long run tells how far it is.
const TELL: Duration = Duration::from_secs(10);

/// Runs random programs on everything that runs or verifies the machine, and compares the states.
#[derive(Debug, Parser)]
#[command(name = "opml-vmfuzz")]
struct Cli {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The reference step with every engine and with witnesses.
    Vm(Options),
    /// The reference step with the verifier on chain, in an EVM of this process.
    #[cfg(feature = "verifier")]
    Verifier {
        #[command(flatten)]
        options: Options,
        /// Verify by the deployed code of this artifact.
        #[arg(long)]
        artifact: Option<std::path::PathBuf>,
    },
}

/// Which programs, and how many.
#[derive(Debug, Args)]
struct Options {
    /// Steps of the reference to compare; 0: one program.
    #[arg(long)]
    steps: u64,
    /// Seed of all programs.
    #[arg(long)]
    seed: u64,
    /// Number of the first program, as a report of a difference names it.
    #[arg(long)]
    program: u64,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().what {
        What::Vm(options) => vm(&options),
        #[cfg(feature = "verifier")]
        What::Verifier { options, artifact } => verifier(&options, artifact.as_deref()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn vm(options: &Options) -> Result<()> {
    let mut told = Told::new(options);
    let Options { seed, program, steps, .. } = *options;
    let tally =
        search(seed, program, steps, RUNNERS, |tally| told.tell(tally.steps, tally.programs))
            .map_err(|(program, difference)| told.again("vm", program, &difference))?;
    report::vm(options, &tally, told.start.elapsed())
}

#[cfg(feature = "verifier")]
fn verifier(options: &Options, artifact: Option<&std::path::Path>) -> Result<()> {
    let mut evm = match artifact {
        Some(path) => opml_vmfuzz::Evm::with_code(report::deployed_code(path)?),
        None => opml_vmfuzz::Evm::default(),
    };
    let mut told = Told::new(options);
    let Options { seed, program, steps, .. } = *options;
    let windows = opml_vmfuzz::search_on_chain(&mut evm, seed, program, steps, |windows| {
        told.tell(windows.steps, windows.programs);
    })
    .map_err(|(program, difference)| told.again("verifier", program, &difference))?;
    report::verifier(options, &windows, told.start.elapsed())
}

/// What has been told of a run.
struct Told<'a> {
    options: &'a Options,
    start: Instant,
    last: Instant,
}

impl<'a> Told<'a> {
    fn new(options: &'a Options) -> Self {
        let start = Instant::now();
        Self { options, start, last: start }
    }

    fn tell(&mut self, steps: u64, programs: u64) {
        if self.last.elapsed() > TELL {
            self.last = Instant::now();
            eprintln!("{steps} of {} steps, {programs} programs", self.options.steps);
        }
    }

    fn again(&self, what: &str, program: u64, difference: &Difference) -> eyre::Report {
        let seed = self.options.seed;
        eyre!(
            "{difference}\nagain: cargo xtask fuzz {what} --seed {seed} --program {program} --steps 0"
        )
    }
}
