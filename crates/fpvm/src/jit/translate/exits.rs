//! The ways out of a region.

use cranelift_codegen::ir::{self, InstBuilder, MemFlagsData, Value, condcodes::IntCC, types::I64};

use super::{Place, Translator};
use crate::{
    TEXT_END,
    jit::{
        context::{Stop, offset},
        map::CodeMap,
    },
};

/// A block that leaves the region. It is filled last, when it is known what registers are written.
pub(super) struct Exit {
    block: ir::Block,
    way: Way,
}

enum Way {
    /// To the code of an address.
    Static(u64),
    /// To the code of an address that is computed.
    Dynamic(Value),
    /// To the driver, with the state before an instruction.
    Stop(Stop, Place),
}

impl Translator<'_> {
    /// A block that goes to the code at `pc`.
    pub(super) fn leave(&mut self, pc: u64) -> ir::Block {
        self.exit(Way::Static(pc))
    }

    /// Goes to the code at the address `pc`.
    pub(super) fn leave_to(&mut self, pc: Value) -> ir::Block {
        self.exit(Way::Dynamic(pc))
    }

    /// A block that stops with the state before the instruction at hand.
    pub(super) fn stop(&mut self, stop: Stop) -> ir::Block {
        let block = self.exit(Way::Stop(stop, self.place));
        self.builder.set_cold_block(block);
        block
    }

    /// Leaves the instruction at hand to the interpreter if `condition` is not 0.
    pub(super) fn refuse_if(&mut self, condition: Value) {
        let refuse = self.stop(Stop::Interpret);
        let go_on = self.builder.create_block();
        self.builder.ins().brif(condition, refuse, &[], go_on, &[]);
        self.builder.switch_to_block(go_on);
    }

    pub(super) fn store_context(&mut self, value: Value, offset: i32) {
        self.builder.ins().store(MemFlagsData::trusted(), value, self.context, offset);
    }

    fn exit(&mut self, way: Way) -> ir::Block {
        let block = self.builder.create_block();
        self.exits.push(Exit { block, way });
        block
    }

    pub(super) fn emit_exits(&mut self) {
        for Exit { block, way } in std::mem::take(&mut self.exits) {
            self.builder.switch_to_block(block);
            self.store_registers();
            match way {
                Way::Static(pc) => {
                    let slot = self.map.slot(pc).unwrap_or(self.map.host().no_code_slot());
                    let (slot, pc) = (self.constant(slot as u64), self.constant(pc));
                    self.tail_call(slot, pc);
                }
                Way::Dynamic(pc) => self.dynamic(pc),
                Way::Stop(stop, place) => {
                    let pc = self.constant(place.pc);
                    let next_pc = place.next_pc;
                    let next_pc = next_pc.unwrap_or_else(|| self.constant(place.pc + 4));
                    let stop = self.constant(stop as u64);
                    self.store_context(pc, offset::PC);
                    self.store_context(next_pc, offset::NEXT_PC);
                    self.store_context(stop, offset::STOP);
                    let left = self.builder.use_var(self.left);
                    let unused = self.constant(place.taken);
                    let left = self.builder.ins().iadd(left, unused);
                    self.builder.ins().return_(&[left]);
                }
            }
        }
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
        let signature = self.builder.import_signature(crate::jit::host::region_signature());
        self.builder.ins().return_call_indirect(signature, code, &[self.context, left, pc]);
    }
}
