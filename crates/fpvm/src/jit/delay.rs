//! Where loads stand: right before what needs them.
//!
//! Cranelift's optimiser computes what is pure as late as it can, and keeps everything else in order.
//! In guest code nearly all values come from loads; so a block would load all of them first, more than there are
//! registers, and then begin to compute. A load may wait for its first use, but for no store and no call.

use cranelift_codegen::ir::{Block, Function, Inst};

/// Moves the loads of each block behind the instructions that do not need them.
pub(super) fn delay_loads(function: &mut Function) {
    let blocks: Vec<_> = function.layout.blocks().collect();
    for block in blocks {
        delay_in(function, block);
    }
}

fn delay_in(function: &mut Function, block: Block) {
    let mut next = function.layout.last_inst(block);
    while let Some(inst) = next {
        next = function.layout.prev_inst(inst);
        if is_load(function, inst)
            && let Some(bar) = first_bar(function, inst)
        {
            function.layout.remove_inst(inst);
            function.layout.insert_inst(inst, bar);
        }
    }
}

/// Whether the instruction only loads, and never traps.
fn is_load(function: &Function, inst: Inst) -> bool {
    let data = &function.dfg.insts[inst];
    let opcode = data.opcode();
    opcode.can_load()
        && !opcode.can_store()
        && !opcode.is_call()
        && data.memflags_trap_code(&function.dfg).is_none()
}

/// The first instruction behind `load` that uses it, or that loads must not pass.
fn first_bar(function: &Function, load: Inst) -> Option<Inst> {
    let value = function.dfg.first_result(load);
    let bars = |inst: &Inst| {
        let mut used = function.dfg.inst_values(*inst);
        bars_loads(function, *inst) || used.any(|used| function.dfg.resolve_aliases(used) == value)
    };
    let behind = |inst: &Inst| function.layout.next_inst(*inst);
    std::iter::successors(behind(&load), behind).find(bars)
}

fn bars_loads(function: &Function, inst: Inst) -> bool {
    let opcode = function.dfg.insts[inst].opcode();
    opcode.can_store() || opcode.is_call() || opcode.is_terminator() || opcode.other_side_effects()
}
