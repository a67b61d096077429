//! What follows the sums of a contraction whose values are s8: one requantisation per output channel.

use opml_kernels::{Channel, Output};

use super::{Context, context::disjoint};
use crate::{Operand, Record, Refusal, Span, form::SLOT_TABLE, operand::Lattice};

/// Longest dot product of s8 values: 2^16 products of at most 2^14 fit an i32.
pub(crate) const MAX_DOT: u64 = 1 << 16;

/// Requantisation of a convolution's sums, as admitted.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Requantise {
    /// Zero point and clamp.
    pub output: Output,
    /// Zero point of the input, which stands in the padding.
    pub padding: i8,
    /// Parameters, one per output channel.
    pub table: Span,
    /// Bytes from one parameter set to the next.
    pub table_stride: u64,
}

impl Requantise {
    /// Reads zero point and clamp from the immediates, and the table of `channels` entries.
    pub(crate) fn admit(
        context: &Context<'_>,
        channels: u64,
        out: &Span,
        padding: i8,
    ) -> Result<Self, Refusal> {
        let output = clamp(context)?;
        let table_stride = context.stride(SLOT_TABLE);
        let table = context.source(SLOT_TABLE, table(channels, table_stride))?;
        disjoint(SLOT_TABLE, &table, out)?;
        Ok(Self { output, padding, table, table_stride })
    }

    /// Writes immediates and table.
    pub(crate) fn put(record: &mut Record, output: Output, padding: i8, table: Operand) {
        let Output { zero_point, low, high } = output;
        record.imm = [zero_point, low, high, padding].map(|value| i32::from(value) as u32);
        record.operand[SLOT_TABLE] = table;
    }
}

/// Zero point and clamp of an s8 output, from the first three immediates.
pub(crate) fn clamp(context: &Context<'_>) -> Result<Output, Refusal> {
    let output = Output {
        zero_point: context.signed_immediate(0)?,
        low: context.signed_immediate(1)?,
        high: context.signed_immediate(2)?,
    };
    if output.low > output.high {
        return Err(Refusal::Immediate { index: 1, value: context.immediate(1) });
    }
    Ok(output)
}

/// A table of requantisation parameters.
pub(crate) const fn table(channels: u64, stride: u64) -> Lattice<1> {
    Lattice { dims: [channels], strides: [stride], element: Channel::BYTES as u64 }
}
