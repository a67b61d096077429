//! Where the bytes of an access lie on the host.
//!
//! A load first looks into the inline cache of its place in the code: the page that it used last is
//! nearly always the one that it uses now, and comparing takes half the instructions that finding an
//! entry of the tables takes. Next come the tables, and last the host, which makes the page ready.

use cranelift_codegen::ir::{
    Block, BlockArg, InstBuilder, MemFlagsData, Value, condcodes::IntCC, types::I64,
};
use opml_memory::{FOLD, PAGE_BYTES, TRANSLATIONS};

use super::{Translator, exits::Way, groups::Group};
use crate::jit::{
    context::{Access, INLINE_CACHES, Stop, offset},
    host,
};

/// A translation in registers.
#[derive(Clone, Copy)]
struct Translation {
    page: Value,
    addend: Value,
}

/// What is to be found: `address` is that of the lowest byte of the access.
#[derive(Clone, Copy)]
struct Wanted {
    base: Value,
    address: Value,
    access: Access,
}

impl Translator<'_> {
    /// Where `base` lies on the host, after a check that all accesses of `group` do.
    pub(super) fn check(&mut self, base: Value, group: Group) -> Value {
        let access = Access {
            align: group.align as u64,
            bytes: (group.high - group.low) as u64,
            store: group.store,
            single: group.members == 1,
            fixed: group.store && self.groups.holds_loads(),
        };
        let low = self.constant(group.low as u64);
        let address = self.builder.ins().iadd(base, low);
        let wanted = Wanted { base, address, access };
        let (miss, ready) = (self.cold_block(), self.builder.create_block());
        let host = self.builder.append_block_param(ready, I64);
        if access.store {
            let entry = self.entry(address, offset::STORES);
            let translation = self.translation(entry, 0);
            self.try_translation(translation, wanted, ready, miss);
        } else {
            self.look_up_load(wanted, ready, miss);
        }

        self.builder.switch_to_block(miss);
        let admitted = self.admit(address, access);
        let base = self.builder.ins().isub(admitted, low);
        let refused = if access.single && !access.fixed {
            self.exit(Way::Faulted)
        } else {
            self.exit(Way::Stop(Stop::Interpret))
        };
        self.builder.ins().brif(admitted, ready, &[BlockArg::Value(base)], refused, &[]);

        self.builder.switch_to_block(ready);
        host
    }

    /// Looks into the next inline cache, and into the table if the page is another now.
    fn look_up_load(&mut self, wanted: Wanted, ready: Block, miss: Block) {
        let cache = offset::INLINE[self.inline_caches % INLINE_CACHES];
        self.inline_caches += 1;
        let (far, found) = (self.cold_block(), self.cold_block());
        let translation = self.translation(self.context, cache);
        self.try_translation(translation, wanted, ready, far);

        self.builder.switch_to_block(far);
        let entry = self.entry(wanted.address, offset::LOADS);
        let translation = self.translation(entry, 0);
        let (host, misses) = self.apply(translation, wanted);
        self.builder.ins().brif(misses, miss, &[], found, &[]);

        self.builder.switch_to_block(found);
        self.store_context(translation.page, cache + offset::PAGE);
        self.store_context(translation.addend, cache + offset::ADDEND);
        self.builder.ins().jump(ready, &[BlockArg::Value(host)]);
    }

    /// The entry for `address` of a table.
    fn entry(&mut self, address: Value, table: i32) -> Value {
        let shift = self.constant((PAGE_BYTES.trailing_zeros() - offset::TRANSLATION_BITS).into());
        let mask = self.constant((TRANSLATIONS as u64 - 1) << offset::TRANSLATION_BITS);
        let fold = self.constant(FOLD.into());
        let folded = self.builder.ins().ushr(address, fold);
        let folded = self.builder.ins().bxor(folded, address);
        let entry = self.builder.ins().ushr(folded, shift);
        let entry = self.builder.ins().band(entry, mask);
        let flags = MemFlagsData::trusted();
        let tables = self.builder.ins().load(I64, flags, self.context, offset::TABLES);
        let entry = self.builder.ins().iadd(tables, entry);
        let table = self.constant(table as u64);
        self.builder.ins().iadd(entry, table)
    }

    fn translation(&mut self, at: Value, by: i32) -> Translation {
        let flags = MemFlagsData::trusted();
        let page = self.builder.ins().load(I64, flags, at, by + offset::PAGE);
        let addend = self.builder.ins().load(I64, flags, at, by + offset::ADDEND);
        Translation { page, addend }
    }

    /// Goes to `ready` with the place of the base if the translation serves the access, else to `miss`.
    fn try_translation(&mut self, it: Translation, wanted: Wanted, ready: Block, miss: Block) {
        let (host, misses) = self.apply(it, wanted);
        self.builder.ins().brif(misses, miss, &[], ready, &[BlockArg::Value(host)]);
    }

    /// Where the base lies if the translation serves the access, and whether it does not.
    fn apply(&mut self, translation: Translation, wanted: Wanted) -> (Value, Value) {
        let Wanted { base, address, access } = wanted;
        let align_bits = access.align.trailing_zeros();
        let host = self.builder.ins().iadd(base, translation.addend);
        // The place in the page if it is the right one, else more; rotated so, unaligned is more too.
        let mut within = self.builder.ins().bxor(address, translation.page);
        if align_bits > 0 {
            let align_bits = self.constant(align_bits.into());
            within = self.builder.ins().rotr(within, align_bits);
        }
        let last = self.constant((PAGE_BYTES as u64 - access.bytes) >> align_bits);
        let misses = self.builder.ins().icmp(IntCC::UnsignedGreaterThan, within, last);
        (host, misses)
    }

    /// Asks the host for the place of `address`; 0 if it refuses the access.
    fn admit(&mut self, address: Value, access: Access) -> Value {
        let packed = self.constant(access.pack());
        let code = self.constant(self.map.host().admit() as u64);
        let signature = self.builder.import_signature(host::admit_signature());
        self.builder.ins().call_indirect(signature, code, &[self.context, address, packed]);
        self.builder.ins().load(I64, MemFlagsData::trusted(), self.context, offset::HOST)
    }

    fn cold_block(&mut self) -> Block {
        let block = self.builder.create_block();
        self.builder.set_cold_block(block);
        block
    }
}
