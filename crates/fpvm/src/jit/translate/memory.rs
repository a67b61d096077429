//! Loads and stores, through the tables of translations.
//!
//! Accesses of a block to one base register share a check: that their lowest and their highest byte
//! lie in one page that the tables serve.

use cranelift_codegen::ir::{
    BlockArg, InstBuilder, MemFlagsData, Value, condcodes::IntCC, types::I64,
};
use cranelift_frontend::FunctionBuilder;
use opml_memory::{PAGE_BYTES, TRANSLATIONS};

use super::Translator;
use crate::{
    Instruction, LoadOp, Register, StoreOp,
    jit::{
        context::{Access, Stop, offset},
        host,
    },
};

/// Most bytes from the first to the last of a group: longer groups cross pages too often.
const MAX_GROUP: i64 = 256;

/// The accesses of a block.
#[derive(Default)]
pub(super) struct Groups {
    groups: Vec<Group>,
    /// For each instruction of the block, the group that it belongs to.
    members: Vec<Option<usize>>,
    /// The instruction at hand.
    index: usize,
}

/// Accesses to `base + offset` while `base` stays the same.
#[derive(Clone, Copy)]
struct Group {
    base: Register,
    store: bool,
    /// Offsets of the first byte and behind the last.
    low: i64,
    high: i64,
    /// The widest access, and the offset of one.
    align: i64,
    anchor: i64,
    /// Where `base` would lie on the host, from the first access on.
    host: Option<Value>,
}

impl Group {
    const fn new(base: Register, store: bool, width: i64, offset: i64) -> Self {
        let (low, high) = (offset, offset + width);
        Self { base, store, low, high, align: width, anchor: offset, host: None }
    }

    /// The group with one more access, if one check can serve them all: the widest access being
    /// aligned implies it of the others.
    fn with(self, width: i64, offset: i64) -> Option<Self> {
        if (offset - self.anchor) % width.min(self.align) != 0 {
            return None;
        }
        let (align, anchor) =
            if width > self.align { (width, offset) } else { (self.align, self.anchor) };
        let low = self.low.min(offset);
        let low = low - (low - anchor).rem_euclid(align);
        let high = self.high.max(offset + width);
        (high - low <= MAX_GROUP).then_some(Self { low, high, align, anchor, ..self })
    }
}

impl Groups {
    pub(super) const fn next(&mut self) {
        self.index += 1;
    }
}

/// The address of the tables.
pub(super) fn tables(builder: &mut FunctionBuilder<'_>, context: Value) -> Value {
    builder.ins().load(I64, MemFlagsData::trusted(), context, offset::TABLES)
}

