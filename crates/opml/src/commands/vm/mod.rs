//! `opml vm`: programs in the fraud-proof VM. `docs/vm.md` shows these commands at work.

mod compare;
mod data;
mod diff;
mod machine;
mod pattern;
mod prove;
mod report;
mod run;
mod snapshot;
mod trace;
mod watch;
mod witness;

use clap::Subcommand;
use eyre::Result;

const PROGRAMS: &str = "\
A program is a static little-endian MIPS64 ELF file, compiled for soft float, whose text lies below 16 MiB. It starts at \
its entry point with all registers zero, sp too, and ends by the system call exit (v0 = 5058): it needs a _start of its \
own that sets sp, as crt0 files expect it from an operating system. Text cannot be written, so data and stack lie at 16 \
MiB or above.";

/// Subcommands of `opml vm`.
#[derive(Debug, Subcommand)]
#[command(after_help = PROGRAMS)]
pub(crate) enum Command {
    /// Run a program until it exits.
    #[command(after_long_help = PROGRAMS)]
    Run(run::Args),
    /// Print each instruction with what it changes.
    Trace(trace::Args),
    /// Write the proof of a few steps.
    Witness(witness::Args),
    /// Write the call of the verifier contract that proves a few steps.
    Prove(prove::Args),
    /// Find the first step at which two runs differ.
    Diff(diff::Args),
}

pub(crate) fn run(command: &Command) -> Result<()> {
    match command {
        Command::Run(args) => run::run(args),
        Command::Trace(args) => trace::run(args),
        Command::Witness(args) => witness::run(args),
        Command::Prove(args) => prove::run(args),
        Command::Diff(args) => diff::run(args),
    }
}
