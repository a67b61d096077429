//! The layers: the same records for blocks of positions and for one.

use opml_kernels::Activation;
use opml_tensor::{
    AttentionSpec, FinishSpec, GatherSpec, NormSpec, Operand, ProductKind, ProductSpec, Record,
    RopeSpec, dimension, element,
};

use super::{Buffers, CHUNK, Placed, Program, Rows, Weights, chunk, register};
use crate::{llama::Config, tiles, tiles::quantised_row};

impl Program {
    /// From the tokens at POSITION to the residual stream after the last layer.
    pub(super) fn layers(&mut self, rows: Rows) {
        use register::{CHUNKS, POSITION, ROWS, SEEN};
        let Config { width, vocabulary, .. } = self.config;
        if chunk(&self.config).is_some() {
            match rows {
                // The last row sees SEEN + ROWS − 1 positions, one less than that is in the last chunk.
                Rows::Block => self.code.push(Record::add(CHUNKS, SEEN, ROWS, u64::MAX - 1)),
                Rows::One => self.code.push(Record::add(CHUNKS, SEEN, 0, u64::MAX)),
            }
            self.code.push(Record::shift(CHUNKS, CHUNKS, 0, CHUNK.trailing_zeros().into()));
            self.code.push(Record::add(CHUNKS, CHUNKS, 0, 1));
        }
        let (code, address, stride) = self.embedding;
        let table = if code == element::F32 { [0, stride, 4] } else { [0, stride, 0] };
        self.code.push(Record::gather(GatherSpec {
            types: [code, element::U32],
            dims: [1, rows.dimension(), width, vocabulary],
            tile: tiles::rows(rows.most(), width, tiles::GATHERED).both(width),
            table: Operand::at(address, table),
            ids: Operand::at(self.buffers.tokens, [0, 4, 0]).indexed(POSITION, 4),
            out: Operand::at(self.buffers.stream, [0, 4 * width, 4]),
        }));
        for layer in self.layers.clone() {
            self.attention(rows, &layer);
            self.hidden(rows, &layer);
        }
    }

    fn attention(&mut self, rows: Rows, layer: &Placed) {
        use register::{CHUNKS, POSITION, SEEN};
        let Config { heads, groups, head, .. } = self.config;
        let (queries, cached) = (self.config.queries(), self.config.cached());
        let Buffers { stream, attended, normed, keys, .. } = self.buffers;
        self.norm(rows, stream, layer.attention_norm);
        self.quantise(rows, normed, self.config.width, &[layer.query, layer.key, layer.value]);
        let at = |address, columns: u32| Operand::at(address, [4 * columns, 0, 0]);
        let cache = |address| at(address, cached).indexed(POSITION, 4 * cached);
        self.product(rows, &layer.query, normed, at(self.buffers.queries, queries), None);
        self.product(rows, &layer.key, normed, at(keys, cached), None);
        self.product(rows, &layer.value, normed, cache(layer.values), None);
        let plane = |address, columns: u32| Operand::at(address, [4 * columns, 4 * head, 0]);
        let query = plane(self.buffers.queries, queries);
        let key_cache = plane(layer.keys, cached);
        let rotate = |heads: u32, x: Operand, out: Operand| {
            Record::rope(RopeSpec {
                pairing: self.config.pairing,
                dims: [rows.dimension(), heads, head],
                tile: tiles::rows(rows.most(), heads * head, tiles::ROTATED).both(heads),
                x,
                table: Operand::at(self.angles, [4 * head, 0, 0]).indexed(POSITION, 4 * head),
                out,
            })
        };
        let rotated = [
            rotate(heads, query, query),
            rotate(groups, plane(keys, cached), key_cache.indexed(POSITION, 4 * cached)),
        ];
        rotated.into_iter().for_each(|record| self.code.push(record));
        let chunk = chunk(&self.config);
        let part = 4 * (head + 2);
        let partials = part * self.config.context.div_ceil(CHUNK);
        let mixed = plane(self.buffers.heads, queries);
        let cut = Operand::at(self.buffers.partials, [heads * partials, partials, part]);
        self.code.push(Record::attention(AttentionSpec {
            dims: [rows.dimension(), heads, heads / groups, head, dimension(SEEN)],
            tile: [1, tiles::attention(chunk.unwrap_or(self.config.context), head, heads)],
            chunk,
            // One rounding of an exact root's inverse, both IEEE operations.
            scale: (1.0 / f64::from(head).sqrt()) as f32,
            causal: true,
            query,
            keys: key_cache,
            values: plane(layer.values, cached),
            bias: None,
            out: if chunk.is_some() { cut } else { mixed },
        }));
        if chunk.is_some() {
            let dims = [rows.dimension(), heads, head, dimension(CHUNKS)];
            let chunks = self.config.context.div_ceil(CHUNK);
            let tile = [1, tiles::merged(chunks, head, heads)];
            self.code.push(Record::merge(dims, tile, cut, mixed));
        }
        self.quantise(rows, self.buffers.heads, queries, &[layer.output]);
        let out = at(attended, self.config.width);
        self.product(rows, &layer.output, self.buffers.heads, out, Some(stream));
    }

