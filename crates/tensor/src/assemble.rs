//! Building records: what importers and tests write instead of bytes.

use opml_kernels::Output;

use crate::{
    Operand, Record, condition,
    element::{F32, I32, NONE, Q8, Q8_0, S8, U8, U32},
    form::{SLOT_A, SLOT_B, SLOT_OUT, SLOT_TABLE},
    opcode,
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

/// The dimension word that stands for the value of register `register`.
pub const fn dimension(register: u8) -> u32 {
    1 << 31 | register as u32
}

/// Operands and sizes of an s8 dense layer.
#[derive(Clone, Copy, Debug)]
pub struct DenseSpec {
    /// Rows M, outputs N, terms K.
    pub dims: [u32; 3],
    /// Rows and columns per tile.
    pub tile: [u32; 2],
    /// Zero point and clamp.
    pub output: Output,
    /// Activations `[M][K]`; stride 0 is the row's.
    pub x: Operand,
    /// Weights `[N][K]`; stride 0 is the row's.
    pub weights: Operand,
    /// Requantisation parameters `[N]`.
    pub table: Operand,
    /// Output `[M][N]`; stride 0 is the row's.
    pub out: Operand,
}

/// Operands and sizes of a dense layer of Q8 by Q8_0.
#[derive(Clone, Copy, Debug)]
pub struct BlockSpec {
    /// Rows M, outputs N, terms K, a multiple of 32.
    pub dims: [u32; 3],
    /// Rows and columns per tile; columns are a multiple of 16.
    pub tile: [u32; 2],
    /// Activations `[M][K/32]` of Q8 blocks; stride 0 is the row's.
    pub x: Operand,
    /// Weights `[N/16][K/32]` of panel blocks; stride 0 is the panel's.
    pub weights: Operand,
    /// Output `[M][N]`, f32; stride 0 is the row's.
    pub out: Operand,
}

impl Record {
    /// Ends the run with an output of `r[register] + constant` bytes.
    pub fn halt(register: u8, constant: u64) -> Self {
        Self::control(opcode::HALT, [0, register, 0, 0], constant)
    }

    /// `r[to] := constant`.
    pub fn set(to: u8, constant: u64) -> Self {
        Self::control(opcode::SET, [to, 0, 0, 0], constant)
    }

    /// `r[to] := r[a] + r[b] + constant`, wrapping; a negative constant is its two's complement.
    pub fn add(to: u8, a: u8, b: u8, constant: u64) -> Self {
        Self::control(opcode::ADD, [to, a, b, 0], constant)
    }

    /// Goes on at record `target` if `r[a] condition r[b]`, else at the next.
    pub fn branch(condition: u8, a: u8, b: u8, target: u32) -> Self {
        Self::control(opcode::BRANCH, [0, a, b, condition], target.into())
    }

    /// Goes on at record `target`.
    pub fn jump(target: u32) -> Self {
        Self::branch(condition::ALWAYS, 0, 0, target)
    }

    fn control(sub: u8, packed: [u8; 4], constant: u64) -> Self {
        let (low, high) = (constant as u32, (constant >> 32) as u32);
        let imm = [u32::from_le_bytes(packed), low, high, 0];
        Self { op: opcode::CTRL, sub, imm, ..Self::default() }
    }

    /// A dense layer.
    pub fn dense(spec: DenseSpec) -> Self {
        let Output { zero_point, low, high } = spec.output;
        let word = |value: i8| i32::from(value) as u32;
        let mut record = Self {
            op: opcode::MATMUL,
            types: [S8, S8, S8, I32],
            imm: [word(zero_point), word(low), word(high), 0],
            ..Self::default()
        };
        record.put(&spec.dims, &spec.tile);
        record.operand[SLOT_A] = spec.x;
        record.operand[SLOT_B] = spec.weights;
        record.operand[SLOT_TABLE] = spec.table;
        record.operand[SLOT_OUT] = spec.out;
        record
    }

    /// Rectification at `zero_point` over three dimensions, outermost first; in place if `x` and `out` are the same.
    pub fn relu(dims: [u32; 3], tile: [u32; 2], zero_point: i8, x: Operand, out: Operand) -> Self {
        let imm = [i32::from(zero_point) as u32, 0, 0, 0];
        Self { op: opcode::EW, types: [S8, NONE, S8, NONE], imm, ..Self::map(dims, tile, x, out) }
    }

    /// Copy of bytes over three dimensions, outermost first.
    pub fn copy(dims: [u32; 3], tile: [u32; 2], x: Operand, out: Operand) -> Self {
        Self { op: opcode::COPY, types: [U8, NONE, U8, NONE], ..Self::map(dims, tile, x, out) }
    }

    /// A dense layer of Q8 activations by Q8_0 weights.
    pub fn dense_q8_0(spec: BlockSpec) -> Self {
        let types = [Q8, Q8_0, F32, NONE];
        let (op, sub) = (opcode::MATMUL, opcode::DENSE_Q8_0);
        let mut record = Self { op, sub, types, ..Self::default() };
        record.put(&spec.dims, &spec.tile);
        record.operand[SLOT_A] = spec.x;
        record.operand[SLOT_B] = spec.weights;
        record.operand[SLOT_OUT] = spec.out;
        record
    }

    /// Index of the first maximum of each of `dims[0]` rows of `dims[1]` elements.
    pub fn argmax(dims: [u32; 2], tile_rows: u32, x: Operand, out: Operand) -> Self {
        let types = [S8, NONE, U32, NONE];
        Self { op: opcode::REDUCE, types, ..Self::rows(dims, tile_rows, x, out) }
    }

    /// Softmax of each of `dims[0]` rows of `dims[1]` f32 elements.
    pub fn softmax(dims: [u32; 2], tile_rows: u32, x: Operand, out: Operand) -> Self {
        let types = [F32, NONE, F32, NONE];
        Self { op: opcode::SOFTMAX, types, ..Self::rows(dims, tile_rows, x, out) }
    }

    /// Q8 blocks of each of `dims[0]` rows of `dims[1]` f32 elements, a multiple of 32.
    pub fn quantise(dims: [u32; 2], tile_rows: u32, x: Operand, out: Operand) -> Self {
        let types = [F32, NONE, Q8, NONE];
        Self { op: opcode::QUANT, types, ..Self::rows(dims, tile_rows, x, out) }
    }

    fn rows(dims: [u32; 2], tile_rows: u32, x: Operand, out: Operand) -> Self {
        let mut record = Self::default();
        record.put(&dims, &[tile_rows]);
        record.operand[SLOT_A] = x;
        record.operand[SLOT_OUT] = out;
        record
    }

    fn map(dims: [u32; 3], tile: [u32; 2], x: Operand, out: Operand) -> Self {
        let mut record = Self::default();
        record.put(&dims, &tile);
        record.operand[SLOT_A] = x;
        record.operand[SLOT_OUT] = out;
        record
    }

    fn put(&mut self, dims: &[u32], tile: &[u32]) {
        for (to, from) in self.dim.iter_mut().zip(dims) {
            *to = *from;
        }
        for (to, from) in self.tile.iter_mut().zip(tile) {
            *to = *from;
        }
    }
}
