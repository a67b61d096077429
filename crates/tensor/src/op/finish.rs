//! What follows the sums of a contraction whose values are f32: bias, residual, activation, gate.

use opml_kernels::{Activation, Epilogue, Words};

use super::{Context, context::disjoint};
use crate::{
    Operand, Record, Refusal, Span,
    bytes::part,
    form::{SLOT_RESIDUAL, SLOT_TABLE},
    operand::Lattice,
};

/// Flags of the record.
pub(crate) mod flag {
    /// A bias per column, in slot 2.
    pub(crate) const BIAS: u16 = 1;
    /// A residual per output, in slot 3.
    pub(crate) const RESIDUAL: u16 = 2;
    /// Panels in pairs of gate and value.
    pub(crate) const GATE: u16 = 4;
}

/// The epilogue as admitted: `activation(sum + bias + residual)`, or `activation(gate)·up`.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Finish {
    /// One f32 per column.
    pub bias: Option<Span>,
    /// Bytes from one word of the bias to the next; 0 repeats the first.
    pub bias_stride: u64,
    /// One f32 per output.
    pub residual: Option<Span>,
    /// Byte strides of the residual, in the order of the output's.
    pub residual_stride: [u64; 3],
    /// Applied last, or to the gate.
    pub activation: Activation,
    /// Whether panels come in pairs of a gate and what it opens.
    pub gate: bool,
}

impl Finish {
    /// The flags of a record with an epilogue but no gate.
    pub(crate) const SUMS: u16 = flag::BIAS | flag::RESIDUAL;
    /// The flags of a record with an epilogue.
    pub(crate) const FLAGS: u16 = Self::SUMS | flag::GATE;

    /// Panels, hence sums, per output.
    pub(crate) const fn parts(&self) -> u64 {
        if self.gate { 2 } else { 1 }
    }

    /// The strides that the slots of bias and residual use, by the record's flags; the residual has `strides`.
    pub(crate) const fn strides(flags: u16, strides: usize) -> [usize; 2] {
        let bias = if flags & flag::BIAS != 0 { 1 } else { 0 };
        let residual = if flags & flag::RESIDUAL != 0 { strides } else { 0 };
        [bias, residual]
    }

    /// Admits the epilogue of a record with `columns` columns whose output is `out`; `residual` gives the residual's elements
    /// from its strides.
    pub(crate) fn admit<const D: usize>(
        context: &Context<'_>,
        columns: u64,
        out: &Span,
        residual: impl Fn([u64; 3]) -> Lattice<D>,
    ) -> Result<Self, Refusal> {
        let flags = context.record.flags;
        let gate = flags & flag::GATE != 0;
        // A gate has columns of its own, which neither bias nor residual has.
        if gate && flags != flag::GATE {
            return Err(Refusal::Unused("flags"));
        }
        let bias_stride = context.stride(SLOT_TABLE);
        let residual_stride = context.strides(SLOT_RESIDUAL);
        let source = |slot, span: Span| disjoint(slot, &span, out).map(|()| Some(span));
        let bias = if flags & flag::BIAS == 0 {
            None
        } else {
            let lattice = Lattice { dims: [columns], strides: [bias_stride], element: 4 };
            source(SLOT_TABLE, context.source(SLOT_TABLE, lattice)?)?
        };
        let residual = if flags & flag::RESIDUAL == 0 {
            None
        } else {
            source(SLOT_RESIDUAL, context.source(SLOT_RESIDUAL, residual(residual_stride))?)?
        };
        let activation = activation(context)?;
        Ok(Self { bias, bias_stride, residual, residual_stride, activation, gate })
    }

