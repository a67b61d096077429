//! `opml vm`: programs in the fraud-proof VM.

use std::{fs, path::PathBuf};

use clap::Subcommand;
use eyre::{Result, WrapErr, bail};
use opml_fpvm::{MAX_STEPS, Program, State, verify, witness};
use opml_memory::Memory;
use serde::Serialize;

use super::print_json;

/// Subcommands of `opml vm`.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a program until it exits.
    Run(Run),
    /// Write the proof of a step.
    Witness(Witness),
}

/// Arguments of `opml vm run`.
#[derive(Debug, clap::Args)]
pub(crate) struct Run {
    /// Static little-endian MIPS64 ELF file
    file: PathBuf,
    /// Stop after this many steps
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Arguments of `opml vm witness`.
#[derive(Debug, clap::Args)]
pub(crate) struct Witness {
    /// Static little-endian MIPS64 ELF file
    file: PathBuf,
    /// Steps before the first proved one
    #[arg(long, value_name = "N")]
    at: u64,
    /// Steps that the witness proves
    #[arg(long, value_name = "C", default_value_t = 1)]
    steps: u32,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// The state after a run.
#[derive(Debug, Serialize)]
struct Ran {
    exited: bool,
    /// The exit code; none while the program runs and after a fault.
    code: Option<u8>,
    /// The fault; none while the program runs and after an exit.
    fault: Option<String>,
    steps: u64,
    pc: u64,
    memory_root: String,
    state_hash: String,
}

/// A witness with the hashes between which it leads.
#[derive(Debug, Serialize)]
struct Proved {
    at: u64,
    steps: u32,
    start_hash: String,
    end_hash: String,
    witness: String,
}

pub(crate) fn run(command: &Command) -> Result<()> {
    match command {
        Command::Run(args) => run_program(args),
        Command::Witness(args) => write_witness(args),
    }
}

fn start(file: &PathBuf) -> Result<State> {
    let elf = fs::read(file).wrap_err_with(|| format!("program {}", file.display()))?;
    let program =
        Program::from_elf(&elf).wrap_err_with(|| format!("program {}", file.display()))?;
    Ok(program.start(Memory::new()))
}

fn run_program(args: &Run) -> Result<()> {
    let mut state = start(&args.file)?;
    let steps = state.run(args.steps.unwrap_or(u64::MAX));
    let ran = Ran {
        exited: state.exited(),
        code: exit_code(state.cpu.exit),
        fault: fault(state.cpu.exit),
        steps,
        pc: state.cpu.pc,
        memory_root: state.memory.root().to_string(),
        state_hash: state.hash().to_string(),
    };
    if args.json {
        return print_json(&ran);
    }
    let end = match (&ran.code, &ran.fault) {
        (Some(code), _) => format!("exited with code {code}"),
        (None, Some(fault)) => format!("stopped with fault {fault}"),
        (None, None) => format!("running at pc {:#x}", ran.pc),
    };
    println!("{end} after {} steps", ran.steps);
    println!("memory root {}", ran.memory_root);
    println!("state hash  {}", ran.state_hash);
    Ok(())
}

fn write_witness(args: &Witness) -> Result<()> {
    if args.steps == 0 || args.steps > MAX_STEPS {
        bail!("--steps {} is not from 1 to {MAX_STEPS}", args.steps);
    }
    let mut state = start(&args.file)?;
    let ran = state.run(args.at);
    if ran < args.at {
        bail!("the program ends after {ran} steps, before step {}", args.at);
    }
    let bytes = witness(&state, args.steps)
        .wrap_err_with(|| format!("steps {} to {}", args.at, args.at + u64::from(args.steps)))?;
    let (start_hash, end_hash) =
        verify(args.steps, &bytes).wrap_err("the witness proves nothing")?;
    let proved = Proved {
        at: args.at,
        steps: args.steps,
        start_hash: start_hash.to_string(),
        end_hash: end_hash.to_string(),
        witness: alloy_primitives::hex::encode_prefixed(&bytes),
    };
    if args.json {
        return print_json(&proved);
    }
    eprintln!("{} bytes from {} to {}", bytes.len(), proved.start_hash, proved.end_hash);
    println!("{}", proved.witness);
    Ok(())
}

/// The code of an exit word `0x100 | code`.
fn exit_code(exit: u64) -> Option<u8> {
    (exit >> 8 == 1).then_some(exit as u8)
}

/// The name of the fault in an exit word.
fn fault(exit: u64) -> Option<String> {
    opml_fpvm::Fault::from_exit_word(exit).map(|fault| format!("{fault:?}"))
}
