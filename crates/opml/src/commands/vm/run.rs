//! `opml vm run`: a program to its end, or to a step of interest.

use std::{
    path::{Path, PathBuf},
    time::Instant,
};

use eyre::{Result, ensure};
use opml_fpvm::Symbols;
use serde::Serialize;

use super::{
    machine::{Machine, Source},
    pattern::Pattern,
    report::{Registers, end, exit_code, fault, hex, instruction, place},
    snapshot,
};
use crate::{commands::print_json, output};

/// Arguments of `opml vm run`. PATTERN is `never`, `always`, `=N` (after step N) or `%N` (after every multiple of N steps).
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// Stop after this many steps, counted from the start of the program
    #[arg(long, value_name = "N")]
    stop_at: Option<u64>,
    /// When to write a snapshot
    #[arg(long, value_name = "PATTERN", default_value = "never")]
    snapshot_at: Pattern,
    /// Folder for the snapshots, made if it is missing
    #[arg(long, value_name = "DIR", default_value = "snapshots")]
    snapshots: PathBuf,
    /// When to tell on standard error how far the run is
    #[arg(long, value_name = "PATTERN", default_value = "never")]
    info_at: Pattern,
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
    /// Steps since the start of the program.
    steps: u64,
    pc: String,
    registers: Registers,
    memory_root: String,
    state_hash: String,
    snapshots: Vec<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let mut machine = args.source.open()?;
    let stop = args.stop_at.unwrap_or(u64::MAX);
    ensure!(
        stop >= machine.step,
        "--stop-at {stop} lies before the snapshot of step {}",
        machine.step
    );
    let mut info = Info::new(args.source.symbols(None)?, &machine);
    let mut snapshots = Vec::new();
    loop {
        if args.info_at.matches(machine.step) {
            info.print(&machine);
        }
        if args.snapshot_at.matches(machine.step) {
            snapshots.push(write_snapshot(&machine, &args.snapshots, &args.source.stem())?);
        }
        if machine.state.exited() || machine.step == stop {
            break;
        }
        let [info, snapshot] =
            [args.info_at, args.snapshot_at].map(|pattern| pattern.next_after(machine.step));
        machine.run_to(stop.min(info).min(snapshot));
    }
    print(&machine, snapshots, args.json)
}

/// Writes `DIR/STEM-STEP.snapshot`.
fn write_snapshot(machine: &Machine, folder: &Path, stem: &str) -> Result<PathBuf> {
    output::folder(folder)?;
    let path = folder.join(format!("{stem}-{}.snapshot", machine.step));
    output::write(&path, &snapshot::encode(&machine.state, machine.step))?;
    Ok(path)
}

fn print(machine: &Machine, snapshots: Vec<PathBuf>, json: bool) -> Result<()> {
    let cpu = machine.state.cpu;
    let ran = Ran {
        exited: machine.state.exited(),
        code: exit_code(cpu.exit),
        fault: fault(cpu.exit),
        steps: machine.step,
        pc: hex(cpu.pc),
        registers: Registers(cpu),
        memory_root: machine.state.memory.root().to_string(),
        state_hash: machine.state.hash().to_string(),
        snapshots,
    };
    if json {
        return print_json(&ran);
    }
    let state = if ran.exited { end(cpu.exit) } else { format!("running at pc {}", ran.pc) };
    println!("{state} after {} steps", ran.steps);
    println!("memory root {}", ran.memory_root);
    println!("state hash  {}", ran.state_hash);
    for path in &ran.snapshots {
        println!("snapshot    {}", path.display());
    }
    Ok(())
}

/// Lines that tell how far a run is.
struct Info {
    symbols: Symbols,
    /// When and at which step the line before was printed.
    before: (Instant, u64),
}

impl Info {
    fn new(symbols: Symbols, machine: &Machine) -> Self {
        Self { symbols, before: (Instant::now(), machine.step) }
    }

    fn print(&mut self, machine: &Machine) {
        let (now, cpu) = (Instant::now(), &machine.state.cpu);
        let (then, step) = self.before;
        let seconds = (now - then).as_secs_f64();
        let speed = if seconds > 0.0 { (machine.step - step) as f64 / seconds } else { 0.0 };
        self.before = (now, machine.step);
        eprintln!(
            "step {} pc {:#08x} {} {} ({:.2} M steps/s, {} pages)",
            machine.step,
            cpu.pc,
            place(&self.symbols, cpu.pc).unwrap_or_default(),
            instruction(cpu, &machine.state.memory),
            speed / 1e6,
            machine.state.memory.pages().len()
        );
    }
}
