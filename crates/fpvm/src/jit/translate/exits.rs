//! The ways out of a region.

use cranelift_codegen::ir::{
    self, BlockArg, InstBuilder, MemFlagsData, Value, condcodes::IntCC, types::I64,
};

use super::{Place, Translator};
use crate::{
    Fault, TEXT_END,
    jit::{
        context::{Stop, offset},
        host,
        map::CodeMap,
    },
};

/// A block that leaves the region, to be filled when the guest's block is complete.
pub(super) struct Exit {
    block: ir::Block,
    way: Way,
    place: Place,
    /// Registers that the context may not have.
    dirty: u64,
}

/// How a region is left.
#[derive(Clone, Copy)]
pub(super) enum Way {
    /// To the code of an address.
    Static(u64),
    /// To the code of an address that is computed.
    Dynamic(Value),
    /// To the driver, with the state before the instruction at hand.
    Stop(Stop),
    /// To the driver: the instruction at hand ends in this fault. No register outlives one.
    Fault(Fault),
    /// As `Fault`, but the context has the fault already.
    Faulted,
}

impl Translator<'_> {
    /// A block that leaves the region from here.
    pub(super) fn exit(&mut self, way: Way) -> ir::Block {
        let block = self.builder.create_block();
        if !matches!(way, Way::Static(_) | Way::Dynamic(_)) {
            self.builder.set_cold_block(block);
        }
        self.exits.push(Exit { block, way, place: self.place, dirty: self.registers.dirty });
        block
    }

    /// Leaves the region if `condition` is not 0.
    pub(super) fn exit_if(&mut self, condition: Value, way: Way) {
        let exit = self.exit(way);
        let go_on = self.builder.create_block();
        self.builder.ins().brif(condition, exit, &[], go_on, &[]);
        self.builder.switch_to_block(go_on);
    }

    pub(super) fn store_context(&mut self, value: Value, offset: i32) {
        self.builder.ins().store(MemFlagsData::trusted(), value, self.context, offset);
    }

    /// Fills the exits of the guest's block, which writes the registers `written`. What it does not
    /// write is stored in one place for all of its stops.
    pub(super) fn fill_exits(&mut self, written: u64) {
        let tail = self.builder.create_block();
        let left = self.builder.append_block_param(tail, I64);
        let mut before = 0;
        for Exit { block, way, place, dirty } in std::mem::take(&mut self.exits) {
            self.builder.switch_to_block(block);
            match way {
                Way::Static(pc) => {
                    self.store_registers(dirty);
                    let slot = self.map.slot(pc).unwrap_or(self.map.host().no_code_slot());
                    let (slot, pc) = (self.constant(slot as u64), self.constant(pc));
                    self.tail_call(slot, pc);
                }
                Way::Dynamic(pc) => {
                    self.store_registers(dirty);
                    self.dynamic(pc);
                }
                Way::Stop(stop) => {
                    before |= dirty & !written;
                    self.store_registers(dirty & written);
                    let pc = self.constant(place.pc);
                    let next_pc = place.next_pc;
                    let next_pc = next_pc.unwrap_or_else(|| self.constant(place.pc + 4));
                    let stop = self.constant(stop as u64);
                    self.store_context(pc, offset::PC);
                    self.store_context(next_pc, offset::NEXT_PC);
                    self.store_context(stop, offset::STOP);
                    let left = self.unused(place.taken);
                    self.builder.ins().jump(tail, &[BlockArg::Value(left)]);
                }
                Way::Fault(fault) => {
                    let word = self.constant(fault.exit_word());
                    self.store_context(word, offset::EXIT);
                    let left = self.unused(place.taken - 1);
                    self.builder.ins().return_(&[left]);
                }
                Way::Faulted => {
                    let left = self.unused(place.taken - 1);
                    self.builder.ins().return_(&[left]);
                }
            }
        }
        self.builder.set_cold_block(tail);
        self.builder.switch_to_block(tail);
        self.store_registers(before);
        self.builder.ins().return_(&[left]);
    }

    /// Steps left if `taken` of those that the block took are not run.
    fn unused(&mut self, taken: u64) -> Value {
        let left = self.builder.use_var(self.left);
        let taken = self.constant(taken);
        self.builder.ins().iadd(left, taken)
    }

    /// Looks the address up as `CodeMap::slot` does.
    fn dynamic(&mut self, pc: Value) {
        let (found, lost) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(lost);
        let two = self.constant(2);
        // Rotated so, an address that is no multiple of 4 is large.
        let index = self.builder.ins().rotr(pc, two);
        let end = self.constant(TEXT_END / 4);
        let inside = self.builder.ins().icmp(IntCC::UnsignedLessThan, index, end);
        self.builder.ins().brif(inside, found, &[], lost, &[]);

        self.builder.switch_to_block(found);
        let pages = self.constant(self.map.pages() as u64);
        let (page_bits, three) = (self.constant(CodeMap::PAGE_BITS.into()), self.constant(3));
        let page = self.builder.ins().ushr(pc, page_bits);
        let page = self.builder.ins().ishl(page, three);
        let page = self.builder.ins().iadd(pages, page);
        let page = self.builder.ins().load(I64, MemFlagsData::trusted(), page, 0);
        let mask = self.constant((1 << CodeMap::PAGE_BITS) - 4);
        let word = self.builder.ins().band(pc, mask);
        let one = self.constant(1);
        let word = self.builder.ins().ishl(word, one);
        let slot = self.builder.ins().iadd(page, word);
        self.tail_call(slot, pc);

        self.builder.switch_to_block(lost);
        let slot = self.constant(self.map.host().no_code_slot() as u64);
        self.tail_call(slot, pc);
    }

    /// Goes to the code that the word at `slot` points to.
    fn tail_call(&mut self, slot: Value, pc: Value) {
        let code = self.builder.ins().load(I64, MemFlagsData::trusted(), slot, 0);
        let left = self.builder.use_var(self.left);
        let signature = self.builder.import_signature(host::region_signature());
        self.builder.ins().return_call_indirect(signature, code, &[self.context, left, pc]);
    }
}
