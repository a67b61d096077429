//! From instructions to the ops of a block.
//!
//! A block goes on behind a branch that is not taken, so it has one entry and many ways out, each through a
//! *transfer*. A branch or jump and its delay slot become, in this order: an op that keeps what the branch reads, unless the slot
//! leaves it alone; the return address; the slot; the transfer. As long as the transfer has not run,
//! the program stands at the branch, which can be run again without a trace: if the slot
//! pauses, the reference step takes both.

use opml_memory::PageCache;

use super::{
    body::{Binary, Daddu, Immediate, Or},
    code::LONGEST,
    handlers::{exit, jump, jump_register, single, step},
    op::{Handler, Op, Registers},
    select::{body, branch_if, source, target, test},
};
use crate::{
    Condition, Instruction, Register, TEXT_END,
    branch::{branch_target, jump_target, return_address},
    decode,
};

/// Appends the ops of the block at `pc`, a multiple of 4 inside the text.
pub(super) fn decode_block(pc: u64, memory: &mut PageCache<'_>, ops: &mut Vec<Op>) {
    let mut block = Block { ops, memory, pc, done: 0, exits: Vec::new() };
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
}

impl Block<'_, '_> {
    /// Appends the next instruction. Returns whether the block goes on.
    fn instruction(&mut self) -> bool {
        // A transfer is two steps.
        if self.done + 2 > LONGEST || self.pc == TEXT_END {
            self.transfer(jump, 0, 0, self.done, Some(self.pc as u32));
            return false;
        }
        let Some(instruction) = self.fetch(self.pc) else {
            return self.leave_to_the_reference();
        };
        if let Some(op) = body(instruction) {
            self.push(op);
            self.done += 1;
            self.pc += 4;
            return true;
        }
        match self.branch_or_jump(instruction) {
            Some(goes_on) => goes_on,
            None => self.leave_to_the_reference(),
        }
    }

    /// Appends a branch or jump with its delay slot, if they are of the common kind.
    fn branch_or_jump(&mut self, instruction: Instruction) -> Option<bool> {
        let slot = body(self.fetch(self.pc + 4)?)?;
        let done = self.done + 2;
        match instruction {
            Instruction::Branch { when, rs, rt, offset, likely: false, link } => {
                let target = in_text(branch_target(self.pc, offset))?;
                if link && rs == Register::RA {
                    return None;
                }
                let (a, b) = (source(rs), source(rt));
                let always = rs == rt && when.holds(0, 0);
                let is_latched = !always && [a, b].contains(&slot.d);
                if is_latched {
                    self.push(op(test(when), Registers::LATCH, a, b, 0));
                }
                if link {
                    self.link(Register::RA);
                }
                self.push(slot);
                if always {
                    self.transfer(jump, 0, 0, done, Some(target));
                    return Some(false);
                }
                if is_latched {
                    let handler = branch_if(Condition::NotEqual);
                    self.transfer(handler, Registers::LATCH, 0, done, Some(target));
                } else {
                    self.transfer(branch_if(when), a, b, done, Some(target));
                }
                self.done = done;
                self.pc += 8;
                return Some(true);
            }
            Instruction::Jump { index, link } => {
                let target = in_text(jump_target(self.pc, index))?;
                if link {
                    self.link(Register::RA);
                }
                self.push(slot);
                self.transfer(jump, 0, 0, done, Some(target));
            }
            Instruction::JumpRegister { rd, rs } if rd == Register::ZERO || rd != rs => {
                let mut a = source(rs);
                if slot.d == a {
                    self.push(op(single::<Binary<Or>>, Registers::LATCH, a, 0, 0));
                    a = Registers::LATCH;
                }
                self.link(rd);
                self.push(slot);
                self.transfer(jump_register, a, 0, done, None);
            }
            _ => return None,
        }
        Some(false)
    }

    /// Appends an op that writes the return address.
    fn link(&mut self, register: Register) {
        if register == Register::ZERO {
            return;
        }
        let address = return_address(self.pc) as i32;
        self.push(op(single::<Immediate<Daddu>>, target(register), 0, 0, address));
    }

    /// Appends the end of the block at an instruction that only the reference step runs.
    fn leave_to_the_reference(&mut self) -> bool {
        self.push(op(step, Registers::SINK, 0, 0, 0));
        false
    }

    fn transfer(&mut self, handler: Handler, a: u8, b: u8, done: u64, to: Option<u32>) {
        let index = self.ops.len();
        self.exits.extend(to.map(|pc| (index, pc)));
        self.push(op(handler, done as u8, a, b, index as i32));
    }

    fn push(&mut self, op: Op) {
        self.ops.push(Op { pc: self.pc as u32, done: self.done as u8, ..op });
    }

    /// Appends the exits to which the transfers lead at first.
    fn finish(self) {
        for (transfer, pc) in self.exits {
            let distance = self.ops.len() - transfer;
            self.ops[transfer].immediate = distance as i32;
            let exit = op(exit, Registers::SINK, distance as u8, 0, 0);
            self.ops.push(Op { pc, ..exit });
        }
    }

    /// The instruction at `pc`; none if it is reserved or no text.
    fn fetch(&mut self, pc: u64) -> Option<Instruction> {
        if pc >= TEXT_END {
            return None;
        }
        decode(u32::from_le_bytes(self.memory.load(pc)))
    }
}

const fn op(handler: Handler, d: u8, a: u8, b: u8, immediate: i32) -> Op {
    Op { handler, immediate, pc: 0, a, b, d, done: 0 }
}

/// A target that an op has room for; what cannot be fetched anyway is no loss.
fn in_text(pc: u64) -> Option<u32> {
    (pc < TEXT_END).then_some(pc as u32)
}
