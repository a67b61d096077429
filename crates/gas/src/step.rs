//! Evaluations of one step, by class of instruction.

use std::collections::{BTreeMap, BTreeSet};

use eyre::{Result, eyre};
use opml_fpvm::{State, Witness, WitnessMemory, decode};
use serde::Serialize;

use crate::{
    class::{Class, Registers, classes},
    court::{Cost, Courts},
    model::{MODELS, Model},
};

/// Gas that the dearest evaluation of one step must not exceed.
pub const WORST_BAR: u64 = 110_000;
/// Gas that the median over the classes must not exceed, with typical registers.
pub const MEDIAN_BAR: u64 = 76_000;

/// The dearest instruction of a class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StepRow {
    /// The class.
    pub class: String,
    /// What the instruction touches.
    pub touches: &'static str,
    /// Size of the model, or *any* if it does not matter.
    pub model: &'static str,
    /// The dearest instruction, with typical registers.
    pub instruction: String,
    /// With typical registers.
    pub typical: Cost,
    /// With every register full; of the instruction that is then the dearest.
    pub full: Cost,
}

impl StepRow {
    fn measure(courts: &Courts, class: &Class, model: &Model) -> Result<Self> {
        let (state, typical) = dearest(courts, class, model, Registers::Typical)?;
        let (_, full) = dearest(courts, class, model, Registers::Full)?;
        Ok(Self {
            class: class.name.clone(),
            touches: class.touches.name(),
            model: if class.touches.grows() { model.name } else { "any" },
            instruction: instruction(&state),
            typical,
            full,
        })
    }

    /// Whether the step is one that a run survives or ends with: no fault.
    fn is_ordinary(&self) -> bool {
        !self.class.starts_with("fault")
    }
}

/// All classes, those whose proofs depend on the model at every size.
pub(crate) fn rows(courts: &Courts) -> Result<Vec<StepRow>> {
    let mut rows = Vec::new();
    for class in classes() {
        let models = if class.touches.grows() { &MODELS[..] } else { &MODELS[2..] };
        for model in models {
            rows.push(StepRow::measure(courts, &class, model)?);
        }
    }
    Ok(rows)
}

/// The median over the classes, faults apart, each with the dearest of what its instructions touch at any size of model.
pub(crate) fn median(rows: &[StepRow]) -> u64 {
    let mut classes: BTreeMap<&str, u64> = BTreeMap::new();
    for row in rows.iter().filter(|row| row.is_ordinary()) {
        let dearest = classes.entry(&row.class).or_default();
        *dearest = (*dearest).max(row.typical.osaka.gas);
    }
    let mut gas: Vec<u64> = classes.into_values().collect();
    gas.sort_unstable();
    gas.get(gas.len() / 2).copied().unwrap_or_default()
}

/// The state before the instruction of a class that costs most today.
pub(crate) fn dearest(
    courts: &Courts,
    class: &Class,
    model: &Model,
    registers: Registers,
) -> Result<(State, Cost)> {
    let mut found: Option<(State, Cost)> = None;
    for mut state in class.states(model, registers) {
        let leaves = touched(&state, 1)?;
        model.surround(&mut state.memory, &leaves);
        let cost = courts.evaluate(&state, 1)?;
        if found.as_ref().is_none_or(|(_, most)| most.osaka.gas < cost.osaka.gas) {
            found = Some((state, cost));
        }
    }
    found.ok_or_else(|| eyre!("no instruction in class {}", class.name))
}

/// The leaves that the next steps touch.
pub(crate) fn touched(state: &State, steps: u32) -> Result<BTreeSet<u64>> {
    Ok(match Witness::record(state, steps)?.memory {
        WitnessMemory::Root(_) => BTreeSet::new(),
        WitnessMemory::Leaves(proof) => proof.leaves().iter().map(|leaf| leaf.index).collect(),
    })
}

/// The instruction at pc, or the word if it is none.
fn instruction(state: &State) -> String {
    let mut word = [0; 4];
    if state.cpu.pc >= opml_fpvm::TEXT_END || !state.cpu.pc.is_multiple_of(4) {
        return String::new();
    }
    state.memory.read(state.cpu.pc, &mut word);
    let word = u32::from_le_bytes(word);
    decode(word).map_or_else(|| format!("{word:#010x}"), |instruction| format!("`{instruction}`"))
}
