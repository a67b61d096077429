//! A disagreement: reduced to a small program, and written down so that it can be run again by hand.

use crate::{Case, Runner};
use opml_fpvm::{Cpu, Fault, State, decode};
use std::fmt;

/// A program on which somebody does not do what the reference step does.
#[derive(Debug)]
pub struct Difference {
    /// Who differs, and how.
    pub what: String,
    case: Case,
    /// States of the reference and of the other after the first differing step.
    after: Option<Pair>,
}

#[derive(Debug)]
struct Pair {
    step: u64,
    reference: State,
    other: State,
}

impl Difference {
    /// A disagreement that is shown as it was found.
    pub(crate) fn whole(case: &Case, what: String) -> Self {
        Self { what, case: case.clone(), after: None }
    }

    /// Reduces a program on which `runner` differs within `steps` steps from its start: words become
    /// no-ops and registers zero as long as it still differs.
    pub(crate) fn reduce(case: &Case, runner: Runner, steps: u64) -> Self {
        let mut case = case.clone();
        if first_difference(&case.state, runner, steps).is_none() {
            let what = format!("{} differs at {steps} steps, but not in one run", runner.name);
            return Self::whole(&case, what);
        }
        let differs = |state: &State| first_difference(state, runner, steps).is_some();
        for at in 0..case.text.len() {
            let (address, word) = case.text[at];
            let mut smaller = case.state.clone();
            smaller.memory.write(address, &[0; 4]);
            if word != 0 && differs(&smaller) {
                case.state = smaller;
                case.text[at].1 = 0;
            }
        }
        for number in 1..32 {
            let mut smaller = case.state.clone();
            smaller.cpu.regs[number] = 0;
            if differs(&smaller) {
                case.state = smaller;
            }
        }
        case.text.retain(|(_, word)| *word != 0);
        let after = first_difference(&case.state, runner, steps);
        Self { what: format!("{} differs", runner.name), case, after }
    }
}

/// The first of `steps` steps after which `runner`, run from `start`, is in another state than the
/// reference, or has counted otherwise. Found by bisection: two machines that differ stay different.
fn first_difference(start: &State, runner: Runner, steps: u64) -> Option<Pair> {
    let differs_at = |step: u64| {
        let (mut reference, mut other) = (start.clone(), start.clone());
        let mut executed = 0;
        while executed < step && !reference.exited() {
            reference.step();
            executed += 1;
        }
        let counted = (runner.run)(&mut other, step);
        let same = counted == executed && reference.hash() == other.hash();
        (!same).then_some(Pair { step, reference, other })
    };
    let mut found = differs_at(steps)?;
    let mut low = 0;
    while found.step - low > 1 {
        let middle = low + (found.step - low) / 2;
        match differs_at(middle) {
            Some(pair) => found = pair,
            None => low = middle,
        }
    }
    Some(found)
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.what)?;
        writeln!(f, "start: {}", Registers(&self.case.state.cpu, &Cpu::default()))?;
        for (address, word) in &self.case.text {
            match decode(*word) {
                Some(instruction) => writeln!(f, "{address:8x}: {word:08x}  {instruction}")?,
                None => writeln!(f, "{address:8x}: {word:08x}  reserved")?,
            }
        }
        let Some(Pair { step, reference, other }) = &self.after else { return Ok(()) };
        writeln!(f, "first different after step {step}")?;
        writeln!(f, "reference: {}", Registers(&reference.cpu, &other.cpu))?;
        writeln!(f, "other:     {}", Registers(&other.cpu, &reference.cpu))?;
        if reference.memory.root() != other.memory.root() {
            writeln!(f, "their memories differ: {}", first_difference_in_memory(reference, other))?;
        }
        Ok(())
    }
}

/// Those registers of the first that differ from the second.
struct Registers<'a>(&'a Cpu, &'a Cpu);

impl fmt::Display for Registers<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(cpu, other) = self;
        write!(f, "pc {:#x} nextPc {:#x}", cpu.pc, cpu.next_pc)?;
        for (name, value, other) in
            [("hi", cpu.hi, other.hi), ("lo", cpu.lo, other.lo), ("exit", cpu.exit, other.exit)]
        {
            if value != other {
                write!(f, " {name} {value:#x}")?;
            }
        }
        for (number, (value, other)) in cpu.regs.iter().zip(&other.regs).enumerate() {
            if value != other {
                write!(f, " r{number} {value:#x}")?;
            }
        }
        match Fault::from_exit_word(cpu.exit) {
            Some(fault) => write!(f, " ({fault})"),
            None => Ok(()),
        }
    }
}

fn first_difference_in_memory(a: &State, b: &State) -> String {
    let pages = a.memory.pages().into_iter().chain(b.memory.pages());
    for (page, _) in pages {
        for at in (page..page + opml_memory::PAGE_BYTES as u64).step_by(8) {
            let (ours, theirs) = (a.memory.read_u64(at), b.memory.read_u64(at));
            if ours != theirs {
                return format!("{ours:#018x} and {theirs:#018x} at {at:#x}");
            }
        }
    }
    "only in their roots".to_owned()
}
