//! Which encodings were executed, and with which outcomes.

use crate::{
    Encoding,
    kind::{divides, load_width, overflows, store_width},
};
use opml_fpvm::{Cpu, Fault, Instruction, decode};
use std::{collections::BTreeMap, fmt};

/// How the step of an instruction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did what it does.
    Done,
    /// Its condition held: the branch was taken, the register moved.
    Held,
    /// Its condition did not hold.
    Failed,
    /// `exit`.
    Exited,
    /// A fault.
    Faulted(Fault),
}

const OUTCOMES: usize = 4 + Fault::ALL.len();

impl Outcome {
    const fn index(self) -> usize {
        match self {
            Self::Done => 0,
            Self::Held => 1,
            Self::Failed => 2,
            Self::Exited => 3,
            Self::Faulted(fault) => 3 + fault as usize,
        }
    }

    fn all() -> impl Iterator<Item = Self> {
        [Self::Done, Self::Held, Self::Failed, Self::Exited]
            .into_iter()
            .chain(Fault::ALL.map(Self::Faulted))
    }

    /// How a step from `before` to `after` ended.
    fn of(instruction: Instruction, before: &Cpu, after: &Cpu) -> Self {
        if let Some(fault) = Fault::from_exit_word(after.exit) {
            return Self::Faulted(fault);
        }
        let get = |register: opml_fpvm::Register| before.regs[register.index()];
        let held = match instruction {
            Instruction::Branch { when, rs, rt, .. } | Instruction::Trap { when, rs, rt } => {
                when.holds(get(rs), get(rt))
            }
            Instruction::TrapImmediate { when, rs, b } => when.holds(get(rs), i64::from(b) as u64),
            Instruction::MoveIf { rt, zero, .. } => (get(rt) == 0) == zero,
            Instruction::Syscall => return Self::Exited,
            _ => return Self::Done,
        };
        if held { Self::Held } else { Self::Failed }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Held => f.write_str("held"),
            Self::Failed => f.write_str("not held"),
            Self::Exited => f.write_str("exit"),
            Self::Faulted(fault) => fault.fmt(f),
        }
    }
}

/// Counts of executed steps, by encoding and outcome.
#[derive(Clone, Debug)]
pub struct Coverage {
    encodings: Vec<Encoding>,
    /// Numbers of encodings, by opcode.
    by_opcode: Vec<Vec<usize>>,
    counts: Vec<[u64; OUTCOMES]>,
    /// Faults before an instruction was known: of the fetch, or of a reserved word.
    unknown: [u64; OUTCOMES],
}

impl Default for Coverage {
    fn default() -> Self {
        let encodings = Encoding::all();
        let mut by_opcode = vec![Vec::new(); 64];
        for (number, encoding) in encodings.iter().enumerate() {
            by_opcode[encoding.opcode()].push(number);
        }
        let counts = vec![[0; OUTCOMES]; encodings.len()];
        Self { encodings, by_opcode, counts, unknown: [0; OUTCOMES] }
    }
}

impl Coverage {
    /// Counts a step of a running state; `word` is what stood at its pc, if it could be fetched.
    pub fn record(&mut self, word: Option<u32>, before: &Cpu, after: &Cpu) {
        let number = word.and_then(|word| {
            let of_opcode = self.by_opcode[(word >> 26) as usize].iter();
            of_opcode.copied().find(|number| self.encodings[*number].matches(word))
        });
        match (number, word.and_then(decode)) {
            (Some(number), Some(instruction)) => {
                self.counts[number][Outcome::of(instruction, before, after).index()] += 1;
            }
            _ => {
                if let Some(fault) = Fault::from_exit_word(after.exit) {
                    self.unknown[Outcome::Faulted(fault).index()] += 1;
                }
            }
        }
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        let rows = self.counts.iter_mut().chain([&mut self.unknown]);
        for (row, other) in rows.zip(other.counts.iter().chain([&other.unknown])) {
            row.iter_mut().zip(other).for_each(|(count, other)| *count += other);
        }
    }

