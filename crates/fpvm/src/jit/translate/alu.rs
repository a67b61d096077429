//! Arithmetic, logic, shifts and bit fields, as `crate::alu` defines them.

use cranelift_codegen::ir::{
    InstBuilder, Value,
    condcodes::IntCC,
    types::{I8, I16, I32, I64},
};

use super::{Translator, exits::Way};
use crate::{AluOp, Condition, Fault};

impl Translator<'_> {
    /// The low 32 bits.
    pub(super) fn low(&mut self, value: Value) -> Value {
        self.builder.ins().ireduce(I32, value)
    }

    /// A 32-bit value as a register holds it.
    pub(super) fn word(&mut self, value: Value) -> Value {
        self.builder.ins().sextend(I64, value)
    }

    pub(super) fn alu(&mut self, op: AluOp, a: Value, b: Value) -> Value {
        match op {
            AluOp::Add | AluOp::Sub => self.checked_word(op, a, b),
            AluOp::Dadd | AluOp::Dsub => self.checked(op, a, b),
            AluOp::Daddu => self.builder.ins().iadd(a, b),
            AluOp::Dsubu => self.builder.ins().isub(a, b),
            AluOp::And => self.builder.ins().band(a, b),
            AluOp::Or => self.builder.ins().bor(a, b),
            AluOp::Xor => self.builder.ins().bxor(a, b),
            AluOp::Nor => {
                let or = self.builder.ins().bor(a, b);
                self.builder.ins().bnot(or)
            }
            AluOp::Slt => self.flag(IntCC::SignedLessThan, a, b),
            AluOp::Sltu => self.flag(IntCC::UnsignedLessThan, a, b),
            // Cranelift's shifts take the amount modulo the width, as the machine's do.
            AluOp::Dsll => self.builder.ins().ishl(a, b),
            AluOp::Dsrl => self.builder.ins().ushr(a, b),
            AluOp::Dsra => self.builder.ins().sshr(a, b),
            AluOp::Drotr => self.builder.ins().rotr(a, b),
            AluOp::Dclz => self.builder.ins().clz(a),
            AluOp::Dclo => {
                let a = self.builder.ins().bnot(a);
                self.builder.ins().clz(a)
            }
            AluOp::Seb => {
                let byte = self.builder.ins().ireduce(I8, a);
                self.word(byte)
            }
            AluOp::Seh => {
                let half = self.builder.ins().ireduce(I16, a);
                self.word(half)
            }
            AluOp::Dsbh => self.swap_bytes_in_halves(a),
            AluOp::Dshd => {
                let a = self.builder.ins().bswap(a);
                self.swap_bytes_in_halves(a)
            }
            AluOp::Clz | AluOp::Clo => {
                let mut a = self.low(a);
                if op == AluOp::Clo {
                    a = self.builder.ins().bnot(a);
                }
                let count = self.builder.ins().clz(a);
                self.builder.ins().uextend(I64, count)
            }
            AluOp::Wsbh => {
                let swapped = self.swap_bytes_in_halves(a);
                let swapped = self.low(swapped);
                self.word(swapped)
            }
            AluOp::Lui => {
                let sixteen = self.constant(16);
                self.alu(AluOp::Sll, b, sixteen)
            }
            AluOp::Addu
            | AluOp::Subu
            | AluOp::Mul
            | AluOp::Sll
            | AluOp::Srl
            | AluOp::Sra
            | AluOp::Rotr => {
                let (a, b) = (self.low(a), self.low(b));
                let ins = self.builder.ins();
                let result = match op {
                    AluOp::Addu => ins.iadd(a, b),
                    AluOp::Subu => ins.isub(a, b),
                    AluOp::Mul => ins.imul(a, b),
                    AluOp::Sll => ins.ishl(a, b),
                    AluOp::Srl => ins.ushr(a, b),
                    AluOp::Sra => ins.sshr(a, b),
                    _ => ins.rotr(a, b),
                };
                self.word(result)
            }
        }
    }

    pub(super) fn extract(&mut self, source: Value, position: u8, size: u8, word: bool) -> Value {
        let (position, mask) = (self.constant(position.into()), self.constant(mask(size)));
        let shifted = self.builder.ins().ushr(source, position);
        let field = self.builder.ins().band(shifted, mask);
        self.word_if(word, field)
    }

    pub(super) fn insert(
        &mut self,
        target: Value,
        source: Value,
        position: u8,
        size: u8,
        word: bool,
    ) -> Value {
        let mask = mask(size) << position;
        let (position, mask, rest) =
            (self.constant(position.into()), self.constant(mask), self.constant(!mask));
        let shifted = self.builder.ins().ishl(source, position);
        let field = self.builder.ins().band(shifted, mask);
        let kept = self.builder.ins().band(target, rest);
        let merged = self.builder.ins().bor(kept, field);
        self.word_if(word, merged)
    }

    /// Traps if the condition holds.
    pub(super) fn trap(&mut self, when: Condition, a: Value, b: Value) {
        let holds = self.condition(when, a, b);
        self.exit_if(holds, Way::Fault(Fault::Trap));
    }

    pub(super) fn condition(&mut self, when: Condition, a: Value, b: Value) -> Value {
        let code = match when {
            Condition::Equal => IntCC::Equal,
            Condition::NotEqual => IntCC::NotEqual,
            Condition::Less => IntCC::SignedLessThan,
            Condition::LessOrEqual => IntCC::SignedLessThanOrEqual,
            Condition::Greater => IntCC::SignedGreaterThan,
            Condition::GreaterOrEqual => IntCC::SignedGreaterThanOrEqual,
            Condition::LessUnsigned => IntCC::UnsignedLessThan,
            Condition::GreaterOrEqualUnsigned => IntCC::UnsignedGreaterThanOrEqual,
        };
        self.builder.ins().icmp(code, a, b)
    }

    fn flag(&mut self, code: IntCC, a: Value, b: Value) -> Value {
        let flag = self.builder.ins().icmp(code, a, b);
        self.builder.ins().uextend(I64, flag)
    }

    pub(super) fn word_if(&mut self, word: bool, value: Value) -> Value {
        if !word {
            return value;
        }
        let low = self.low(value);
        self.word(low)
    }

    /// `add`, `sub`: the 64-bit result of 32-bit operands does not fit 32 bits on overflow.
    fn checked_word(&mut self, op: AluOp, a: Value, b: Value) -> Value {
        let (a, b) = (self.word_if(true, a), self.word_if(true, b));
        let wide = match op {
            AluOp::Add => self.builder.ins().iadd(a, b),
            _ => self.builder.ins().isub(a, b),
        };
        let result = self.word_if(true, wide);
        let overflows = self.builder.ins().icmp(IntCC::NotEqual, result, wide);
        self.exit_if(overflows, Way::Fault(Fault::IntegerOverflow));
        result
    }

    /// `dadd`, `dsub`: a sum overflows if both operands differ in sign from it; `a - b = c` is
    /// `a = b + c`.
    fn checked(&mut self, op: AluOp, a: Value, b: Value) -> Value {
        let (result, sum, other) = match op {
            AluOp::Dadd => {
                let result = self.builder.ins().iadd(a, b);
                (result, result, a)
            }
            _ => {
                let result = self.builder.ins().isub(a, b);
                (result, a, result)
            }
        };
        let (first, second) =
            (self.builder.ins().bxor(sum, b), self.builder.ins().bxor(sum, other));
        let both = self.builder.ins().band(first, second);
        let zero = self.constant(0);
        let overflows = self.builder.ins().icmp(IntCC::SignedLessThan, both, zero);
        self.exit_if(overflows, Way::Fault(Fault::IntegerOverflow));
        result
    }

    fn swap_bytes_in_halves(&mut self, value: Value) -> Value {
        let (low_bytes, eight) = (self.constant(0x00ff_00ff_00ff_00ff), self.constant(8));
        let low = self.builder.ins().band(value, low_bytes);
        let low = self.builder.ins().ishl(low, eight);
        let high = self.builder.ins().ushr(value, eight);
        let high = self.builder.ins().band(high, low_bytes);
        self.builder.ins().bor(low, high)
    }
}

/// The low `size` bits set, 1 ≤ `size` ≤ 64.
const fn mask(size: u8) -> u64 {
    u64::MAX >> (64 - size as u32)
}
