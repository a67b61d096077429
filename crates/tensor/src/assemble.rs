//! Building records: what importers and tests write instead of bytes.

use crate::{
    Operand, Record,
    form::{SLOT_A, SLOT_OUT},
};

impl Operand {
    /// An operand at an absolute address with the given byte strides; unused strides are zero.
    pub const fn at(address: u64, stride: [u32; 3]) -> Self {
        Self { base: address, step: 0, stride, plane: 0, reserved: 0 }
    }

    /// The same operand, moved by `step` bytes per unit of register `register` (1 to 15).
    pub const fn indexed(self, register: u8, step: u32) -> Self {
        Self { base: self.base | (register as u64) << 48, step, ..self }
    }
}

impl Operand {
    /// An operand whose stride 0 is that of its rows, as rows of a plane: one outer index, elements `step` bytes apart.
    pub(crate) const fn of_rows(self, step: u32) -> Self {
        let [rows, ..] = self.stride;
        Self { stride: [0, rows, step], ..self }
    }
}

/// The dimension word that stands for the value of register `register`.
pub const fn dimension(register: u8) -> u32 {
    1 << 31 | register as u32
}

impl Record {
    /// A record of the operator, without sizes and operands.
    pub(crate) fn of(op: u8, sub: u8, types: [u8; 4]) -> Self {
        Self { op, sub, types, ..Self::default() }
    }

    /// The same record with its sizes, one input and the output.
    pub(crate) fn one_to_one(
        mut self,
        dims: &[u32],
        tile: &[u32],
        x: Operand,
        out: Operand,
    ) -> Self {
        self.put(dims, tile);
        self.operand[SLOT_A] = x;
        self.operand[SLOT_OUT] = out;
        self
    }

    /// Writes the first dimensions and tile sizes.
    pub(crate) fn put(&mut self, dims: &[u32], tile: &[u32]) {
        for (to, from) in self.dim.iter_mut().zip(dims) {
            *to = *from;
        }
        for (to, from) in self.tile.iter_mut().zip(tile) {
            *to = *from;
        }
    }
}
