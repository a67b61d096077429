//! `opml vm diff`: the first step at which two runs differ.

use std::path::PathBuf;

use eyre::{Result, ensure};
use opml_fpvm::{Cpu, Symbols};
use serde::Serialize;

use super::{
    compare::{MemoryDifferences, Runs},
    machine::{Engine, Machine, symbols},
    report::{Pair, differing_fields, hex, instruction, place},
};
use crate::commands::print_json;

/// Arguments of `opml vm diff`. Runs that begin in the same state are compared by their state hashes, at distances that double until
/// they differ and halve from there; what differs and is equal again where they are compared is not seen. Runs that begin with different
/// memories are compared at every step by what it makes of the registers and writes to memory.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Static little-endian soft-float MIPS64 ELF file, or a snapshot that `opml vm run` wrote
    #[arg(value_name = "ELF|SNAPSHOT")]
    a: PathBuf,
    /// The same for the other run
    #[arg(value_name = "ELF|SNAPSHOT")]
    b: PathBuf,
    /// What runs A
    #[arg(long, value_enum, default_value_t)]
    engine_a: Engine,
    /// What runs B
    #[arg(long, value_enum, default_value_t)]
    engine_b: Engine,
    /// Compare no further than to this step
    #[arg(long, value_name = "N", default_value_t = u64::MAX, hide_default_value = true)]
    stop_at: u64,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// A value that differs.
#[derive(Debug, Serialize)]
struct Difference {
    name: String,
    a: String,
    b: String,
}

/// The instruction that led to different states.
#[derive(Debug, Serialize)]
struct Executed {
    pc: String,
    /// `function+offset`.
    place: Option<String>,
    instruction: String,
}

/// Where two runs part.
#[derive(Debug, Serialize)]
struct Found {
    /// Whether no difference was found.
    equal: bool,
    /// Steps after which the runs differ; if they do not, how many were compared.
    step: u64,
    /// What each run executed last before; none if they begin differently, or do not differ.
    a: Option<Executed>,
    b: Option<Executed>,
    /// Registers that differ then.
    registers: Vec<Difference>,
    /// Memory that differs then, and did not at the start, or not so.
    memory: Words,
    /// Memory that differs at the start.
    memory_at_start: Words,
}

/// Double words of memory that differ.
#[derive(Debug, Serialize)]
struct Words {
    count: u64,
    /// The lowest of them.
    lowest: Vec<Difference>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let mut runs = Runs {
        a: Machine::open(&args.a, args.engine_a)?,
        b: Machine::open(&args.b, args.engine_b)?,
    };
    let start = runs.step();
    ensure!(
        runs.a.step == runs.b.step,
        "{} is of step {} and {} of step {}",
        args.a.display(),
        runs.a.step,
        args.b.display(),
        runs.b.step
    );
    ensure!(
        args.stop_at >= start,
        "--stop-at {} lies before the snapshots of step {start}",
        args.stop_at
    );
    let symbols = [symbols(&args.a)?, symbols(&args.b)?];
    let (start, at_start) = (runs.clone(), runs.memory_differences());
    let before = if at_start.words == 0 {
        runs.find_by_states(args.stop_at)
    } else {
        runs.find_by_effects(args.stop_at)
    };
    let since = runs.memory_differences_since(&start);
    let registers = differing_fields(&runs.a.state.cpu, &runs.b.state.cpu);
    // Text does not change, so the instruction is still there.
    let executed = |cpu: Cpu, machine: &Machine, symbols: &Symbols| Executed {
        pc: hex(cpu.pc),
        place: place(symbols, cpu.pc),
        instruction: instruction(&cpu, &machine.state.memory),
    };
    let found = Found {
        equal: registers.is_empty() && since.words == 0 && before.is_none(),
        step: runs.step(),
        a: before.map(|[a, _]| executed(a, &runs.a, &symbols[0])),
        b: before.map(|[_, b]| executed(b, &runs.b, &symbols[1])),
        registers: registers.iter().map(|pair| difference(&pair.key, pair)).collect(),
        memory: since.into(),
        memory_at_start: at_start.into(),
    };
    if args.json {
        return print_json(&found);
    }
    found.print();
    Ok(())
}

impl Found {
    fn print(&self) {
        if self.memory_at_start.count != 0 {
            println!("{} double words of memory differ at the start", self.memory_at_start.count);
            self.memory_at_start.print();
        }
        if self.equal {
            let what = if self.memory_at_start.count == 0 { "states" } else { "steps" };
            println!("no difference in {what} up to step {}", self.step);
            return;
        }
        println!("first difference after step {}", self.step);
        for (run, executed) in [("a", &self.a), ("b", &self.b)] {
            if let Some(Executed { pc, place, instruction }) = executed {
                let place = place.as_deref().unwrap_or_default();
                println!("  {run}  {pc} {place} {instruction}");
            }
        }
        for Difference { name, a, b } in &self.registers {
            println!("  {name}  {a} | {b}");
        }
        self.memory.print();
    }
}

impl Words {
    fn print(&self) {
        for Difference { name, a, b } in &self.lowest {
            println!("  [{name}]  {a} | {b}");
        }
        let hidden = self.count - self.lowest.len() as u64;
        if hidden != 0 {
            println!("  and {hidden} more double words of memory");
        }
    }
}

impl From<MemoryDifferences> for Words {
    fn from(memory: MemoryDifferences) -> Self {
        let lowest = memory.lowest.iter().map(|pair| difference(&hex(pair.key), pair)).collect();
        Self { count: memory.words, lowest }
    }
}

fn difference<K>(name: &str, pair: &Pair<K>) -> Difference {
    Difference { name: name.to_owned(), a: hex(pair.left), b: hex(pair.right) }
}