    fn hidden(&mut self, rows: Rows, layer: &Placed) {
        let Config { width, hidden, .. } = self.config;
        let Buffers { stream, attended, normed, hidden: gated, .. } = self.buffers;
        let at = |address, columns: u32| Operand::at(address, [4 * columns, 0, 0]);
        self.norm(rows, attended, layer.hidden_norm);
        self.quantise(rows, normed, width, &[layer.gate_up]);
        self.product(rows, &layer.gate_up, normed, at(gated, hidden), None);
        self.quantise(rows, gated, hidden, &[layer.down]);
        self.product(rows, &layer.down, gated, at(stream, width), Some(attended));
    }

    /// The token after each row, to the word after that of its position in `to`.
    pub(super) fn norm(&mut self, rows: Rows, x: u64, gamma: u64) {
        let Config { width, epsilon, .. } = self.config;
        self.code.push(Record::norm(NormSpec {
            centred: false,
            epsilon,
            dims: [1, rows.dimension(), width],
            tile_rows: tiles::rows(rows.most(), width, tiles::NORMED).count,
            x: Operand::at(x, [0, 4 * width, 4]),
            gamma: Some(Operand::at(gamma, [0, 0, 4])),
            beta: None,
            out: Operand::at(self.buffers.normed, [0, 4 * width, 4]),
        }));
    }

    /// Quantises rows if one of the weights that they meet is of blocks.
    pub(super) fn quantise(&mut self, rows: Rows, x: u64, columns: u32, weights: &[Weights]) {
        if weights.iter().any(|weights| weights.kind != ProductKind::F32) {
            self.code.push(Record::quantise(
                [rows.dimension(), columns],
                tiles::rows(rows.most(), columns, tiles::QUANTISED).count,
                Operand::at(x, [4 * columns, 0, 0]),
                Operand::at(self.buffers.quantised, [quantised_row(columns), 0, 0]),
            ));
        }
    }

    pub(super) fn product(
        &mut self,
        rows: Rows,
        weights: &Weights,
        x: u64,
        out: Operand,
        residual: Option<u64>,
    ) {
        let Weights { kind, rows: outputs, columns: terms, stride, address, gate } = *weights;
        let x = match kind {
            ProductKind::F32 => Operand::at(x, [4 * terms, 0, 0]),
            _ => Operand::at(self.buffers.quantised, [quantised_row(terms), 0, 0]),
        };
        self.code.push(Record::product(ProductSpec {
            kind,
            dims: [rows.dimension(), outputs, terms],
            tile: tiles::product(kind, rows.most(), outputs, terms, gate),
            x,
            weights: Operand::at(address, [stride, 0, 0]),
            finish: FinishSpec {
                bias: None,
                residual: residual.map(|at| Operand::at(at, [4 * outputs, 0, 0])),
                activation: if gate { Activation::Silu } else { Activation::None },
                gate,
            },
            out,
        }));
    }
}
