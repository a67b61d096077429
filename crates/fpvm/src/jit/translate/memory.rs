//! Loads and stores, through the tables of translations.

use cranelift_codegen::ir::{
    BlockArg, InstBuilder, MemFlagsData, Value, condcodes::IntCC, types::I64,
};
use cranelift_frontend::FunctionBuilder;
use opml_memory::{FOLD, PAGE_BYTES, TRANSLATIONS};

use super::{
    Translator,
    exits::Way,
    groups::{Group, Half},
};
use crate::{
    LoadOp, Register, StoreOp,
    jit::{
        context::{Access, Stop, offset},
        host,
    },
};

/// Host memory that generated code may touch, aligned or not.
pub(super) const HOST: MemFlagsData = MemFlagsData::new().with_notrap();

/// The address of the tables.
pub(super) fn tables(builder: &mut FunctionBuilder<'_>, context: Value) -> Value {
    builder.ins().load(I64, MemFlagsData::trusted(), context, offset::TABLES)
}

impl Translator<'_> {
    pub(super) fn load(&mut self, op: LoadOp, rt: Register, base: Register, offset: i16) {
        let at = self.host_base(base);
        let by = i32::from(offset);
        let whole = self.groups.half() == Half::Whole;
        let ins = self.builder.ins();
        let value = match op {
            LoadOp::Lb => ins.sload8(I64, HOST, at, by),
            LoadOp::Lbu => ins.uload8(I64, HOST, at, by),
            LoadOp::Lh => ins.sload16(I64, HOST, at, by),
            LoadOp::Lhu => ins.uload16(I64, HOST, at, by),
            LoadOp::Lw => ins.sload32(HOST, at, by),
            LoadOp::Lwr if whole => ins.sload32(HOST, at, by),
            LoadOp::Lwu => ins.uload32(HOST, at, by),
            LoadOp::Ld => ins.load(I64, HOST, at, by),
            LoadOp::Ldr if whole => ins.load(I64, HOST, at, by),
            LoadOp::Lwl | LoadOp::Lwr | LoadOp::Ldl | LoadOp::Ldr => {
                self.load_part(op, rt, base, at, offset)
            }
        };
        self.write(rt, value);
    }

    pub(super) fn store(&mut self, op: StoreOp, rt: Register, base: Register, offset: i16) {
        let half = self.groups.half();
        if half == Half::Done {
            return;
        }
        let at = self.host_base(base);
        let value = self.read(rt);
        let by = i32::from(offset);
        let ins = self.builder.ins();
        match (op, half) {
            (StoreOp::Sb, _) => ins.istore8(HOST, value, at, by),
            (StoreOp::Sh, _) => ins.istore16(HOST, value, at, by),
            (StoreOp::Sw, _) => ins.istore32(HOST, value, at, by),
            (StoreOp::Sd, _) => ins.store(HOST, value, at, by),
            (StoreOp::Swl, Half::Whole) => ins.istore32(HOST, value, at, by - 3),
            (StoreOp::Sdl, Half::Whole) => ins.store(HOST, value, at, by - 7),
            _ => self.store_part(op, value, base, at, offset),
        };
    }

    /// Where `base` lies on the host, for the access at hand; checked by the first of its group.
    fn host_base(&mut self, base: Register) -> Value {
        let group = *self.groups.group();
        if let Some(host) = group.host {
            return host;
        }
        let base = self.read(base);
        let host = self.check(base, group);
        self.groups.group().host = Some(host);
        host
    }

    fn check(&mut self, base: Value, group: Group) -> Value {
        let bytes = (group.high - group.low) as u64;
        let access = Access {
            align: group.align as u64,
            bytes,
            store: group.store,
            single: group.members == 1,
            fixed: group.store && self.groups.holds_loads(),
        };
        let table = if group.store { offset::STORES } else { offset::LOADS };
        let align_bits = access.align.trailing_zeros();

        let low = self.constant(group.low as u64);
        let address = self.builder.ins().iadd(base, low);
        let shift = self.constant((PAGE_BYTES.trailing_zeros() - offset::TRANSLATION_BITS).into());
        let mask = self.constant((TRANSLATIONS as u64 - 1) << offset::TRANSLATION_BITS);
        let fold = self.constant(FOLD.into());
        let folded = self.builder.ins().ushr(address, fold);
        let folded = self.builder.ins().bxor(folded, address);
        let entry = self.builder.ins().ushr(folded, shift);
        let entry = self.builder.ins().band(entry, mask);
        let entry = self.builder.ins().iadd(self.tables, entry);
        let flags = MemFlagsData::trusted();
        let page = self.builder.ins().load(I64, flags, entry, table + offset::PAGE);
        let addend = self.builder.ins().load(I64, flags, entry, table + offset::ADDEND);
        let host = self.builder.ins().iadd(base, addend);
        // The place in the page if it is the right one, else more; rotated so, unaligned is more too.
        let mut within = self.builder.ins().bxor(address, page);
        if align_bits > 0 {
            let align_bits = self.constant(align_bits.into());
            within = self.builder.ins().rotr(within, align_bits);
        }
        let last = self.constant((PAGE_BYTES as u64 - bytes) >> align_bits);
        let misses = self.builder.ins().icmp(IntCC::UnsignedGreaterThan, within, last);

        let (miss, ready) = (self.builder.create_block(), self.builder.create_block());
        self.builder.set_cold_block(miss);
        let result = self.builder.append_block_param(ready, I64);
        self.builder.ins().brif(misses, miss, &[], ready, &[BlockArg::Value(host)]);

        self.builder.switch_to_block(miss);
        let admitted = self.admit(address, access);
        let host = self.builder.ins().isub(admitted, low);
        let refused = if access.single && !access.fixed {
            self.exit(Way::Faulted)
        } else {
            self.exit(Way::Stop(Stop::Interpret))
        };
        self.builder.ins().brif(admitted, ready, &[BlockArg::Value(host)], refused, &[]);

        self.builder.switch_to_block(ready);
        result
    }

    /// Asks the host for the place of `address`; 0 if it refuses the access.
    fn admit(&mut self, address: Value, access: Access) -> Value {
        let packed = self.constant(access.pack());
        let code = self.constant(self.map.host().admit() as u64);
        let signature = self.builder.import_signature(host::admit_signature());
        self.builder.ins().call_indirect(signature, code, &[self.context, address, packed]);
        self.builder.ins().load(I64, MemFlagsData::trusted(), self.context, offset::HOST)
    }
}
