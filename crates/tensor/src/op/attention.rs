//! Attention over cached keys and values: the whole row of positions at once, or chunks of it.

use opml_kernels::{PARTIAL, POSITIONS, Positions, Query, attend, attend_chunk};

use super::{Context, Tiled, context::disjoint};
use crate::{
    DataHalf, Grid, Operand, Record, Refusal, Span, Tile,
    bytes::{chunks, chunks_mut, part, part_mut},
    cost::ROW,
    element::{F32, NONE},
    form::{Form, SLOT_A, SLOT_B, SLOT_OUT, SLOT_RESIDUAL, SLOT_TABLE, opcode},
    memory::borrow,
    operand::Lattice,
};

/// Row m sees m positions more than row 0.
const CAUSAL: u16 = 1;
/// The scores have a bias.
const BIASED: u16 = 2;

/// `out[m][h] = softmax_p(scale · q[m][h]·k[p][h/G] + bias)·v[p][h/G]`, f32.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attention {
    /// Rows M; columns are the heads H, or pairs of head and chunk, chunk by chunk within a head.
    pub grid: Grid,
    /// Query heads per head of keys and values, G.
    pub group: u64,
    /// Elements per head, d.
    pub inner: u64,
    /// Positions that row 0 sees.
    pub first: u64,
    /// Row m sees `first + m` positions instead of `first`.
    pub causal: bool,
    /// Positions per chunk; none if a row is not cut.
    pub chunk: Option<u64>,
    /// Chunks of the last row.
    pub chunks: u64,
    /// Factor of the scores, bits of an f32.
    pub scale: u32,
    /// Queries; bytes from row to row and from head to head.
    pub query: (Span, [u64; 2]),
    /// Keys; bytes from position to position and from head to head.
    pub keys: (Span, [u64; 2]),
    /// Values; bytes from position to position and from head to head.
    pub values: (Span, [u64; 2]),
    /// Bias, if there is one; bytes from row to row and from head to head.
    pub bias: Option<(Span, [u64; 2])>,
    /// Output; bytes from row to row, from head to head, and from chunk to chunk.
    pub out: (Span, [u64; 3]),
}

const TYPES: [u8; 4] = [F32, F32, F32, NONE];

pub(crate) const fn form(record: &Record) -> Form {
    let bias = if record.flags & BIASED != 0 { 2 } else { 0 };
    let (tiles, out) = if record.sub == opcode::ATTN_CHUNKED { (3, 3) } else { (2, 2) };
    let strides = [2, 2, 2, bias, out, 0];
    Form { types: TYPES, flags: CAUSAL | BIASED, dims: 5, tiles, imms: 1, strides }
}

impl Attention {
    pub(crate) fn admit(context: &Context<'_>) -> Result<Self, Refusal> {
        let [rows, heads, group, inner, first] = context.dims()?;
        let [tile_rows, tile_columns] = context.tiles()?;
        if !heads.is_multiple_of(group) {
            return Err(Refusal::Dimension { index: 2, value: group });
        }
        let flags = context.record.flags;
        let causal = flags & CAUSAL != 0;
        let positions = if causal { first + (rows - 1) } else { first };
        let chunk = match context.record.sub {
            opcode::ATTN_WHOLE => None,
            _ => {
                let [_, _, chunk] = context.tiles()?;
                Some(chunk)
            }
        };
        if chunk.unwrap_or(positions) > POSITIONS as u64 {
            return Err(match chunk {
                None => Refusal::Dimension { index: 4, value: positions },
                Some(chunk) => Refusal::TileSize { index: 2, value: chunk as u32 },
            });
        }
        let chunks = chunk.map_or(1, |chunk| positions.div_ceil(chunk));
        let partial = if chunk.is_some() { PARTIAL as u64 } else { 0 };
        let [q0, q1, _] = context.strides(SLOT_A);
        let [k0, k1, _] = context.strides(SLOT_B);
        let [v0, v1, _] = context.strides(SLOT_TABLE);
        let [b0, b1, _] = context.strides(SLOT_RESIDUAL);
        let [out0, out1, out2] = context.strides(SLOT_OUT);
        let plane = |dims, [outer, inner]: [u64; 2]| Lattice {
            dims,
            strides: [outer, inner, 4],
            element: 4,
        };
        let cache = [positions, heads / group, inner];
        let bias = if flags & BIASED != 0 {
            let lattice = plane([rows, heads, positions], [b0, b1]);
            Some((context.source(SLOT_RESIDUAL, lattice)?, [b0, b1]))
        } else {
            None
        };
        let out = Lattice {
            dims: [rows, heads, chunks, inner.saturating_add(partial)],
            strides: [out0, out1, out2, 4],
            element: 4,
        };
        let attention = Self {
            grid: Grid { rows, columns: heads.saturating_mul(chunks), tile_rows, tile_columns },
            group,
            inner,
            first,
            causal,
            chunk,
            chunks,
            scale: context.immediate(0),
            query: (context.source(SLOT_A, plane([rows, heads, inner], [q0, q1]))?, [q0, q1]),
            keys: (context.source(SLOT_B, plane(cache, [k0, k1]))?, [k0, k1]),
            values: (context.source(SLOT_TABLE, plane(cache, [v0, v1]))?, [v0, v1]),
            bias,
            out: (context.target(SLOT_OUT, out)?, [out0, out1, out2]),
        };
        let (target, _) = &attention.out;
        disjoint(SLOT_A, &attention.query.0, target)?;
        disjoint(SLOT_B, &attention.keys.0, target)?;
        disjoint(SLOT_TABLE, &attention.values.0, target)?;
        if let Some((bias, _)) = &attention.bias {
            disjoint(SLOT_RESIDUAL, bias, target)?;
        }
        Ok(attention)
    }

