//! Control flow, and the ways between registers and memory: HALT, SET, BRANCH, register arithmetic, LOAD, STORE.

use super::Context;
use crate::{
    DataHalf, Header, Operand, Record, Refusal, Span, condition,
    element::{NONE, U32},
    form::{Form, SLOT_A, SLOT_OUT, opcode},
    memory::{load, store},
    operand::Lattice,
};

/// The effect of a CTRL record on control block and memory, with its registers already read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ControlFlow {
    /// The run is done with an output of `length` bytes.
    Halt {
        /// Output length in bytes, within the model's bound.
        length: u64,
    },
    /// `register := value`, then the next record.
    Assign {
        /// `1..=15`.
        register: u8,
        /// New value.
        value: u64,
    },
    /// Goes on at `target`, or at the next record if there is none.
    Branch {
        /// Record to go on at, if the condition holds.
        target: Option<u64>,
    },
    /// `register :=` the little-endian word at `from`, then the next record.
    Load {
        /// `1..=15`.
        register: u8,
        /// Four or eight bytes.
        from: Span,
    },
    /// The low bytes of `value` are written to `to`, then the next record.
    Store {
        /// Value of the register.
        value: u64,
        /// Four or eight bytes.
        to: Span,
    },
}

pub(crate) const fn form(record: &Record) -> Result<Form, Refusal> {
    let Record { op, sub, .. } = *record;
    let form = Form { types: [NONE; 4], flags: 0, dims: 0, tiles: 0, imms: 3, strides: [0; 6] };
    Ok(match sub {
        opcode::BRANCH => Form { imms: 2, ..form },
        opcode::HALT..=opcode::SHIFT => form,
        opcode::LOAD_32 | opcode::LOAD_64 => {
            Form { types: [U32, NONE, NONE, NONE], imms: 1, strides: [1, 0, 0, 0, 0, 0], ..form }
        }
        opcode::STORE_32 | opcode::STORE_64 => {
            Form { types: [NONE, NONE, U32, NONE], imms: 1, strides: [0, 0, 0, 0, 1, 0], ..form }
        }
        _ => return Err(Refusal::Operator { op, sub }),
    })
}

impl ControlFlow {
    /// Upper bound of the small steps, without what every large step takes: HALT clears the output.
    pub(crate) fn work(&self, header: &Header) -> u64 {
        match self {
            Self::Halt { .. } => 2 * u64::from(header.output_max),
            _ => 0,
        }
    }

    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let Context { record, registers, header } = context;
        let [packed, low, high, _] = record.imm;
        let [register, a, b, code] = packed.to_le_bytes();
        // Of the packed bytes an operation may use only some; the others are zero.
        let used: [bool; 4] = match record.sub {
            opcode::HALT | opcode::STORE_32 | opcode::STORE_64 => [false, true, false, false],
            opcode::SET | opcode::LOAD_32 | opcode::LOAD_64 => [true, false, false, false],
            opcode::BRANCH => [false, code != condition::ALWAYS, code != condition::ALWAYS, true],
            _ => [true, true, true, false],
        };
        let malformed = |(byte, used): (u8, bool)| byte > 15 || (!used && byte != 0);
        let [writes, ..] = used;
        if [register, a, b, code].into_iter().zip(used).any(malformed) || (writes && register == 0)
        {
            return Err(Refusal::Immediate { index: 0, value: packed });
        }
        let constant = u64::from(high) << 32 | u64::from(low);
        let x = registers.get(a);
        let y = registers.get(b).wrapping_add(constant);
        let assign = |value| Ok(Self::Assign { register, value });
        match record.sub {
            opcode::HALT => {
                let length = x.wrapping_add(constant);
                if length > u64::from(header.output_max) {
                    return Err(Refusal::OutputLength { length, max: header.output_max });
                }
                Ok(Self::Halt { length })
            }
            opcode::SET => assign(constant),
            opcode::ADD => assign(x.wrapping_add(y)),
            opcode::SUBTRACT => assign(x.wrapping_sub(y)),
            opcode::MULTIPLY => assign(x.wrapping_mul(y)),
            opcode::LEAST => assign(x.min(y)),
            opcode::AND => assign(x & y),
            // The lower six bits count.
            opcode::SHIFT => assign(x.wrapping_shr(y as u32)),
            opcode::LOAD_32 => Ok(Self::Load { register, from: context.source(SLOT_A, word(4))? }),
            opcode::LOAD_64 => Ok(Self::Load { register, from: context.source(SLOT_A, word(8))? }),
            opcode::STORE_32 => {
                Ok(Self::Store { value: x, to: context.target(SLOT_OUT, word(4))? })
            }
            opcode::STORE_64 => {
                Ok(Self::Store { value: x, to: context.target(SLOT_OUT, word(8))? })
            }
            _ => {
                let y = registers.get(b);
                let holds = match code {
                    condition::ALWAYS => true,
                    condition::EQUAL => x == y,
                    condition::NOT_EQUAL => x != y,
                    condition::LESS => x < y,
                    condition::GREATER_OR_EQUAL => x >= y,
                    _ => return Err(Refusal::Immediate { index: 0, value: packed }),
                };
                Ok(Self::Branch { target: holds.then_some(u64::from(low)) })
            }
        }
    }

    /// The bytes of tensor data that are written.
    pub(crate) const fn target(&self) -> Option<Span> {
        match self {
            Self::Store { to, .. } => Some(*to),
            _ => None,
        }
    }

    /// Writes the tensor data; what concerns the control block is for the large step.
    pub(crate) fn execute<D: DataHalf + ?Sized>(&self, data: &mut D) {
        if let Self::Store { value, to } = self {
            let bytes = value.to_le_bytes();
            store(data, to.start, bytes.get(..to.length as usize).unwrap_or(&bytes));
        }
    }
}

