//! The guest's registers as variables of a function.

use cranelift_codegen::ir::{InstBuilder, MemFlagsData, Value, types::I64};
use cranelift_frontend::{FunctionBuilder, Variable};

use super::Translator;
use crate::{
    HiLo, Register,
    effects::{HI, LO},
    jit::context::offset,
};

const COUNT: usize = 34;

/// A variable for each register, and for hi and lo.
pub(super) struct Registers {
    variables: [Variable; COUNT],
    /// Registers whose value in the context may be old: bit n for rn, then hi and lo.
    pub(super) dirty: u64,
    /// A value that is known to be hi ‖ lo, each 32 bits, in the block at hand.
    pub(super) accumulator: Option<Value>,
}

impl Registers {
    /// Loads all registers. What a region does not use is dropped by the compiler.
    pub(super) fn load(builder: &mut FunctionBuilder<'_>, context: Value) -> Self {
        let variables = std::array::from_fn(|_| builder.declare_var(I64));
        for (index, variable) in variables.iter().enumerate() {
            let value = builder.ins().load(I64, MemFlagsData::trusted(), context, offset_of(index));
            builder.def_var(*variable, value);
        }
        Self { variables, dirty: 0, accumulator: None }
    }
}

/// Where a register lies in the context.
const fn offset_of(index: usize) -> i32 {
    match index {
        HI => offset::HI,
        LO => offset::LO,
        _ => offset::REGS + 8 * index as i32,
    }
}

impl Translator<'_> {
    pub(super) fn read(&mut self, register: Register) -> Value {
        match register {
            Register::ZERO => self.constant(0),
            _ => self.builder.use_var(self.registers.variables[register.index()]),
        }
    }

    pub(super) fn write(&mut self, register: Register, value: Value) {
        if register != Register::ZERO {
            self.define(register.index(), value);
        }
    }

    pub(super) fn read_hi_lo(&mut self, half: HiLo) -> Value {
        self.builder.use_var(self.registers.variables[index(half)])
    }

    pub(super) fn write_hi_lo(&mut self, half: HiLo, value: Value) {
        self.define(index(half), value);
        self.registers.accumulator = None;
    }

    fn define(&mut self, index: usize, value: Value) {
        self.registers.dirty |= 1 << index;
        self.builder.def_var(self.registers.variables[index], value);
    }

    /// Stores registers to the context.
    pub(super) fn store_registers(&mut self, registers: u64) {
        for index in (0..COUNT).filter(|index| registers >> index & 1 != 0) {
            let value = self.builder.use_var(self.registers.variables[index]);
            self.store_context(value, offset_of(index));
        }
    }
}

const fn index(half: HiLo) -> usize {
    match half {
        HiLo::Hi => HI,
        HiLo::Lo => LO,
    }
}
