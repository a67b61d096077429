//! Text from tokens, and tokens from text.

use opml_kernels::{
    CHARACTER, MERGE, MERGES, Pieces, STATE, SYMBOL, TEXT, Vocabulary, detokenise, merge_pairs,
    split,
};

use super::{
    Context, Tiled,
    context::{disjoint, matrix},
};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::chunks,
    element::{NONE, U8, U32},
    form::{Form, SLOT_A, SLOT_B, SLOT_OUT, SLOT_RESIDUAL, SLOT_TABLE, opcode},
    memory::borrow,
};

/// One tile.
const SINGLE: Grid = Grid { rows: 1, columns: 1, tile_rows: 1, tile_columns: 1 };

/// The text of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Detokenise {
    /// Token after which a piece loses its first space.
    pub begin: u32,
    /// Tokens, the first only as context of the second.
    pub ids: Span,
    /// Offsets of the pieces.
    pub offsets: Span,
    /// The pieces.
    pub blob: Span,
    /// Length and text, filled up with zeroes.
    pub out: Span,
}

pub(crate) const DETOK: Form = Form {
    types: [U32, U32, U8, NONE],
    flags: 0,
    dims: 4,
    tiles: 0,
    imms: 1,
    strides: [1, 1, 1, 0, 1, 0],
};

impl Detokenise {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let [ids, offsets, blob, bytes] = context.dims()?;
        if bytes < TEXT as u64 {
            return Err(Refusal::Dimension { index: 3, value: bytes });
        }
        let row = |slot, length, element| matrix(1, length, context.stride(slot), element);
        let operation = Self {
            begin: context.immediate(0),
            ids: context.source(SLOT_A, row(SLOT_A, ids, 4))?,
            offsets: context.source(SLOT_B, row(SLOT_B, offsets, 4))?,
            blob: context.source(SLOT_TABLE, row(SLOT_TABLE, blob, 1))?,
            out: context.target(SLOT_OUT, row(SLOT_OUT, bytes, 1))?,
        };
        disjoint(SLOT_A, &operation.ids, &operation.out)?;
        disjoint(SLOT_B, &operation.offsets, &operation.out)?;
        disjoint(SLOT_TABLE, &operation.blob, &operation.out)?;
        Ok(operation)
    }
}

impl Tiled for Detokenise {
    fn grid(&self) -> &Grid {
        &SINGLE
    }

    fn target(&self) -> Span {
        self.out
    }

    fn work(&self) -> u64 {
        self.ids.length.saturating_mul(80).saturating_add(self.out.length.saturating_mul(8))
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, _: Tile) {
        let inputs = [self.ids, self.offsets, self.blob];
        let Some(([ids, offsets, blob], out)) = borrow(data, inputs, self.out) else { return };
        let pieces = Pieces { offsets: chunks(offsets), blob };
        detokenise(chunks(ids), pieces, self.begin, out);
    }
}

/// A step on the way from text to tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Encode {
    /// What is done.
    pub kind: EncodeKind,
    /// Ranked merges.
    pub merges: Span,
    /// The state.
    pub state: Span,
}

/// What an [`Encode`] does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncodeKind {
    /// The state of an unmerged text.
    Split {
        /// Whether a space comes first.
        prefix: bool,
        /// The text.
        text: Span,
        /// Tokens of characters.
        characters: Span,
        /// Tokens of bytes.
        bytes: Span,
    },
    /// Up to 64 merges on the state.
    Merge,
}

pub(crate) const SPLIT: Form = Form {
    types: [U8, U32, U32, U32],
    flags: 0,
    dims: 3,
    tiles: 0,
    imms: 1,
    strides: [1, 1, 1, 1, 1, 0],
};
pub(crate) const MERGING: Form = Form {
    types: [NONE, NONE, U32, U32],
    flags: 0,
    dims: 2,
    tiles: 0,
    imms: 0,
    strides: [0, 0, 0, 1, 1, 0],
};

impl Encode {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let row =
            |slot, length, element: usize| matrix(1, length, context.stride(slot), element as u64);
        let splits = context.record.sub == opcode::ENCODE_SPLIT;
        let (length, characters, merges) = if splits {
            let [length, characters, merges] = context.dims()?;
            (length, characters, merges)
        } else {
            let [length, merges] = context.dims()?;
            (length, 0, merges)
        };
        let kind = if splits {
            let prefix = match context.immediate(0) {
                0 => false,
                1 => true,
                value => return Err(Refusal::Immediate { index: 0, value }),
            };
            EncodeKind::Split {
                prefix,
                text: context.source(SLOT_A, row(SLOT_A, length, 1))?,
                characters: context.source(SLOT_B, row(SLOT_B, characters, CHARACTER))?,
                bytes: context.source(SLOT_TABLE, row(SLOT_TABLE, 256, 4))?,
            }
        } else {
            EncodeKind::Merge
        };
        // As many symbols as the text has bytes, and a space. In words: the state is aligned to them.
        let words = (STATE as u64 + SYMBOL as u64 * (length + 1)) / 4;
        let encode = Self {
            kind,
            merges: context.source(SLOT_RESIDUAL, row(SLOT_RESIDUAL, merges, MERGE))?,
            state: context.target(SLOT_OUT, row(SLOT_OUT, words, 4))?,
        };
        disjoint(SLOT_RESIDUAL, &encode.merges, &encode.state)?;
        if let EncodeKind::Split { text, characters, bytes, .. } = &encode.kind {
            disjoint(SLOT_A, text, &encode.state)?;
            disjoint(SLOT_B, characters, &encode.state)?;
            disjoint(SLOT_TABLE, bytes, &encode.state)?;
        }
        Ok(encode)
    }
}

