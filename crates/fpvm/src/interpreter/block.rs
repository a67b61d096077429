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
    fuse::{pair, pair_branch},
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
    let mut block = Block { ops, memory, pc, done: 0, exits: Vec::new(), straight: Vec::new() };
    while block.instruction() {}
    block.finish();
}

struct Block<'a, 'm> {
    ops: &'a mut Vec<Op>,
    memory: &'a mut PageCache<'m>,
    /// The next instruction.
    pc: u64,
    /// Steps before it.
    done: u64,
    /// Transfers, as indices of ops, and the pc to which each leads.
    exits: Vec<(usize, u32)>,
    /// The instructions of the last ops, as far as they are single bodies and may be fused.
    straight: Vec<Instruction>,
}

impl Block<'_, '_> {
    /// Appends the next instruction. Returns whether the block goes on.
    fn instruction(&mut self) -> bool {
        // A transfer is two steps.
        if self.done + 2 > LONGEST || self.pc == TEXT_END {
            self.transfer(jump, Operands::default(), self.done, Some(self.pc as u32));
            return false;
        }
        let instruction = self.fetch(self.pc);
        if instruction.is_some_and(|instruction| self.body(instruction)) {
            self.done += 1;
            self.pc += 4;
            return true;
        }
        let goes_on = instruction.and_then(|instruction| self.branch_or_jump(instruction));
        goes_on.unwrap_or_else(|| {
            // Not for us. The reference step runs it or faults.
            self.other(step, Operands::default());
            false
        })
    }

    /// Appends a branch or jump with its delay slot, if they are of the common kind. Returns whether
    /// the block goes on.
    fn branch_or_jump(&mut self, instruction: Instruction) -> Option<bool> {
        let slot = self.fetch(self.pc + 4)?;
        body(slot)?;
        let writes = Operands::of(slot).d;
        let read = Operands::of(instruction);
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
                self.fuse(Some(when));
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
                    self.other(body(keep)?, Operands { d: Registers::LATCH, ..read });
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
    fn body(&mut self, instruction: Instruction) -> bool {
        if instruction == Instruction::Nop && self.done > 0 {
            return true;
        }
        let Some(handler) = body(instruction) else { return false };
        self.push(handler, Operands::of(instruction));
        self.straight.push(instruction);
        true
    }

    /// Appends an op that writes the return address, unless to `$zero`.
    fn link(&mut self, register: Register) {
        if register != Register::ZERO {
            let b = return_address(self.pc) as i32;
            let (op, a) = (AluOp::Daddu, Register::ZERO);
            self.body(Instruction::AluImmediate { op, rd: register, a, b });
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
    fn fuse(&mut self, branch: Option<Condition>) {
        let mut straight = &self.straight[..];
        let first = self.ops.len() - straight.len();
        let with_branch = |when| {
            straight.split_last().and_then(|(slot, rest)| Some((pair_branch(*slot, when)?, rest)))
        };
        if let Some((handler, rest)) = branch.and_then(with_branch) {
            self.ops[first + rest.len()].handler = handler;
            straight = rest;
        }
        let mut at = 0;
        while let [one, two, ..] = straight[at..] {
            let pair = pair(one, two);
            at += 1 + usize::from(pair.is_some());
            if let Some(handler) = pair {
                self.ops[first + at - 2].handler = handler;
            }
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

    /// The simplified instruction at `pc`; none if it is reserved or no text.
    fn fetch(&mut self, pc: u64) -> Option<Instruction> {
        if pc >= TEXT_END {
            return None;
        }
        decode(u32::from_le_bytes(self.memory.load(pc))).map(simplified)
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
