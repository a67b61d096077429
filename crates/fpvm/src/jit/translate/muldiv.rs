//! Multiplication and division into hi and lo, as `crate::muldiv` defines them.

use cranelift_codegen::ir::{InstBuilder, Value, condcodes::IntCC, types::I64};

use super::{Translator, exits::Way};
use crate::{Fault, HiLo, MulDivOp};

impl Translator<'_> {
    pub(super) fn mul_div(&mut self, op: MulDivOp, a: Value, b: Value) {
        match op {
            MulDivOp::Mult => {
                let product = self.signed_product(a, b);
                self.set_words(product);
            }
            MulDivOp::Multu => {
                let product = self.product(a, b);
                self.set_words(product);
            }
            MulDivOp::Madd | MulDivOp::Maddu | MulDivOp::Msub | MulDivOp::Msubu => {
                let product = match op {
                    MulDivOp::Madd | MulDivOp::Msub => self.signed_product(a, b),
                    _ => self.product(a, b),
                };
                let accumulator = self.words();
                let ins = self.builder.ins();
                let result = match op {
                    MulDivOp::Madd | MulDivOp::Maddu => ins.iadd(accumulator, product),
                    _ => ins.isub(accumulator, product),
                };
                self.set_words(result);
            }
            MulDivOp::Dmult => {
                let (hi, lo) = (self.builder.ins().smulhi(a, b), self.builder.ins().imul(a, b));
                self.set_hi_lo(hi, lo);
            }
            MulDivOp::Dmultu => {
                let (hi, lo) = (self.builder.ins().umulhi(a, b), self.builder.ins().imul(a, b));
                self.set_hi_lo(hi, lo);
            }
            MulDivOp::Div => {
                let (a, b) = (self.sign_extended(a), self.sign_extended(b));
                self.fault_if_zero(b);
                // In 64 bits nothing overflows.
                let quotient = self.builder.ins().sdiv(a, b);
                self.set_quotient(a, b, quotient, true);
            }
            MulDivOp::Divu => {
                let (a, b) = (self.zero_extended(a), self.zero_extended(b));
                self.fault_if_zero(b);
                let quotient = self.builder.ins().udiv(a, b);
                self.set_quotient(a, b, quotient, true);
            }
            MulDivOp::Ddiv => {
                self.fault_if_zero(b);
                let quotient = self.signed_quotient(a, b);
                self.set_quotient(a, b, quotient, false);
            }
            MulDivOp::Ddivu => {
                self.fault_if_zero(b);
                let quotient = self.builder.ins().udiv(a, b);
                self.set_quotient(a, b, quotient, false);
            }
        }
    }

    /// Division that wraps: by -1 it is a negation, which the host's division refuses for one value.
    fn signed_quotient(&mut self, a: Value, b: Value) -> Value {
        let (one, minus_one) = (self.constant(1), self.constant(u64::MAX));
        let negates = self.builder.ins().icmp(IntCC::Equal, b, minus_one);
        let divisor = self.builder.ins().select(negates, one, b);
        let quotient = self.builder.ins().sdiv(a, divisor);
        let negated = self.builder.ins().ineg(a);
        self.builder.ins().select(negates, negated, quotient)
    }

    fn set_quotient(&mut self, a: Value, b: Value, quotient: Value, words: bool) {
        let product = self.builder.ins().imul(quotient, b);
        let (mut hi, mut lo) = (self.builder.ins().isub(a, product), quotient);
        if words {
            (hi, lo) = (self.sign_extended(hi), self.sign_extended(lo));
        }
        self.set_hi_lo(hi, lo);
    }

    fn sign_extended(&mut self, value: Value) -> Value {
        let low = self.low(value);
        self.word(low)
    }

    fn zero_extended(&mut self, value: Value) -> Value {
        let low = self.low(value);
        self.builder.ins().uextend(I64, low)
    }

    fn signed_product(&mut self, a: Value, b: Value) -> Value {
        let (a, b) = (self.sign_extended(a), self.sign_extended(b));
        self.builder.ins().imul(a, b)
    }

    fn product(&mut self, a: Value, b: Value) -> Value {
        let (a, b) = (self.zero_extended(a), self.zero_extended(b));
        self.builder.ins().imul(a, b)
    }

    /// The 64-bit accumulator that the low halves of hi and lo make.
    fn words(&mut self) -> Value {
        if let Some(accumulator) = self.registers.accumulator {
            return accumulator;
        }
        let (hi, lo) = (self.read_hi_lo(HiLo::Hi), self.read_hi_lo(HiLo::Lo));
        let lo = self.zero_extended(lo);
        let half = self.constant(32);
        let hi = self.builder.ins().ishl(hi, half);
        self.builder.ins().bor(hi, lo)
    }

    /// Splits an accumulator into hi and lo, each sign-extended from 32 bits.
    fn set_words(&mut self, accumulator: Value) {
        let half = self.constant(32);
        let hi = self.builder.ins().sshr(accumulator, half);
        let lo = self.sign_extended(accumulator);
        self.set_hi_lo(hi, lo);
        self.registers.accumulator = Some(accumulator);
    }

    fn set_hi_lo(&mut self, hi: Value, lo: Value) {
        self.write_hi_lo(HiLo::Hi, hi);
        self.write_hi_lo(HiLo::Lo, lo);
    }

    fn fault_if_zero(&mut self, divisor: Value) {
        let zero = self.constant(0);
        let is_zero = self.builder.ins().icmp(IntCC::Equal, divisor, zero);
        self.exit_if(is_zero, Way::Fault(Fault::DivisionByZero));
    }
}
