//! Where a program goes, without its tensors: control flow depends on them only where a record loads a word.

use opml_engine::ModelFile;
use opml_tensor::{
    Control, ControlFlow, Operation, Record, Refusal, Registers, Span, admit,
    layout::{PAGE, RECORD},
};

/// A position in the program, and the large steps made since the walk began.
#[derive(Clone, Debug)]
pub(super) struct Walk<'a> {
    model: &'a ModelFile,
    /// Index of the next record.
    pub(super) pc: u64,
    /// Registers.
    pub(super) registers: [u64; 16],
    /// Large steps of the records that have been walked over.
    pub(super) steps: u64,
}

/// Why a walk stops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// The next record loads a word.
    Load {
        /// Where the word goes.
        register: u8,
        /// Where it lies.
        from: Span,
    },
    /// The next record ends the run.
    Halt,
    /// The next record is the one asked for.
    Place,
}

impl<'a> Walk<'a> {
    /// A walk from a state in which no record is half done.
    pub(super) fn new(model: &'a ModelFile, control: &Control) -> Self {
        let registers = std::array::from_fn(|index| control.registers.get(index as u8));
        Self { model, pc: control.pc, registers, steps: 0 }
    }

    /// Walks to the next stop; over `place` only if the walk begins there.
    pub(super) fn next(&mut self, place: u64) -> Result<Stop, Refusal> {
        let header = self.model.header();
        let mut moved = false;
        loop {
            if moved && self.pc == place {
                return Ok(Stop::Place);
            }
            moved = true;
            let records = header.records;
            let past = Refusal::ProgramCounter { pc: self.pc, records };
            let record = self.record().filter(|_| self.pc < records.into()).ok_or(past)?;
            match admit(&record, &Registers::new(self.registers), header)? {
                Operation::Control(ControlFlow::Load { register, from }) => {
                    return Ok(Stop::Load { register, from });
                }
                Operation::Control(ControlFlow::Halt { .. }) => return Ok(Stop::Halt),
                Operation::Control(ControlFlow::Branch { target: Some(target) }) => {
                    self.pc = target;
                    self.steps += 1;
                }
                Operation::Control(ControlFlow::Assign { register, value }) => {
                    self.set(register, value);
                }
                operation => {
                    self.steps += operation.tiles();
                    self.pc += 1;
                }
            }
        }
    }

    /// Walks over a record that sets a register.
    pub(super) fn set(&mut self, register: u8, value: u64) {
        if let Some(word) = self.registers.get_mut(usize::from(register)) {
            *word = value;
        }
        self.steps += 1;
        self.pc += 1;
    }

    fn record(&self) -> Option<Record> {
        let start = usize::try_from(PAGE + self.pc.checked_mul(RECORD)?).ok()?;
        Some(Record::from_bytes(self.model.bytes().get(start..)?.first_chunk()?))
    }
}