/// The value at `from`, which is four or eight bytes.
pub(crate) fn load_word<D: DataHalf + ?Sized>(data: &D, from: Span) -> u64 {
    match from.length {
        4 => u64::from(u32::from_le_bytes(load(data, from.start))),
        _ => u64::from_le_bytes(load(data, from.start)),
    }
}

/// One word; its stride is never used.
const fn word(element: u64) -> Lattice<1> {
    Lattice { dims: [1], strides: [0], element }
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

    /// `r[to] := r[a] + (r[b] + constant)`, wrapping; a negative constant is its two's complement.
    pub fn add(to: u8, a: u8, b: u8, constant: u64) -> Self {
        Self::control(opcode::ADD, [to, a, b, 0], constant)
    }

    /// `r[to] := r[a] − (r[b] + constant)`, wrapping.
    pub fn subtract(to: u8, a: u8, b: u8, constant: u64) -> Self {
        Self::control(opcode::SUBTRACT, [to, a, b, 0], constant)
    }

    /// `r[to] := r[a] · (r[b] + constant)`, wrapping.
    pub fn multiply(to: u8, a: u8, b: u8, constant: u64) -> Self {
        Self::control(opcode::MULTIPLY, [to, a, b, 0], constant)
    }

    /// `r[to] :=` the lesser of `r[a]` and `r[b] + constant`.
    pub fn least(to: u8, a: u8, b: u8, constant: u64) -> Self {
        Self::control(opcode::LEAST, [to, a, b, 0], constant)
    }

    /// `r[to] := r[a] & (r[b] + constant)`.
    pub fn and(to: u8, a: u8, b: u8, constant: u64) -> Self {
        Self::control(opcode::AND, [to, a, b, 0], constant)
    }

    /// `r[to] := r[a] >> (r[b] + constant) mod 64`.
    pub fn shift(to: u8, a: u8, b: u8, constant: u64) -> Self {
        Self::control(opcode::SHIFT, [to, a, b, 0], constant)
    }

    /// `r[to] :=` the u32 at `from`.
    pub fn load_32(to: u8, from: Operand) -> Self {
        Self::load(opcode::LOAD_32, to, from)
    }

    /// `r[to] :=` the u64 at `from`.
    pub fn load_64(to: u8, from: Operand) -> Self {
        Self::load(opcode::LOAD_64, to, from)
    }

    /// Writes the lower half of `r[a]` to `to`.
    pub fn store_32(a: u8, to: Operand) -> Self {
        Self::store(opcode::STORE_32, a, to)
    }

    /// Writes `r[a]` to `to`.
    pub fn store_64(a: u8, to: Operand) -> Self {
        Self::store(opcode::STORE_64, a, to)
    }

    /// Goes on at record `target` if `r[a] condition r[b]`, else at the next.
    pub fn branch(condition: u8, a: u8, b: u8, target: u32) -> Self {
        Self::control(opcode::BRANCH, [0, a, b, condition], target.into())
    }

    /// Goes on at record `target`.
    pub fn jump(target: u32) -> Self {
        Self::branch(condition::ALWAYS, 0, 0, target)
    }

    fn load(sub: u8, to: u8, from: Operand) -> Self {
        let mut record = Self::control(sub, [to, 0, 0, 0], 0);
        record.types = [U32, NONE, NONE, NONE];
        record.operand[SLOT_A] = from;
        record
    }

    fn store(sub: u8, a: u8, to: Operand) -> Self {
        let mut record = Self::control(sub, [0, a, 0, 0], 0);
        record.types = [NONE, NONE, U32, NONE];
        record.operand[SLOT_OUT] = to;
        record
    }

    fn control(sub: u8, packed: [u8; 4], constant: u64) -> Self {
        let (low, high) = (constant as u32, (constant >> 32) as u32);
        let imm = [u32::from_le_bytes(packed), low, high, 0];
        Self { op: opcode::CTRL, sub, imm, ..Self::default() }
    }
}
