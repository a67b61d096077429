//! From a region to Cranelift's intermediate representation.

mod alu;
mod control;
mod exits;
mod groups;
mod memory;
mod muldiv;
mod pages;
mod partial;
mod registers;

use cranelift_codegen::ir::{self, Function, InstBuilder, Value, condcodes::IntCC, types::I64};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext, Variable};

use super::{map::CodeMap, region::Region};
use crate::Instruction;
use exits::Exit;
use groups::Groups;
use registers::Registers;

/// Fills `function` with the code of a region: `(context, steps left, pc) -> steps left`.
pub(super) fn translate<'a>(
    region: &'a Region,
    function: &'a mut Function,
    builder: &'a mut FunctionBuilderContext,
    map: &'a CodeMap,
) {
    let mut builder = FunctionBuilder::new(function, builder);
    let entry = builder.create_block();
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let context = builder.block_params(entry)[0];
    let steps = builder.block_params(entry)[1];
    let left = builder.declare_var(I64);
    builder.def_var(left, steps);
    let registers = Registers::load(&mut builder, context);
    let blocks: Vec<_> = region.blocks.iter().map(|_| builder.create_block()).collect();
    builder.ins().jump(blocks[0], &[]);
    let mut translator = Translator {
        builder,
        region,
        map,
        blocks,
        context,
        registers,
        left,
        exits: Vec::new(),
        groups: Groups::default(),
        inline_caches: 0,
        place: Place::default(),
    };
    for (index, block) in region.blocks.iter().enumerate() {
        translator.block(index, block);
    }
    translator.finish();
}

/// Where the translation is.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// Address of the instruction.
    pc: u64,
    /// Steps that the block has taken off the budget for this instruction and those behind it.
    taken: u64,
    /// In a delay slot: where control goes then.
    next_pc: Option<Value>,
}

struct Translator<'a> {
    builder: FunctionBuilder<'a>,
    region: &'a Region,
    map: &'a CodeMap,
    /// The heads of the region's blocks.
    blocks: Vec<ir::Block>,
    context: Value,
    registers: Registers,
    /// Steps left.
    left: Variable,
    exits: Vec<Exit>,
    groups: Groups,
    /// How many inline caches the region has taken.
    inline_caches: usize,
    place: Place,
}

impl Translator<'_> {
    fn finish(mut self) {
        self.builder.seal_all_blocks();
        let config = self.map.host().frontend_config();
        self.builder.finalize(config);
    }

    fn constant(&mut self, value: u64) -> Value {
        self.builder.ins().iconst(I64, value as i64)
    }

    /// An instruction that is no branch or jump.
    fn instruction(&mut self, instruction: Instruction) {
        match instruction {
            Instruction::Alu { op, rd, a, b } => {
                let (a, b) = (self.read(a), self.read(b));
                let result = self.alu(op, a, b);
                self.write(rd, result);
            }
            Instruction::AluImmediate { op, rd, a, b } => {
                let (a, b) = (self.read(a), self.constant(i64::from(b) as u64));
                let result = self.alu(op, a, b);
                self.write(rd, result);
            }
            Instruction::MoveIf { rd, rs, rt, zero } => {
                let (new, old, test) = (self.read(rs), self.read(rd), self.read(rt));
                let none = self.constant(0);
                let equal = if zero { IntCC::Equal } else { IntCC::NotEqual };
                let moves = self.builder.ins().icmp(equal, test, none);
                let result = self.builder.ins().select(moves, new, old);
                self.write(rd, result);
            }
            Instruction::Extract { rt, rs, position, size, word } => {
                let source = self.read(rs);
                let result = self.extract(source, position, size, word);
                self.write(rt, result);
            }
            Instruction::Insert { rt, rs, position, size, word } => {
                let (target, source) = (self.read(rt), self.read(rs));
                let result = self.insert(target, source, position, size, word);
                self.write(rt, result);
            }
            Instruction::MulDiv { op, rs, rt } => {
                let (a, b) = (self.read(rs), self.read(rt));
                self.mul_div(op, a, b);
            }
            Instruction::MoveFrom { rd, from } => {
                let value = self.read_hi_lo(from);
                self.write(rd, value);
            }
            Instruction::MoveTo { rs, to } => {
                let value = self.read(rs);
                self.write_hi_lo(to, value);
            }
            Instruction::Load { op, rt, base, offset } => self.load(op, rt, base, offset),
            Instruction::Store { op, rt, base, offset } => self.store(op, rt, base, offset),
            Instruction::Trap { when, rs, rt } => {
                let (a, b) = (self.read(rs), self.read(rt));
                self.trap(when, a, b);
            }
            Instruction::TrapImmediate { when, rs, b } => {
                let (a, b) = (self.read(rs), self.constant(i64::from(b) as u64));
                self.trap(when, a, b);
            }
            Instruction::Nop => {}
            Instruction::Branch { .. }
            | Instruction::Jump { .. }
            | Instruction::JumpRegister { .. }
            | Instruction::Syscall
            | Instruction::Break
            | Instruction::Linked => unreachable!("no region holds {instruction} as plain"),
        }
    }
}
