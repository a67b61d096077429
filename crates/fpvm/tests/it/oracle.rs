//! An opinion that is not ours: what QEMU's MIPS64r2 does, in cases that `oracle/generate.py` recorded.

use crate::asm::state;
use opml_fpvm::{Fault, State};
use opml_vmfuzz::Encoding;
use std::collections::BTreeSet;

const DATA: u64 = 1 << 25;

/// A recorded case: registers rs, rt and rd, hi, lo and two double words before, and if the
/// instruction did not fault, pc, rs, rt, rd, r31, hi, lo and the double words after.
struct Case<'a> {
    name: &'a str,
    faults: bool,
    word: u32,
    numbers: Vec<u64>,
}

impl<'a> Case<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let mut columns = line.split(' ');
        let (name, outcome) = (columns.next()?, columns.next()?);
        let word = u32::from_str_radix(columns.next()?, 16).ok()?;
        let numbers: Option<Vec<_>> =
            columns.map(|number| u64::from_str_radix(number, 16).ok()).collect();
        Some(Self { name, faults: outcome == "fault", word, numbers: numbers? })
    }

    /// Numbers of the registers rs, rt and rd.
    const fn registers(&self) -> [usize; 3] {
        [
            self.word as usize >> 21 & 31,
            self.word as usize >> 16 & 31,
            self.word as usize >> 11 & 31,
        ]
    }

    fn before(&self) -> State {
        let mut state = state(&[self.word], 0, 0);
        for (register, value) in self.registers().into_iter().zip(&self.numbers) {
            state.cpu.regs[register] = *value;
        }
        state.cpu.regs[0] = 0;
        (state.cpu.hi, state.cpu.lo) = (self.numbers[3], self.numbers[4]);
        state.memory.write_u64(DATA, self.numbers[5]);
        state.memory.write_u64(DATA + 8, self.numbers[6]);
        state
    }

    fn check_after(&self, before: &State, after: &State) {
        let [pc, values @ .., hi, lo, low, high] = &self.numbers[7..] else {
            panic!("{} {:#010x}: incomplete case", self.name, self.word);
        };
        let context = format!("{} {:#010x}", self.name, self.word);
        assert_eq!(after.cpu.pc, *pc, "{context}");
        let mut regs = before.cpu.regs;
        for (register, value) in self.registers().into_iter().chain([31]).zip(values) {
            regs[register] = *value;
        }
        assert_eq!(after.cpu.regs, regs, "{context}");
        assert_eq!((after.cpu.hi, after.cpu.lo), (*hi, *lo), "{context}");
        let memory = [DATA, DATA + 8].map(|at| after.memory.read_u64(at));
        assert_eq!(memory, [*low, *high], "{context}");
    }
}

#[test]
fn qemu_does_the_same() {
    let mut seen = BTreeSet::new();
    for line in include_str!("oracle/cases.txt").lines() {
        let case = Case::parse(line).unwrap();
        let before = case.before();
        let mut after = before.clone();
        after.step();
        // The oracle runs a branch and its delay slot as one.
        if !case.faults && after.cpu.pc != case.numbers[7] {
            after.step();
        }
        if case.faults {
            assert!(Fault::from_exit_word(after.cpu.exit).is_some(), "{line}");
        } else {
            assert_eq!(after.cpu.exit, 0, "{line}");
            case.check_after(&before, &after);
        }
        seen.insert(case.name);
    }
    let no_opinion = ["syscall", "break", "ll", "lld", "sc", "scd"];
    for encoding in Encoding::all() {
        assert_ne!(
            seen.contains(encoding.name),
            no_opinion.contains(&encoding.name),
            "{}",
            encoding.name
        );
    }
}