    /// The epilogue of outputs from `column` on, whose residuals start `offset` bytes into their operand and lie `step` bytes
    /// apart.
    pub(crate) fn epilogue<'a>(
        &self,
        [bias, residual]: [Option<&'a [u8]>; 2],
        column: u64,
        offset: u64,
        step: u64,
    ) -> Epilogue<'a> {
        let words = |bytes, start, stride: u64| Words {
            bytes: part(bytes, start, u64::MAX),
            stride: stride as usize,
        };
        Epilogue {
            bias: bias.map(|bytes| words(bytes, column * self.bias_stride, self.bias_stride)),
            residual: residual.map(|bytes| words(bytes, offset, step)),
            activation: self.activation,
            gate: self.gate,
        }
    }

    /// Upper bound of the small steps per output.
    pub(crate) const fn work(&self) -> u64 {
        const ADDITION: u64 = 180;
        let activation = match self.activation {
            Activation::None => 0,
            Activation::Relu => 40,
            Activation::Clip(..) => 80,
            Activation::LeakyRelu(_) => 200,
            Activation::Silu | Activation::Sigmoid => 1500,
            Activation::GeluTanh | Activation::Tanh => 2000,
            Activation::Gelu => 2500,
        };
        let additions = self.bias.is_some() as u64 + self.residual.is_some() as u64;
        let gate = if self.gate { 220 } else { 0 };
        100 + additions * ADDITION + activation + gate
    }
}

/// The activation that `imm[0]` names, with what it takes from the immediates behind it.
fn activation(context: &Context<'_>) -> Result<Activation, Refusal> {
    let code = context.immediate(0);
    let [first, second] = [1, 2].map(|index| context.immediate(index));
    let activation = match code {
        0 => Activation::None,
        1 => Activation::Relu,
        2 => Activation::Clip(f32::from_bits(first), f32::from_bits(second)),
        3 => Activation::Silu,
        4 => Activation::GeluTanh,
        5 => Activation::Gelu,
        6 => Activation::Sigmoid,
        7 => Activation::Tanh,
        8 => Activation::LeakyRelu(f32::from_bits(first)),
        value => return Err(Refusal::Immediate { index: 0, value }),
    };
    // What an activation does not take is zero.
    let [_, expected @ ..] = immediates(activation);
    for (index, (value, expected)) in (1..).zip([first, second].into_iter().zip(expected)) {
        if value != expected {
            return Err(Refusal::Immediate { index, value });
        }
    }
    Ok(activation)
}

/// The number of an activation, and what it takes.
const fn immediates(activation: Activation) -> [u32; 3] {
    match activation {
        Activation::None => [0; 3],
        Activation::Relu => [1, 0, 0],
        Activation::Clip(low, high) => [2, low.to_bits(), high.to_bits()],
        Activation::Silu => [3, 0, 0],
        Activation::GeluTanh => [4, 0, 0],
        Activation::Gelu => [5, 0, 0],
        Activation::Sigmoid => [6, 0, 0],
        Activation::Tanh => [7, 0, 0],
        Activation::LeakyRelu(slope) => [8, slope.to_bits(), 0],
    }
}

/// The epilogue of a record, as importers write it.
#[derive(Clone, Copy, Debug, Default)]
pub struct FinishSpec {
    /// One f32 per column; stride 0 is 4, or 0 for one word for all.
    pub bias: Option<Operand>,
    /// One f32 per output, with the output's strides or others.
    pub residual: Option<Operand>,
    /// Applied last, or to the gate.
    pub activation: Activation,
    /// Whether panels come in pairs of a gate and what it opens; without bias and residual.
    pub gate: bool,
}

impl FinishSpec {
    /// Writes flags, immediates and operands.
    pub(crate) fn put(&self, record: &mut Record) {
        let set = |flag: u16, set: bool| if set { flag } else { 0 };
        record.flags = set(flag::BIAS, self.bias.is_some())
            | set(flag::RESIDUAL, self.residual.is_some())
            | set(flag::GATE, self.gate);
        let [code, first, second] = immediates(self.activation);
        record.imm = [code, first, second, 0];
        record.operand[SLOT_TABLE] = self.bias.unwrap_or_default();
        record.operand[SLOT_RESIDUAL] = self.residual.unwrap_or_default();
    }
}
