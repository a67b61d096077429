//! Which fields of a record an operator uses. These numbers are consensus.

use crate::{Operand, Record, Refusal, op};

/// Operators.
pub mod opcode {
    /// Control flow, register arithmetic, words between registers and memory: variants [`HALT`] to [`STORE_64`].
    pub const CTRL: u8 = 1;
    /// Matrix product: variants [`DENSE_S8`] to [`STRIDED_F32`].
    pub const MATMUL: u8 = 2;
    /// Elementwise: the variant is the number of a function.
    pub const EW: u8 = 3;
    /// Row reductions: the variant is the number of a reduction.
    pub const REDUCE: u8 = 4;
    /// Strided copy.
    pub const COPY: u8 = 5;
    /// Softmax of rows.
    pub const SOFTMAX: u8 = 6;
    /// Quantisation of rows: variant 0 is from f32 to Q8.
    pub const QUANT: u8 = 7;
    /// Convolution: variants [`CONV_F32`], [`CONV_S8`].
    pub const CONV: u8 = 8;
    /// Convolution of every channel by itself: variants [`CONV_F32`], [`CONV_S8`].
    pub const DWCONV: u8 = 9;
    /// Pooling: variants maximum, average without padding, average with it.
    pub const POOL: u8 = 10;
    /// Normalisation of rows: variants layer, RMS.
    pub const NORM: u8 = 11;
    /// Rows and elements by ids.
    pub const GATHER: u8 = 12;
    /// Resampling along an axis.
    pub const RESAMPLE: u8 = 13;
    /// The best elements of rows: variants greatest, least.
    pub const TOPK: u8 = 14;
    /// Conversion of elements.
    pub const CAST: u8 = 15;
    /// Rotary position embedding: variants [`ROPE_ADJACENT`], [`ROPE_HALVES`].
    pub const ROPE: u8 = 16;
    /// Attention: variants [`ATTN_WHOLE`], [`ATTN_CHUNKED`].
    pub const ATTN: u8 = 17;
    /// Merge of attention's chunks: variant 0.
    pub const MERGE: u8 = 18;
    /// Choice of tokens: variant 0.
    pub const SAMPLE: u8 = 19;
    /// Text of tokens: variant 0.
    pub const DETOK: u8 = 20;
    /// Tokens of text: variants [`ENCODE_SPLIT`], [`ENCODE_MERGE`].
    pub const ENCODE: u8 = 21;

    /// s8 by s8 to s8, one requantisation per output.
    pub const DENSE_S8: u8 = 0;
    /// Q8 by Q8_0 to f32.
    pub const DENSE_Q8_0: u8 = 1;
    /// Q8 by Q4_0 to f32.
    pub const DENSE_Q4_0: u8 = 2;
    /// f32 by f32 panels.
    pub const DENSE_F32: u8 = 3;
    /// f32 by f32, both with any strides.
    pub const STRIDED_F32: u8 = 4;

    /// Convolution of f32.
    pub const CONV_F32: u8 = 0;
    /// Convolution of s8, one requantisation per output.
    pub const CONV_S8: u8 = 1;

    /// Ends the run.
    pub const HALT: u8 = 0;
    /// Sets a register.
    pub const SET: u8 = 1;
    /// Adds registers and a constant.
    pub const ADD: u8 = 2;
    /// Jumps if a condition holds.
    pub const BRANCH: u8 = 3;
    /// Subtracts registers and a constant.
    pub const SUBTRACT: u8 = 4;
    /// Multiplies a register by a register and a constant.
    pub const MULTIPLY: u8 = 5;
    /// The lesser of two numbers.
    pub const LEAST: u8 = 6;
    /// The bits that two numbers share.
    pub const AND: u8 = 7;
    /// Shifts to the right.
    pub const SHIFT: u8 = 8;
    /// Reads a u32.
    pub const LOAD_32: u8 = 9;
    /// Reads a u64.
    pub const LOAD_64: u8 = 10;
    /// Writes a u32.
    pub const STORE_32: u8 = 11;
    /// Writes a u64.
    pub const STORE_64: u8 = 12;

    /// Rotates elements 2i and 2i + 1.
    pub const ROPE_ADJACENT: u8 = 0;
    /// Rotates elements i and i + d/2.
    pub const ROPE_HALVES: u8 = 1;
    /// All positions of a row at once.
    pub const ATTN_WHOLE: u8 = 0;
    /// Chunks of positions, for [`MERGE`].
    pub const ATTN_CHUNKED: u8 = 1;
    /// Text to unmerged symbols.
    pub const ENCODE_SPLIT: u8 = 0;
    /// Some merges of symbols.
    pub const ENCODE_MERGE: u8 = 1;
}

/// Element types.
pub mod element {
    use opml_kernels::Element;

