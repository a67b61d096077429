//! `opml vm trace`: each instruction with what it changes.

use std::{
    io::{self, BufWriter, Write},
    path::PathBuf,
};

use anstyle::{AnsiColor, Style};
use eyre::{Result, ensure};
use opml_fpvm::{Cpu, State, Symbols};
use serde::Serialize;

use super::{
    machine::Source,
    report::{
        Pair, differing_fields, end, exit_code, fault, hex, instruction, place, readable, word_at,
    },
    watch::watched_step,
};

const LABEL: Style = Style::new().bold();
const STEP: Style = Style::new().dimmed();
const PC: Style = AnsiColor::Cyan.on_default();
const REGISTER: Style = AnsiColor::Green.on_default();
const MEMORY: Style = AnsiColor::Yellow.on_default();
const END: Style = AnsiColor::Red.on_default().bold();

/// Arguments of `opml vm trace`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    source: Source,
    /// First step to show; the start of the program, or of the snapshot, if left out
    #[arg(long, value_name = "A")]
    from: Option<u64>,
    /// Step to end before; the end of the program if left out
    #[arg(long, value_name = "B")]
    to: Option<u64>,
    /// ELF file with the names of a snapshot's functions
    #[arg(long, value_name = "ELF")]
    symbols: Option<PathBuf>,
    /// Print one JSON object for each step
    #[arg(long)]
    json: bool,
}

/// One executed instruction.
#[derive(Debug)]
struct Traced {
    step: u64,
    before: Cpu,
    after: Cpu,
    /// None if there is no instruction at pc.
    word: Option<u32>,
    text: String,
    /// The double words that the step changed.
    stores: Vec<Pair<u64>>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let mut machine = args.source.open()?;
    let from = args.from.unwrap_or(machine.step);
    let to = args.to.unwrap_or(u64::MAX);
    ensure!(from <= to, "--from {from} lies after --to {to}");
    let symbols = args.source.symbols(args.symbols.as_deref())?;
    machine.seek(from)?;
    let mut out = BufWriter::new(anstream::stdout().lock());
    let mut label = None;
    while machine.step < to && !machine.state.exited() {
        let traced = Traced::step(&mut machine.state, machine.step);
        machine.step += 1;
        if args.json {
            serde_json::to_writer(&mut out, &traced.object(&symbols)).map_err(io::Error::from)?;
            writeln!(out)?;
            continue;
        }
        let place = symbols.at(traced.before.pc);
        let now = place.map(|(name, _)| name);
        if now != label {
            writeln!(out, "{LABEL}{}:{LABEL:#}", now.map_or_else(|| "?".to_owned(), readable))?;
            label = now;
        }
        traced.write(place.map(|(_, offset)| offset), &mut out)?;
    }
    out.flush()?;
    Ok(())
}

impl Traced {
    fn step(state: &mut State, number: u64) -> Self {
        let before = state.cpu;
        let (word, text) = (word_at(&before, &state.memory), instruction(&before, &state.memory));
        let mut stores = watched_step(state);
        stores.retain(|word| word.left != word.right);
        Self { step: number, before, after: state.cpu, word, text, stores }
    }

    /// The registers that the step changed. What an exit clears is left out, and so are program
    /// counters, which every step changes.
    fn registers(&self) -> Vec<Pair<String>> {
        if self.after.exit != 0 {
            return Vec::new();
        }
        let mut changed = differing_fields(&self.before, &self.after);
        changed.retain(|field| field.key != "pc" && field.key != "next_pc");
        changed
    }

    fn write(&self, offset: Option<u64>, out: &mut impl Write) -> Result<()> {
        let offset = offset.map(|offset| format!("+{offset:#x}")).unwrap_or_default();
        write!(out, "{STEP}{:>10}{STEP:#}  {PC}{:#08x}{PC:#} ", self.step, self.before.pc)?;
        let changes: Vec<String> = self
            .registers()
            .iter()
            .map(|change| format!("{REGISTER}{}{REGISTER:#} {}", change.key, values(change)))
            .chain(
                self.stores.iter().map(|change| {
                    format!("{MEMORY}[{:#x}]{MEMORY:#} {}", change.key, values(change))
                }),
            )
            .chain((self.after.exit != 0).then(|| format!("{END}{}{END:#}", end(self.after.exit))))
            .collect();
        if changes.is_empty() {
            writeln!(out, "{offset:<8} {}", self.text)?;
        } else {
            writeln!(out, "{offset:<8} {:<28} {}", self.text, changes.join("  "))?;
        }
        Ok(())
    }

    fn object(&self, symbols: &Symbols) -> Object {
        Object {
            step: self.step,
            pc: hex(self.before.pc),
            place: place(symbols, self.before.pc),
            word: self.word.map(|word| format!("{word:#010x}")),
            instruction: self.word.map(|_| self.text.clone()),
            registers: self
                .registers()
                .into_iter()
                .map(|change| RegisterChange {
                    register: change.key,
                    before: hex(change.left),
                    after: hex(change.right),
                })
                .collect(),
            memory: self
                .stores
                .iter()
                .map(|change| MemoryChange {
                    address: hex(change.key),
                    before: hex(change.left),
                    after: hex(change.right),
                })
                .collect(),
            next_pc: hex(self.after.pc),
            code: exit_code(self.after.exit),
            fault: fault(self.after.exit),
        }
    }
}

fn values<K>(change: &Pair<K>) -> String {
    format!("{:#x} → {:#x}", change.left, change.right)
}

/// A step in JSON.
#[derive(Debug, Serialize)]
struct Object {
    step: u64,
    pc: String,
    /// `function+offset`.
    place: Option<String>,
    word: Option<String>,
    instruction: Option<String>,
    registers: Vec<RegisterChange>,
    memory: Vec<MemoryChange>,
    /// pc after the step.
    next_pc: String,
    code: Option<u8>,
    fault: Option<String>,
}

#[derive(Debug, Serialize)]
struct RegisterChange {
    register: String,
    before: String,
    after: String,
}

/// A changed double word; its bytes in memory are those of the number, the lowest first.
#[derive(Debug, Serialize)]
struct MemoryChange {
    address: String,
    before: String,
    after: String,
}