impl Tiled for Encode {
    fn grid(&self) -> &Grid {
        &SINGLE
    }

    fn target(&self) -> Span {
        self.state
    }

    fn work(&self) -> u64 {
        let symbols = self.state.length / SYMBOL as u64;
        // A binary search halves what is left at least once per 30 steps.
        let search = |entries: u64| 40 * u64::from(u64::BITS - entries.leading_zeros()) + 100;
        let pair = search(self.merges.length / MERGE as u64);
        match &self.kind {
            EncodeKind::Split { characters, .. } => {
                let character = search(characters.length / CHARACTER as u64);
                symbols.saturating_mul(2 * character + pair + 200)
            }
            EncodeKind::Merge => {
                (MERGES as u64).saturating_mul(symbols.saturating_mul(32) + 2 * pair + 400)
            }
        }
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, _: Tile) {
        match self.kind {
            EncodeKind::Split { prefix, text, characters, bytes } => {
                let inputs = [text, characters, bytes, self.merges];
                let Some(([text, characters, bytes, merges], state)) =
                    borrow(data, inputs, self.state)
                else {
                    return;
                };
                let vocabulary = Vocabulary {
                    characters: chunks(characters),
                    bytes: chunks(bytes),
                    merges: chunks(merges),
                };
                split(text, prefix, vocabulary, state);
            }
            EncodeKind::Merge => {
                let Some(([merges], state)) = borrow(data, [self.merges], self.state) else {
                    return;
                };
                let merges = chunks(merges);
                merge_pairs(Vocabulary { characters: &[], bytes: &[], merges }, state);
            }
        }
    }
}

/// Operands and sizes of [`Record::detokenise`].
#[derive(Clone, Copy, Debug)]
pub struct DetokeniseSpec {
    /// Tokens with the one before them, offsets, bytes of all pieces, bytes of output (at least 4).
    pub dims: [u32; 4],
    /// Token after which a piece loses its first space.
    pub begin: u32,
    /// Tokens, u32.
    pub ids: Operand,
    /// Offsets of the pieces, u32.
    pub offsets: Operand,
    /// The pieces.
    pub blob: Operand,
    /// Length (u32) and text, filled up with zeroes.
    pub out: Operand,
}

/// Operands and sizes of [`Record::split`].
#[derive(Clone, Copy, Debug)]
pub struct SplitSpec {
    /// Bytes of text, entries of `characters`, entries of `merges`.
    pub dims: [u32; 3],
    /// Whether a space comes before the text.
    pub prefix: bool,
    /// The text.
    pub text: Operand,
    /// `(character, token)`, rising.
    pub characters: Operand,
    /// The tokens of the 256 bytes.
    pub bytes: Operand,
    /// `(left, right, rank, token)`, rising.
    pub merges: Operand,
    /// The state: 16 bytes and 12 for each byte of text and a space.
    pub state: Operand,
}

impl Record {
    /// The text of tokens.
    pub fn detokenise(spec: DetokeniseSpec) -> Self {
        let mut record = Self::of(opcode::DETOK, 0, DETOK.types);
        record.put(&spec.dims, &[]);
        record.imm = [spec.begin, 0, 0, 0];
        record.operand[SLOT_A] = spec.ids;
        record.operand[SLOT_B] = spec.offsets;
        record.operand[SLOT_TABLE] = spec.blob;
        record.operand[SLOT_OUT] = spec.out;
        record
    }

    /// The symbols of a text, before any merge.
    pub fn split(spec: SplitSpec) -> Self {
        let mut record = Self::of(opcode::ENCODE, opcode::ENCODE_SPLIT, SPLIT.types);
        record.put(&spec.dims, &[]);
        record.imm = [u32::from(spec.prefix), 0, 0, 0];
        record.operand[SLOT_A] = spec.text;
        record.operand[SLOT_B] = spec.characters;
        record.operand[SLOT_TABLE] = spec.bytes;
        record.operand[SLOT_RESIDUAL] = spec.merges;
        record.operand[SLOT_OUT] = spec.state;
        record
    }

    /// Up to 64 merges on the state of a text: bytes of text, entries of `merges`.
    pub fn merge_pairs(dims: [u32; 2], merges: Operand, state: Operand) -> Self {
        let mut record = Self::of(opcode::ENCODE, opcode::ENCODE_MERGE, MERGING.types);
        record.put(&dims, &[]);
        record.operand[SLOT_RESIDUAL] = merges;
        record.operand[SLOT_OUT] = state;
        record
    }
}
