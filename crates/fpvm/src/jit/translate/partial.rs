//! Loads and stores of a part of a word, as `crate::load_store` defines them.

use cranelift_codegen::ir::{Inst, InstBuilder, Value, types::I64};

use super::{Translator, memory::HOST};
use crate::{LoadOp, Register, StoreOp};

/// The aligned unit around an address.
struct Unit {
    /// Where it lies on the host.
    host: Value,
    content: Value,
    /// How far an operation to its left or right shifts.
    shift: Value,
    /// All bits of it.
    full: Value,
}

impl Translator<'_> {
    pub(super) fn load_part(
        &mut self,
        op: LoadOp,
        rt: Register,
        base: Register,
        at: Value,
        offset: i16,
    ) -> Value {
        let word = matches!(op, LoadOp::Lwl | LoadOp::Lwr);
        let left = matches!(op, LoadOp::Lwl | LoadOp::Ldl);
        let unit = self.unit(word, left, base, at, offset);
        let old = self.read(rt);
        let (content, mask) = if left {
            (
                self.builder.ins().ishl(unit.content, unit.shift),
                self.builder.ins().ishl(unit.full, unit.shift),
            )
        } else {
            (
                self.builder.ins().ushr(unit.content, unit.shift),
                self.builder.ins().ushr(unit.full, unit.shift),
            )
        };
        let kept = self.builder.ins().band_not(old, mask);
        let merged = self.builder.ins().bor(content, kept);
        self.word_if(word, merged)
    }

    pub(super) fn store_part(
        &mut self,
        op: StoreOp,
        value: Value,
        base: Register,
        at: Value,
        offset: i16,
    ) -> Inst {
        let word = matches!(op, StoreOp::Swl | StoreOp::Swr);
        let left = matches!(op, StoreOp::Swl | StoreOp::Sdl);
        let unit = self.unit(word, left, base, at, offset);
        let (bits, mask) = if left {
            (
                self.builder.ins().ushr(value, unit.shift),
                self.builder.ins().ushr(unit.full, unit.shift),
            )
        } else {
            (
                self.builder.ins().ishl(value, unit.shift),
                self.builder.ins().ishl(unit.full, unit.shift),
            )
        };
        let bits = self.builder.ins().band(bits, mask);
        let kept = self.builder.ins().band_not(unit.content, mask);
        let merged = self.builder.ins().bor(kept, bits);
        if word {
            self.builder.ins().istore32(HOST, merged, unit.host, 0)
        } else {
            self.builder.ins().store(HOST, merged, unit.host, 0)
        }
    }

    fn unit(&mut self, word: bool, left: bool, base: Register, at: Value, offset: i16) -> Unit {
        let inside = if word { 3 } else { 7 };
        let (inside, three) = (self.constant(inside), self.constant(3));
        let full = self.constant(if word { 0xffff_ffff } else { u64::MAX });
        let (base, offset) = (self.read(base), self.constant(i64::from(offset) as u64));
        let address = self.builder.ins().iadd(base, offset);
        let byte = self.builder.ins().band(address, inside);
        let host = self.builder.ins().iadd(at, offset);
        let host = self.builder.ins().isub(host, byte);
        let content = if word {
            self.builder.ins().uload32(HOST, host, 0)
        } else {
            self.builder.ins().load(I64, HOST, host, 0)
        };
        let bytes = if left { self.builder.ins().bxor(byte, inside) } else { byte };
        let shift = self.builder.ins().ishl(bytes, three);
        Unit { host, content, shift, full }
    }
}
