//! Loads and stores.

use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types::I64};

use super::{Translator, groups::Half};
use crate::{LoadOp, Register, StoreOp};

/// Host memory that generated code may touch, aligned or not.
pub(super) const HOST: MemFlagsData = MemFlagsData::new().with_notrap();

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
}
