//! Control flow: HALT, SET, ADD, BRANCH.

use super::Context;
use crate::{
    Header, Record, Refusal, condition,
    element::NONE,
    form::{Form, opcode},
};

/// The effect of a CTRL record on the control block or the output, with its registers already read.
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
}

pub(crate) const fn form(record: &Record) -> Result<Form, Refusal> {
    let Record { op, sub, .. } = *record;
    let imms = match sub {
        opcode::HALT | opcode::SET | opcode::ADD => 3,
        opcode::BRANCH => 2,
        _ => return Err(Refusal::Operator { op, sub }),
    };
    Ok(Form { types: [NONE; 4], flags: 0, dims: 0, tiles: 0, imms, strides: [0; 6] })
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
            opcode::HALT => [false, true, false, false],
            opcode::SET => [true, false, false, false],
            opcode::ADD => [true, true, true, false],
            _ => [false, code != condition::ALWAYS, code != condition::ALWAYS, true],
        };
        let malformed = |(byte, used): (u8, bool)| byte > 15 || (!used && byte != 0);
        if [register, a, b, code].into_iter().zip(used).any(malformed) {
            return Err(Refusal::Immediate { index: 0, value: packed });
        }
        let constant = u64::from(high) << 32 | u64::from(low);
        let (x, y) = (registers.get(a), registers.get(b));
        let assign = |value| match register {
            0 => Err(Refusal::Immediate { index: 0, value: packed }),
            _ => Ok(Self::Assign { register, value }),
        };
        match record.sub {
            opcode::HALT => {
                let length = x.wrapping_add(constant);
                if length > u64::from(header.output_max) {
                    return Err(Refusal::OutputLength { length, max: header.output_max });
                }
                Ok(Self::Halt { length })
            }
            opcode::SET => assign(constant),
            opcode::ADD => assign(x.wrapping_add(y).wrapping_add(constant)),
            _ => {
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
}