    /// Positions that `row` sees.
    const fn seen(&self, row: u64) -> u64 {
        if self.causal { self.first + row } else { self.first }
    }
}

impl Tiled for Attention {
    fn grid(&self) -> &Grid {
        &self.grid
    }

    fn target(&self) -> Span {
        let (out, _) = self.out;
        out
    }

    fn work(&self) -> u64 {
        let (rows, columns) = self.grid.largest();
        let seen = self.seen(self.grid.rows - 1);
        let positions = self.chunk.map_or(seen, |chunk| chunk.min(seen));
        let position = self.inner.saturating_mul(520).saturating_add(2200);
        let head =
            positions.saturating_mul(position).saturating_add(self.inner.saturating_mul(200));
        // The scores' place on the stack is cleared once per tile.
        rows.saturating_mul(columns.saturating_mul(head.saturating_add(2000)).saturating_add(ROW))
            .saturating_add(2 * POSITIONS as u64)
    }

    fn execute<D: DataHalf + ?Sized>(&self, data: &mut D, tile: Tile) {
        let ((query, q), (keys, k), (values, v)) = (self.query, self.keys, self.values);
        // Without a bias its place is taken by the queries, of which nothing is read.
        let (bias, b) = self.bias.unwrap_or((query, [0; 2]));
        let (out, [out0, out1, out2]) = self.out;
        let Some(([query, keys, values, bias], out)) =
            borrow(data, [query, keys, values, bias], out)
        else {
            return;
        };
        let at = |[outer, inner]: [u64; 2], i: u64, j: u64| i * outer + j * inner;
        let mut scores = [0.0; POSITIONS];
        for row in tile.rows {
            for column in tile.columns.clone() {
                let (head, chunk) = (column / self.chunks, column % self.chunks);
                let size = self.chunk.unwrap_or(POSITIONS as u64);
                let from = chunk * size;
                let count = self.seen(row).saturating_sub(from).min(size);
                let cached = |bytes, stride| {
                    let [position, _] = stride;
                    let start = at(stride, from, head / self.group);
                    Positions { bytes: part(bytes, start, u64::MAX), stride: position as usize }
                };
                let bias = match self.bias {
                    Some(_) => part(bias, at(b, row, head) + 4 * from, 4 * count),
                    None => &[],
                };
                let query = Query {
                    head: chunks(part(query, at(q, row, head), 4 * self.inner)),
                    scale: self.scale.to_le_bytes(),
                    bias: chunks(bias),
                    keys: cached(keys, k),
                    values: cached(values, v),
                };
                let start = at([out0, out1], row, head) + chunk * out2;
                let scores = scores.get_mut(..count as usize).unwrap_or(&mut []);
                match self.chunk {
                    None => attend(query, scores, chunks_mut(part_mut(out, start, 4 * self.inner))),
                    Some(_) => {
                        let length = 4 * (self.inner + PARTIAL as u64);
                        attend_chunk(query, scores, chunks_mut(part_mut(out, start, length)));
                    }
                }
            }
        }
    }
}

/// Operands and sizes of attention.
#[derive(Clone, Copy, Debug)]
pub struct AttentionSpec {
    /// Rows M, heads H, heads per head of keys and values, elements per head, positions that row 0 sees.
    pub dims: [u32; 5],
    /// Rows, and heads or pairs of head and chunk, per tile.
    pub tile: [u32; 2],
    /// Positions per chunk, if the output are partial results for [`Record::merge`].
    pub chunk: Option<u32>,
    /// Factor of the scores.
    pub scale: f32,
    /// Every row sees one position more than the row before it.
    pub causal: bool,
    /// Queries `[M][H][d]`; strides of row and head.
    pub query: Operand,
    /// Keys `[positions][H/G][d]`; strides of position and head.
    pub keys: Operand,
    /// Values `[positions][H/G][d]`; strides of position and head.
    pub values: Operand,
    /// Added to the scores `[M][H][positions]`; strides of row and head.
    pub bias: Option<Operand>,
    /// Output `[M][H][d]`, or `[M][H][chunks][2 + d]`; strides of row, head and chunk.
    pub out: Operand,
}

impl Record {
    /// Attention of every head of every row.
    pub fn attention(spec: AttentionSpec) -> Self {
        let sub = if spec.chunk.is_some() { opcode::ATTN_CHUNKED } else { opcode::ATTN_WHOLE };
        let mut record = Self::of(opcode::ATTN, sub, TYPES);
        let [rows, heads] = spec.tile;
        record.put(&spec.dims, &[rows, heads, spec.chunk.unwrap_or(0)]);
        let flag = |holds, flag| if holds { flag } else { 0 };
        record.flags = flag(spec.causal, CAUSAL) | flag(spec.bias.is_some(), BIASED);
        record.imm = [spec.scale.to_bits(), 0, 0, 0];
        record.operand[SLOT_A] = spec.query;
        record.operand[SLOT_B] = spec.keys;
        record.operand[SLOT_TABLE] = spec.values;
        record.operand[SLOT_RESIDUAL] = spec.bias.unwrap_or_default();
        record.operand[SLOT_OUT] = spec.out;
        record
    }
}