impl Translator<'_> {
    /// Finds the groups of instructions that run one after the other.
    pub(super) fn find_groups<'a>(&mut self, run: impl Iterator<Item = &'a Instruction>) {
        let mut found = Groups::default();
        let mut open: Vec<usize> = Vec::new();
        for instruction in run {
            let access = match *instruction {
                Instruction::Load { op, base, offset, .. } => {
                    Some((base, false, load_width(op), offset))
                }
                Instruction::Store { op, base, offset, .. } => {
                    Some((base, true, store_width(op), offset))
                }
                _ => None,
            };
            let member = access.map(|(base, store, width, offset)| {
                let offset = i64::from(offset);
                let same = |index: &&usize| {
                    let group: &Group = &found.groups[**index];
                    group.base == base && group.store == store
                };
                if let Some(index) = open.iter().find(same).copied() {
                    if let Some(group) = found.groups[index].with(width, offset) {
                        found.groups[index] = group;
                        return index;
                    }
                    open.retain(|other| *other != index);
                }
                found.groups.push(Group::new(base, store, width, offset));
                open.push(found.groups.len() - 1);
                found.groups.len() - 1
            });
            found.members.push(member);
            if let Some(written) = target(*instruction) {
                open.retain(|index| found.groups[*index].base != written);
            }
        }
        self.groups = found;
    }

    pub(super) fn load(&mut self, op: LoadOp, rt: Register, base: Register, offset: i16) {
        let at = self.host_base(base);
        let flags = MemFlagsData::new().with_notrap();
        let offset = i32::from(offset);
        let ins = self.builder.ins();
        let value = match op {
            LoadOp::Lb => ins.sload8(I64, flags, at, offset),
            LoadOp::Lbu => ins.uload8(I64, flags, at, offset),
            LoadOp::Lh => ins.sload16(I64, flags, at, offset),
            LoadOp::Lhu => ins.uload16(I64, flags, at, offset),
            LoadOp::Lw => ins.sload32(flags, at, offset),
            LoadOp::Lwu => ins.uload32(flags, at, offset),
            _ => ins.load(I64, flags, at, offset),
        };
        self.write(rt, value);
    }

    pub(super) fn store(&mut self, op: StoreOp, rt: Register, base: Register, offset: i16) {
        let at = self.host_base(base);
        let value = self.read(rt);
        let flags = MemFlagsData::new().with_notrap();
        let offset = i32::from(offset);
        let ins = self.builder.ins();
        match op {
            StoreOp::Sb => ins.istore8(flags, value, at, offset),
            StoreOp::Sh => ins.istore16(flags, value, at, offset),
            StoreOp::Sw => ins.istore32(flags, value, at, offset),
            _ => ins.store(flags, value, at, offset),
        };
    }

    /// Where `base` lies on the host, for the access at hand; checked by the first of its group.
    fn host_base(&mut self, base: Register) -> Value {
        let Some(member) = self.groups.members[self.groups.index] else {
            unreachable!("every load and store has a group")
        };
        let group = self.groups.groups[member];
        if let Some(host) = group.host {
            return host;
        }
        let base = self.read(base);
        let host = self.check(base, group);
        self.groups.groups[member].host = Some(host);
        host
    }

    fn check(&mut self, base: Value, group: Group) -> Value {
        let bytes = (group.high - group.low) as u64;
        let access = Access { align: group.align as u64, bytes, store: group.store };
        let table = if group.store { offset::STORES } else { offset::LOADS };
        let align_bits = access.align.trailing_zeros();

        let low = self.constant(group.low as u64);
        let address = self.builder.ins().iadd(base, low);
        let shift = self.constant((PAGE_BYTES.trailing_zeros() - offset::TRANSLATION_BITS).into());
        let mask = self.constant((TRANSLATIONS as u64 - 1) << offset::TRANSLATION_BITS);
        let entry = self.builder.ins().ushr(address, shift);
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
        let refuse = self.stop(Stop::Interpret);
        self.builder.ins().brif(admitted, ready, &[BlockArg::Value(host)], refuse, &[]);

        self.builder.switch_to_block(ready);
        result
    }

    /// Asks the host for the place of `address`; 0 if the interpreter has to see to the access.
    fn admit(&mut self, address: Value, access: Access) -> Value {
        let packed = self.constant(access.pack());
        let code = self.constant(self.map.host().admit() as u64);
        let signature = self.builder.import_signature(host::admit_signature());
        self.builder.ins().call_indirect(signature, code, &[self.context, address, packed]);
        self.builder.ins().load(I64, MemFlagsData::trusted(), self.context, offset::HOST)
    }
}

/// The general register that an instruction other than a branch or jump writes.
const fn target(instruction: Instruction) -> Option<Register> {
    match instruction {
        Instruction::Alu { rd, .. }
        | Instruction::AluImmediate { rd, .. }
        | Instruction::MoveIf { rd, .. }
        | Instruction::MoveFrom { rd, .. } => Some(rd),
        Instruction::Extract { rt, .. }
        | Instruction::Insert { rt, .. }
        | Instruction::Load { rt, .. } => Some(rt),
        _ => None,
    }
}

const fn load_width(op: LoadOp) -> i64 {
    match op {
        LoadOp::Lb | LoadOp::Lbu => 1,
        LoadOp::Lh | LoadOp::Lhu => 2,
        LoadOp::Lw | LoadOp::Lwu => 4,
        _ => 8,
    }
}

const fn store_width(op: StoreOp) -> i64 {
    match op {
        StoreOp::Sb => 1,
        StoreOp::Sh => 2,
        StoreOp::Sw => 4,
        _ => 8,
    }
}
