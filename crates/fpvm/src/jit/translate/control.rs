//! Blocks, their ends and the budget of steps.

use cranelift_codegen::ir::{self, InstBuilder, Value, condcodes::IntCC};

use super::{Place, Translator, exits::Way, groups::Groups};
use crate::{
    Instruction, Register,
    branch::return_address,
    jit::{
        context::Stop,
        region::{Block, End, Target},
    },
};

impl Translator<'_> {
    pub(super) fn block(&mut self, index: usize, block: &Block) {
        let head = self.blocks[index];
        self.builder.switch_to_block(head);
        self.registers.accumulator = None;
        self.registers.dirty = block.dirty;
        self.place = Place { pc: block.start, taken: 0, next_pc: None };
        if let Some(budget) = block.budget {
            let left = self.builder.use_var(self.left);
            let budget = self.constant(budget);
            let short = self.builder.ins().icmp(IntCC::UnsignedLessThan, left, budget);
            self.exit_if(short, Way::Stop(Stop::Steps));
        }
        self.take(block.steps());
        self.groups = Groups::of(block);
        for instruction in &block.body {
            self.instruction(*instruction);
            self.next();
            self.groups.next();
        }
        self.end(&block.end);
        self.fill_exits(block.written);
    }

    /// Takes steps off the budget.
    fn take(&mut self, steps: u64) {
        let left = self.builder.use_var(self.left);
        let taken = self.constant(steps);
        let left = self.builder.ins().isub(left, taken);
        self.builder.def_var(self.left, left);
        self.place.taken += steps;
    }

    const fn next(&mut self) {
        self.place.pc += 4;
        self.place.taken -= 1;
    }

    fn end(&mut self, end: &End) {
        match *end {
            End::Next(target) => self.go(target),
            End::Refuse => {
                let stop = self.exit(Way::Stop(Stop::Interpret));
                self.builder.ins().jump(stop, &[]);
            }
            End::Jump { link, slot, target } => {
                self.link_if(link, Register::RA);
                let to = self.address(target);
                self.delay_slot(slot, to);
                self.go(target);
            }
            End::JumpRegister { rd, rs, slot, guess } => {
                let to = self.read(rs);
                self.link_if(true, rd);
                self.delay_slot(slot, to);
                let leave = self.exit(Way::Dynamic(to));
                match guess {
                    Some((pc, target)) => {
                        let expected = self.constant(pc);
                        let returns = self.builder.ins().icmp(IntCC::Equal, to, expected);
                        let target = self.edge(target);
                        self.builder.ins().brif(returns, target, &[], leave, &[]);
                    }
                    None => {
                        self.builder.ins().jump(leave, &[]);
                    }
                }
            }
            End::Branch { when, rs, rt, link, likely, slot, taken, untaken } => {
                let (a, b) = (self.read(rs), self.read(rt));
                let holds = self.condition(when, a, b);
                self.link_if(link, Register::RA);
                self.branch(holds, likely, slot, [taken, untaken]);
            }
        }
    }

    fn branch(&mut self, holds: Value, likely: bool, slot: Instruction, targets: [Target; 2]) {
        let [taken, untaken] = targets;
        let to = self.address(taken);
        if !likely {
            let behind = self.constant(self.place.pc + 8);
            let to = self.builder.ins().select(holds, to, behind);
            self.delay_slot(slot, to);
            let (taken, untaken) = (self.edge(taken), self.edge(untaken));
            self.builder.ins().brif(holds, taken, &[], untaken, &[]);
            return;
        }
        let (jumps, untaken) = (self.builder.create_block(), self.edge(untaken));
        self.builder.ins().brif(holds, jumps, &[], untaken, &[]);
        self.builder.switch_to_block(jumps);
        self.take(1);
        self.delay_slot(slot, to);
        self.go(taken);
    }

    /// Runs the instruction behind the branch at hand; then control goes to the address `to`.
    fn delay_slot(&mut self, slot: Instruction, to: Value) {
        self.next();
        self.place.next_pc = Some(to);
        self.instruction(slot);
    }

    fn link_if(&mut self, link: bool, register: Register) {
        if link {
            let address = self.constant(return_address(self.place.pc));
            self.write(register, address);
        }
    }

    fn address(&mut self, target: Target) -> Value {
        let pc = match target {
            Target::Block(block) => self.region.blocks[block].start,
            Target::Leave(pc) => pc,
        };
        self.constant(pc)
    }

    fn go(&mut self, target: Target) {
        let target = self.edge(target);
        self.builder.ins().jump(target, &[]);
    }

    fn edge(&mut self, target: Target) -> ir::Block {
        match target {
            Target::Block(block) => self.blocks[block],
            Target::Leave(pc) => self.exit(Way::Static(pc)),
        }
    }
}
