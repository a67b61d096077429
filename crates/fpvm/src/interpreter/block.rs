//! From instructions to the ops of a block.
//!
//! A block goes on behind a branch that is not taken, so it has one entry and many ways out, each through a
//! *transfer*. A branch or jump and its delay slot become, in this order: an op that keeps what the branch reads, unless the slot
//! leaves it alone; the return address; the slot; the transfer. As long as the transfer has not run,
//! the program stands at the branch, which can be run again without a trace: if the slot
//! pauses, the reference step takes both.

use opml_memory::PageCache;

use super::{
    code::LONGEST,
    fuse::{pair_branch, pairs},
    groups::{Form, forms},
    handlers::{exit, jump, jump_register, step},
    op::{Handler, Op, Registers},
    operands::Operands,
    select::{body, branch_if, test},
};
use crate::{
    AluOp, Condition, Instruction, Register, TEXT_END,
    alu::alu,
    branch::{branch_target, jump_target, return_address},
    decode,
};

/// Appends the ops of the block at `pc`, a multiple of 4 inside the text.
pub(super) fn decode_block(pc: u64, memory: &mut PageCache<'_>, ops: &mut Vec<Op>) {
    let forms = forms(&text(pc, memory));
    let (exits, straight) = (Vec::new(), Vec::new());
    let mut block = Block { ops, start: pc, forms, pc, done: 0, exits, straight };
    while block.instruction() {}
    block.finish();
}

/// The simplified instructions from `pc` on that a block there may have.
fn text(pc: u64, memory: &mut PageCache<'_>) -> Vec<Instruction> {
    let mut text = Vec::new();
    let mut is_slot = false;
    for at in (pc..TEXT_END).step_by(4).take(LONGEST as usize + 1) {
        let Some(instruction) = decode(u32::from_le_bytes(memory.load(at))) else { break };
        text.push(simplified(instruction));
        if is_slot {
            break;
        }
        is_slot =
            matches!(instruction, Instruction::Jump { .. } | Instruction::JumpRegister { .. });
    }
    text
}

struct Block<'a> {
    ops: &'a mut Vec<Op>,
    /// Address of the first instruction.
    start: u64,
    /// The text from there on.
    forms: Vec<Form>,
    /// The next instruction.
    pc: u64,
    /// Steps before it.
    done: u64,
    /// Transfers, as indices of ops, and the pc to which each leads.
    exits: Vec<(usize, u32)>,
    /// The instructions of the last ops, as far as they are single bodies and may be fused.
    straight: Vec<Form>,
}

