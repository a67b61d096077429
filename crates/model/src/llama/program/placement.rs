//! Where weights and activations lie.

use opml_kernels::{STATE, SYMBOL, TEXT};
use opml_tensor::ProductKind;

use super::{BLOCK_ROWS, chunk};
use crate::{
    ModelBuilder,
    llama::{Blocks, CheckpointError, Config, Directory, Layer, Matrix, PanelFormat, PanelMatrix},
    tiles::quantised_row,
};

/// Weights in the model.
#[derive(Clone, Copy, Debug)]
pub(super) struct Weights {
    pub(super) kind: ProductKind,
    pub(super) rows: u32,
    pub(super) columns: u32,
    pub(super) stride: u32,
    pub(super) address: u64,
    /// Panels of gate and value in turn.
    pub(super) gate: bool,
}

/// Addresses of a layer's weights.
#[derive(Clone, Copy, Debug)]
pub(super) struct Placed {
    pub(super) attention_norm: u64,
    pub(super) query: Weights,
    pub(super) key: Weights,
    pub(super) value: Weights,
    pub(super) output: Weights,
    pub(super) hidden_norm: u64,
    pub(super) gate_up: Weights,
    pub(super) down: Weights,
    pub(super) keys: u64,
    pub(super) values: u64,
}

/// Buffers of activations, a row for each row of a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Buffers {
    pub(super) stream: u64,
    pub(super) attended: u64,
    pub(super) normed: u64,
    pub(super) queries: u64,
    pub(super) keys: u64,
    pub(super) heads: u64,
    pub(super) partials: u64,
    pub(super) hidden: u64,
    pub(super) quantised: u64,
    pub(super) logits: u64,
    pub(super) tokens: u64,
    pub(super) chosen: u64,
    pub(super) symbols: u64,
    pub(super) text: u64,
}

pub(super) fn place(model: &mut ModelBuilder, panels: &PanelMatrix) -> Weights {
    let PanelMatrix { rows, columns, stride, ref bytes, format } = *panels;
    let kind = match format {
        PanelFormat::F32 => ProductKind::F32,
        PanelFormat::Q8_0 => ProductKind::Q8_0,
        PanelFormat::Q4_0 => ProductKind::Q4_0,
    };
    Weights { kind, rows, columns, stride, address: model.weight(bytes), gate: false }
}

pub(super) fn place_layer(
    model: &mut ModelBuilder,
    layer: &Layer<'_>,
    blocks: Option<Blocks>,
    [keys, values]: [u64; 2],
) -> Result<Placed, CheckpointError> {
    let vector = |model: &mut ModelBuilder, vector: &Matrix<'_>| model.weight(&vector.to_f32());
    let panels = |matrix: &Matrix<'_>| matrix.panels_in(blocks, "of a layer");
    let matrix = |model: &mut ModelBuilder, matrix: &Matrix<'_>| {
        Ok::<_, CheckpointError>(place(model, &panels(matrix)?))
    };
    Ok(Placed {
        attention_norm: vector(model, &layer.attention_norm),
        query: matrix(model, &layer.query)?,
        key: matrix(model, &layer.key)?,
        value: matrix(model, &layer.value)?,
        output: matrix(model, &layer.output)?,
        hidden_norm: vector(model, &layer.hidden_norm),
        gate_up: Weights {
            gate: true,
            ..place(model, &panels(&layer.gate)?.interleave(&panels(&layer.up)?))
        },
        down: matrix(model, &layer.down)?,
        keys,
        values,
    })
}

impl Buffers {
    pub(super) fn new(
        model: &mut ModelBuilder,
        config: &Config,
        directory: &Directory,
        longest_piece: u32,
    ) -> Self {
        let Config { width, hidden, heads, head, context, vocabulary, .. } = *config;
        let (queries, cached) = (config.queries(), config.cached());
        let mut rows =
            |columns: u32| model.activation(4 * u64::from(columns) * u64::from(BLOCK_ROWS));
        let stream = rows(width);
        let attended = rows(width);
        let normed = rows(width);
        let query_rows = rows(queries);
        let keys = rows(cached);
        let head_rows = rows(queries);
        let hidden_rows = rows(hidden);
        let logits = rows(vocabulary);
        let chunks = chunk(config).map_or(0, |chunk| context.div_ceil(chunk));
        let partials = rows(heads.saturating_mul(chunks).saturating_mul(head + 2));
        let quantised = [width, queries, hidden].map(quantised_row).into_iter().max().unwrap_or(0);
        let quantised = model.activation(u64::from(quantised) * u64::from(BLOCK_ROWS));
        let answer = directory.longest_answer * u64::from(longest_piece);
        let symbols = SYMBOL as u64 * (directory.longest_text + 1);
        Self {
            stream,
            attended,
            normed,
            queries: query_rows,
            keys,
            heads: head_rows,
            partials,
            hidden: hidden_rows,
            quantised,
            logits,
            tokens: model.activation(4 * (directory.context + 1)),
            chosen: model.activation(4 * (directory.context + 1)),
            symbols: model.activation(STATE as u64 + symbols),
            text: model.activation(TEXT as u64 + answer),
        }
    }
}
