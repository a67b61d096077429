//! Moments of the true run at which an instruction of each kind executes.

use std::{collections::BTreeMap, sync::Arc};

use eyre::{Result, eyre};
use opml_engine::Engine;
use opml_fpvm::{AluOp, Instruction, Register, State, decode};
use opml_tensor::layout::{DATA_HALF, WEIGHTS};

use super::stage::Stage;

/// Kinds of instructions, by what an evaluation of one has to prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Alu,
    Multiply,
    Branch,
    LoadWeight,
    LoadData,
    LoadGuest,
    StoreData,
    StoreGuest,
    Exit,
}

impl Class {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Alu => "ALU",
            Self::Multiply => "multiply",
            Self::Branch => "branch or jump",
            Self::LoadWeight => "load from the weights",
            Self::LoadData => "load from the data half",
            Self::LoadGuest => "load from stack or constants",
            Self::StoreData => "store to the data half",
            Self::StoreGuest => "store to the stack",
            Self::Exit => "exit",
        }
    }

    /// The kind of an instruction on these registers; `None` of one that a model's run does not dwell on.
    fn of(instruction: Instruction, regs: &[u64; 32]) -> Option<Self> {
        let address = |base: Register, offset: i16| regs[base.index()].wrapping_add(offset as u64);
        Some(match instruction {
            Instruction::MulDiv { .. } | Instruction::Alu { op: AluOp::Mul, .. } => Self::Multiply,
            Instruction::Alu { .. } | Instruction::AluImmediate { .. } => Self::Alu,
            Instruction::Branch { .. }
            | Instruction::Jump { .. }
            | Instruction::JumpRegister { .. } => Self::Branch,
            Instruction::Load { base, offset, .. } => match address(base, offset) {
                WEIGHTS.. => Self::LoadWeight,
                DATA_HALF.. => Self::LoadData,
                _ => Self::LoadGuest,
            },
            Instruction::Store { base, offset, .. } => match address(base, offset) {
                DATA_HALF.. => Self::StoreData,
                _ => Self::StoreGuest,
            },
            Instruction::Syscall => Self::Exit,
            _ => return None,
        })
    }
}

/// An instruction of the true run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Large steps before it.
    pub(super) large: u64,
    /// Small steps of that large step before it.
    pub(super) small: u64,
    /// As the assembler writes it.
    pub(super) text: String,
}

/// For each kind its middle occurrence in a dense tile of the middle of the run, else in the first of the later tiles that
/// has any: the last dense one, argmax, the first copy.
pub(super) fn find(stage: &Stage) -> Result<BTreeMap<Class, Found>> {
    let n = stage.truth.n;
    let mut found = BTreeMap::new();
    // The run ends with argmax, two copies and halt, all of one tile.
    for large in [n / 2, n - 5, n - 4, n - 3] {
        for (class, occurrences) in occurrences(stage, large)? {
            let (small, instruction) = occurrences[occurrences.len() / 2];
            let text = instruction.to_string();
            found.entry(class).or_insert(Found { large, small, text });
        }
    }
    Ok(found)
}

/// All instructions of a large step by kind, each with the number of small steps before it.
fn occurrences(stage: &Stage, large: u64) -> Result<BTreeMap<Class, Vec<(u64, Instruction)>>> {
    let mut engine = Engine::new(Arc::clone(&stage.model), &stage.input)?;
    engine.run_to(large)?;
    let mut state = stage.world.guest().program.start(engine.snapshot());
    let mut occurrences: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut small = 0;
    while !state.exited() {
        let instruction = next(&state)?;
        if let Some(class) = Class::of(instruction, &state.cpu.regs) {
            occurrences.entry(class).or_default().push((small, instruction));
        }
        state.step();
        small += 1;
    }
    Ok(occurrences)
}

fn next(state: &State) -> Result<Instruction> {
    let mut word = [0; 4];
    state.memory.read(state.cpu.pc, &mut word);
    let word = u32::from_le_bytes(word);
    decode(word).ok_or_else(|| eyre!("{word:#010x} at {:#x} is no instruction", state.cpu.pc))
}