impl Block<'_> {
    /// Appends the next instruction. Returns whether the block goes on.
    fn instruction(&mut self) -> bool {
        // A transfer is two steps.
        if self.done + 2 > LONGEST || self.pc == TEXT_END {
            self.transfer(jump, Operands::default(), self.done, Some(self.pc as u32));
            return false;
        }
        let form = self.form(self.pc);
        if form.is_some_and(|form| self.body(form)) {
            self.done += 1;
            self.pc += 4;
            return true;
        }
        let goes_on = form.and_then(|form| self.branch_or_jump(form));
        goes_on.unwrap_or_else(|| {
            // Not for us. The reference step runs it or faults.
            self.other(step, Operands::default());
            false
        })
    }

    /// Appends a branch or jump with its delay slot, if they are of the common kind. Returns whether
    /// the block goes on.
    fn branch_or_jump(&mut self, form: Form) -> Option<bool> {
        let Form::Alone(instruction) = form else { return None };
        let slot = self.form(self.pc + 4)?;
        body(slot)?;
        let writes = Operands::of(slot).d;
        let read = Operands::of(form);
        let done = self.done + 2;
        match instruction {
            Instruction::Branch { when, rs, rt, offset, likely: false, link } => {
                let target = in_text(branch_target(self.pc, offset))?;
                if link && rs == Register::RA {
                    return None;
                }
                let always = rs == rt && when.holds(0, 0);
                let is_latched = !always && (writes == read.a || writes == read.b);
                if is_latched {
                    self.other(test(when), Operands { d: Registers::LATCH, ..read });
                }
                self.link(if link { Register::RA } else { Register::ZERO });
                self.body(slot);
                if always {
                    self.transfer(jump, read, done, Some(target));
                    return Some(false);
                }
                let (when, read) = if is_latched {
                    (Condition::NotEqual, Operands { a: Registers::LATCH, ..Operands::default() })
                } else {
                    (when, read)
                };
                self.fuse(Some((when, [read.a, read.b])));
                self.transfer(branch_if(when), read, done, Some(target));
                self.done = done;
                self.pc += 8;
                return Some(true);
            }
            Instruction::Jump { index, link } => {
                let target = in_text(jump_target(self.pc, index))?;
                self.link(if link { Register::RA } else { Register::ZERO });
                self.body(slot);
                self.transfer(jump, read, done, Some(target));
            }
            Instruction::JumpRegister { rd, rs } if rd == Register::ZERO || rd != rs => {
                let mut read = read;
                if writes == read.a {
                    // `or latch, rs, $zero`.
                    let keep = Instruction::Alu { op: AluOp::Or, rd, a: rs, b: Register::ZERO };
                    self.other(body(Form::Alone(keep))?, Operands { d: Registers::LATCH, ..read });
                    read.a = Registers::LATCH;
                }
                self.link(rd);
                self.body(slot);
                self.transfer(jump_register, read, done, None);
            }
            _ => return None,
        }
        Some(false)
    }

    /// Appends an instruction that one op runs, if this is one. What does nothing needs none, except
    /// at the start: the first op tells where the block begins.
    fn body(&mut self, form: Form) -> bool {
        if form == Form::Alone(Instruction::Nop) && self.done > 0 {
            return true;
        }
        let Some(handler) = body(form) else { return false };
        self.push(handler, Operands::of(form));
        self.straight.push(form);
        true
    }

    /// Appends an op that writes the return address, unless to `$zero`.
    fn link(&mut self, register: Register) {
        if register != Register::ZERO {
            let b = return_address(self.pc) as i32;
            let (op, a) = (AluOp::Daddu, Register::ZERO);
            self.body(Form::Alone(Instruction::AluImmediate { op, rd: register, a, b }));
        }
    }

    /// Appends a transfer to `to`, or to what a register holds, after which `done` steps are done.
    fn transfer(&mut self, handler: Handler, read: Operands, done: u64, to: Option<u32>) {
        let index = self.ops.len();
        self.exits.extend(to.map(|pc| (index, pc)));
        self.other(handler, Operands { d: done as u8, immediate: index as i32, ..read });
    }

    /// Makes one op of neighbours where that is possible: of the last bodies, and of the very last one with the branch
    /// that follows it, if one does.
    fn fuse(&mut self, branch: Option<(Condition, [u8; 2])>) {
        let mut straight = &self.straight[..];
        let first = self.ops.len() - straight.len();
        let with_branch = |(when, sources)| {
            let (slot, rest) = straight.split_last()?;
            Some((pair_branch(*slot, when, sources)?, rest))
        };
        if let Some((handler, rest)) = branch.and_then(with_branch) {
            self.ops[first + rest.len()].handler = handler;
            straight = rest;
        }
        for (at, handler) in pairs(straight) {
            self.ops[first + at].handler = handler;
        }
        self.straight.clear();
    }

    /// Appends an op that is not fused.
    fn other(&mut self, handler: Handler, operands: Operands) {
        self.fuse(None);
        self.push(handler, operands);
    }

    fn push(&mut self, handler: Handler, operands: Operands) {
        let Operands { d, a, b, immediate } = operands;
        let (pc, done) = (self.pc as u32, self.done as u8);
        self.ops.push(Op { handler, immediate, pc, a, b, d, done });
    }

    /// Appends the exits to which the transfers lead at first.
    fn finish(mut self) {
        for (transfer, pc) in std::mem::take(&mut self.exits) {
            let distance = self.ops.len() - transfer;
            self.ops[transfer].immediate = distance as i32;
            self.pc = u64::from(pc);
            self.push(exit, Operands { a: distance as u8, ..Operands::default() });
        }
    }

    /// The instruction at `pc`; none if it is reserved, or no text.
    fn form(&self, pc: u64) -> Option<Form> {
        self.forms.get((pc - self.start) as usize / 4).copied()
    }
}

/// A target that an op has room for; what cannot be fetched anyway is no loss.
fn in_text(pc: u64) -> Option<u32> {
    (pc < TEXT_END).then_some(pc as u32)
}

/// An equal instruction of fewer forms: what makes a constant is `daddu`, and `nop` if that goes to `$zero`.
fn simplified(instruction: Instruction) -> Instruction {
    let Instruction::AluImmediate { op, rd, a: Register::ZERO, b } = instruction else {
        return instruction;
    };
    let Ok(constant) = alu(op, 0, i64::from(b) as u64) else { return instruction };
    match i32::try_from(constant as i64) {
        Ok(_) if rd == Register::ZERO => Instruction::Nop,
        Ok(b) => Instruction::AluImmediate { op: AluOp::Daddu, rd, a: Register::ZERO, b },
        Err(_) => instruction,
    }
}
