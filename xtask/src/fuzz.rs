//! `cargo xtask fuzz`: the long comparisons of random programs, and the many games, of which the tests run a short slice.

use clap::Subcommand;
use eyre::{Result, eyre};

use crate::{process, project::Project};

/// What is compared.
#[derive(Clone, Copy, Debug, Subcommand)]
pub(crate) enum Fuzz {
    /// The reference step with every engine and with witnesses, on random programs.
    Vm {
        /// Steps of the reference to compare; 0: one program.
        #[arg(long, default_value_t = 10_500_000)]
        steps: u64,
        #[command(flatten)]
        options: Options,
    },
    /// The reference step with the verifier on chain, in windows of 1 to 16 steps.
    Verifier {
        /// Steps to verify; 0: those of one program.
        #[arg(long, default_value_t = 200_000)]
        steps: u64,
        #[command(flatten)]
        options: Options,
    },
    /// Honest parties against liars in random games on the deployed contracts.
    Games {
        /// Games to play.
        #[arg(long, default_value_t = 100_000)]
        games: u64,
        /// Seed of all games.
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Number of the first game, as a report of a lost one names it.
        #[arg(long, default_value_t = 0)]
        first: u64,
        /// Print one JSON object instead of the table.
        #[arg(long)]
        json: bool,
    },
}

#[derive(clap::Args, Clone, Copy, Debug)]
pub(crate) struct Options {
    /// Seed of all programs.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Number of the first program, as a report of a difference names it.
    #[arg(long, default_value_t = 0)]
    program: u64,
    /// Print one JSON object instead of the table.
    #[arg(long)]
    json: bool,
}

/// Runs the comparison to its end, or to the first difference.
///
/// # Errors
/// If it does not build or finds a difference.
pub(crate) fn run(project: &Project, fuzz: Fuzz) -> Result<()> {
    let (what, steps, Options { seed, program, json }) = match fuzz {
        Fuzz::Vm { steps, options } => ("vm", steps, options),
        Fuzz::Verifier { steps, options } => ("verifier", steps, options),
        Fuzz::Games { games, seed, first, json } => {
            return play(project, [games, seed, first], json);
        }
    };
    let mut command = project.cargo();
    command.args(["run", "--quiet", "--package", "opml-vmfuzz", "--features", "verifier"]);
    command.args(["--", what]);
    for (flag, value) in [("--steps", steps), ("--seed", seed), ("--program", program)] {
        command.arg(format!("{flag}={value}"));
    }
    if json {
        command.arg("--json");
    }
    process::run(&mut command)
}

/// Runs the test of `opml-game` that plays games, with more of them.
fn play(project: &Project, [games, seed, first]: [u64; 3], json: bool) -> Result<()> {
    let mut command = project.cargo();
    // With the features that all packages choose together, as the tests are built: others would build half of the dependencies anew.
    command.args(["test", "--quiet", "--workspace", "--test", "games", "--"]);
    command.args(["--exact", "honest_parties_win_every_game", "--nocapture"]);
    let variables = [("OPML_GAMES", games), ("OPML_GAMES_SEED", seed), ("OPML_GAMES_FIRST", first)];
    for (name, value) in variables {
        command.env(name, value.to_string());
    }
    if !json {
        return process::run(&mut command);
    }
    let output = process::capture(command.env("OPML_GAMES_JSON", "1"))?;
    let output = String::from_utf8_lossy(&output);
    // The runner of the tests has lines of its own.
    let object = output.lines().find(|line| line.starts_with('{'));
    println!("{}", object.ok_or_else(|| eyre!("the games have printed no object"))?);
    Ok(())
}