    /// Returns for every encoding how often each outcome was seen.
    pub fn encodings(&self) -> BTreeMap<&'static str, BTreeMap<String, u64>> {
        let seen = |counts: &[u64; OUTCOMES]| {
            let seen = Outcome::all().map(|outcome| (outcome.to_string(), counts[outcome.index()]));
            seen.filter(|(_, count)| *count > 0).collect()
        };
        let rows = self.encodings.iter().zip(&self.counts);
        rows.map(|(encoding, counts)| (encoding.name, seen(counts))).collect()
    }

    /// Returns how often every fault was reached.
    pub fn faults(&self) -> BTreeMap<String, u64> {
        let count = |fault| {
            let at = Outcome::Faulted(fault).index();
            self.unknown[at] + self.counts.iter().map(|counts| counts[at]).sum::<u64>()
        };
        Fault::ALL.into_iter().map(|fault| (fault.to_string(), count(fault))).collect()
    }

    /// Returns which encodings were never executed, and which faults never reached.
    pub fn unseen(&self) -> Vec<String> {
        let encodings = self.encodings().into_iter().filter(|(_, seen)| seen.is_empty());
        let faults = self.faults().into_iter().filter(|(_, count)| *count == 0);
        encodings.map(|(name, _)| name.to_owned()).chain(faults.map(|(fault, _)| fault)).collect()
    }

    /// Returns what was never seen: an encoding with an outcome that it can have, or a fault.
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        let mut example = crate::Source::seeded(0, 0);
        for (encoding, counts) in self.encodings.iter().zip(&self.counts) {
            let instruction = decode(encoding.word(&mut example));
            for outcome in instruction.map(possible).into_iter().flatten() {
                if counts[outcome.index()] == 0 {
                    missing.push(format!("{}: {outcome}", encoding.name));
                }
            }
        }
        let faults = self.faults().into_iter().filter(|(_, count)| *count == 0);
        missing.extend(faults.map(|(fault, _)| fault));
        missing
    }
}

/// The outcomes that an instruction can have.
fn possible(instruction: Instruction) -> Vec<Outcome> {
    use Outcome::{Done, Exited, Failed, Faulted, Held};
    let unaligned = |width| (width > 1).then_some(Faulted(Fault::UnalignedAccess));
    match instruction {
        Instruction::Alu { op, .. } | Instruction::AluImmediate { op, .. } if overflows(op) => {
            vec![Done, Faulted(Fault::IntegerOverflow)]
        }
        Instruction::MulDiv { op, .. } if divides(op) => {
            vec![Done, Faulted(Fault::DivisionByZero)]
        }
        Instruction::MoveIf { .. } => vec![Held, Failed],
        Instruction::Branch { .. } => vec![Held, Failed, Faulted(Fault::BranchInDelaySlot)],
        Instruction::Jump { .. } | Instruction::JumpRegister { .. } => {
            vec![Done, Faulted(Fault::BranchInDelaySlot)]
        }
        Instruction::Trap { .. } | Instruction::TrapImmediate { .. } => {
            vec![Failed, Faulted(Fault::Trap)]
        }
        Instruction::Load { op, .. } => {
            let always = [Done, Faulted(Fault::AddressOutOfRange)];
            always.into_iter().chain(unaligned(load_width(op))).collect()
        }
        Instruction::Store { op, .. } => {
            let always = [Done, Faulted(Fault::AddressOutOfRange), Faulted(Fault::StoreToText)];
            always.into_iter().chain(unaligned(store_width(op))).collect()
        }
        Instruction::Syscall => vec![Exited, Faulted(Fault::UnknownSyscall)],
        Instruction::Break => vec![Faulted(Fault::Breakpoint)],
        Instruction::Linked => vec![Faulted(Fault::LinkedAccess)],
        _ => vec![Done],
    }
}