    /// No operand.
    pub const NONE: u8 = 0;
    /// Signed byte.
    pub const S8: u8 = 1;
    /// Unsigned byte.
    pub const U8: u8 = 2;
    /// Signed 32-bit word.
    pub const I32: u8 = 3;
    /// Unsigned 32-bit word.
    pub const U32: u8 = 4;
    /// IEEE-754 binary32.
    pub const F32: u8 = 5;
    /// Activations in blocks: an f32 scale and 32 signed bytes.
    pub const Q8: u8 = 6;
    /// Weights in blocks of 32 signed bytes with binary16 scales, in panels of 16 rows.
    pub const Q8_0: u8 = 7;
    /// Weights of IEEE-754 binary32, in panels of 16 rows.
    pub const F32_PANELS: u8 = 8;
    /// Weights of signed bytes, in panels of 16 rows, four terms side by side.
    pub const S8_PANELS: u8 = 9;
    /// Weights in blocks of 32 half bytes with binary16 scales, in panels of 16 rows.
    pub const Q4_0: u8 = 10;
    /// IEEE-754 binary16.
    pub const F16: u8 = 11;
    /// bfloat16, the upper half of a binary32.
    pub const BF16: u8 = 12;
    /// Signed 64-bit word.
    pub const I64: u8 = 13;
    /// 0 or 1 in a byte.
    pub const BOOL: u8 = 14;
    /// Signed 16-bit word.
    pub const I16: u8 = 15;
    /// Unsigned 16-bit word.
    pub const U16: u8 = 16;

    /// The type of single elements that `code` stands for; none for blocks, panels and no operand.
    pub const fn scalar(code: u8) -> Option<Element> {
        Some(match code {
            S8 => Element::S8,
            U8 => Element::U8,
            I32 => Element::S32,
            U32 => Element::U32,
            F32 => Element::F32,
            F16 => Element::F16,
            BF16 => Element::Bf16,
            I64 => Element::S64,
            BOOL => Element::Bool,
            I16 => Element::S16,
            U16 => Element::U16,
            _ => return None,
        })
    }
}

/// Conditions of a branch; registers compare as unsigned 64-bit numbers.
pub mod condition {
    /// Always.
    pub const ALWAYS: u8 = 0;
    /// `ra = rb`.
    pub const EQUAL: u8 = 1;
    /// `ra ≠ rb`.
    pub const NOT_EQUAL: u8 = 2;
    /// `ra < rb`.
    pub const LESS: u8 = 3;
    /// `ra ≥ rb`.
    pub const GREATER_OR_EQUAL: u8 = 4;
}

/// Slot of the first input.
pub(crate) const SLOT_A: usize = 0;
/// Slot of the second input.
pub(crate) const SLOT_B: usize = 1;
/// Slot of the per-channel table, or of the bias.
pub(crate) const SLOT_TABLE: usize = 2;
/// Slot of the residual, and of a fourth input.
pub(crate) const SLOT_RESIDUAL: usize = 3;
/// Slot of the output.
pub(crate) const SLOT_OUT: usize = 4;
/// Slot that describes a window over images.
pub(crate) const SLOT_WINDOW: usize = 5;

/// How many fields of each kind an operator uses; the rest is zero.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// Element types of A, B, out and epilogue.
    pub(crate) types: [u8; 4],
    /// The flags that may be set.
    pub(crate) flags: u16,
    pub(crate) dims: usize,
    pub(crate) tiles: usize,
    pub(crate) imms: usize,
    /// Strides per operand; an operand without strides is unused.
    pub(crate) strides: [usize; 6],
}

/// Checks operator, variant, element types and that every unused field is zero.
pub(crate) fn check(record: &Record) -> Result<(), Refusal> {
    let form = op::form(record)?;
    if record.types != form.types {
        return Err(Refusal::Types(record.types));
    }
    if record.flags & !form.flags != 0 {
        return Err(Refusal::Unused("flags"));
    }
    let unused = |words: &[u32], used: usize| words.iter().skip(used).any(|word| *word != 0);
    if unused(&record.dim, form.dims) {
        return Err(Refusal::Unused("dim"));
    }
    if unused(&record.tile, form.tiles) {
        return Err(Refusal::Unused("tile"));
    }
    if unused(&record.imm, form.imms) {
        return Err(Refusal::Unused("imm"));
    }
    for (operand, strides) in record.operand.iter().zip(form.strides) {
        let used = Operand { base: 0, step: 0, ..*operand };
        let fields = if strides == 0 { operand } else { &used };
        if fields.base != 0 || fields.step != 0 || fields.plane != 0 || fields.reserved != 0 {
            return Err(Refusal::Unused("opr"));
        }
        if unused(&operand.stride, strides) {
            return Err(Refusal::Unused("stride"));
        }
    }
    Ok(())
}
