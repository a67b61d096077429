//! From a checkpoint to the program that embeds a text.
//!
//! Input: a token and its type (u32 each) for every position. Output: the mean of the last layer's rows, divided by its length, in f32:
//! what sentence-transformers computes with mean pooling and normalisation. A token or type that does not exist has a row of zeroes.

use opml_engine::ModelFile;
use opml_kernels::{Activation, Function, Reduction};
use opml_tensor::{
    AttentionSpec, FinishSpec, GatherSpec, MapSpec, NormSpec, Operand, ProductKind, ProductSpec,
    Record, Registers, admit, condition, dimension, element,
    layout::{INPUT, LEAF, MAX_INPUT_OUTPUT, OUTPUT_BODY},
    opcode,
};

use super::{Bert, BertConfig, BertLayer, Dense, Norm};
use crate::{
    ModelBuilder,
    checkpoint::{Blocks, CheckpointError, PanelFormat},
    tiles,
};

/// Register with the number of rows.
const ROWS: u8 = 1;
/// Register with bytes of input, and what is left of them.
const REST: u8 = 2;
/// Bytes of input per position.
const POSITION: u32 = 8;
/// A length below this is taken as this, as in PyTorch's `normalize`.
const LEAST_LENGTH: f32 = 1e-12;

/// How a model is built from a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BertOptions {
    /// Name of the model.
    pub name: String,
    /// Most tokens of a text; as many as the model was made for if there is none.
    pub context: Option<u32>,
    /// What the matrices of the layers are quantised to; they stay as they are if there is nothing.
    pub blocks: Option<Blocks>,
}

impl Bert<'_> {
    /// Builds the model. The same checkpoint and options give the same bytes on every machine.
    ///
    /// # Errors
    /// When a size exceeds what the machine takes, or weights cannot be quantised.
    pub fn build(&self, options: &BertOptions) -> Result<ModelFile, CheckpointError> {
        self.config.validate()?;
        let asked = options.context.unwrap_or(self.config.positions);
        let positions = asked.clamp(1, self.config.positions);
        let positions = positions.min(MAX_INPUT_OUTPUT / POSITION);
        let config = BertConfig { positions, ..self.config.clone() };
        let model = ModelBuilder::new(&options.name);
        let mut program = Program { config, model, code: Vec::new(), blocks: options.blocks };
        let buffers = Buffers::new(&mut program);
        program.rows();
        program.embed(self, &buffers);
        for layer in &self.layers {
            program.attention(layer, &buffers)?;
            program.hidden(layer, &buffers)?;
        }
        program.pool(&buffers);
        program.finish()
    }
}

/// Buffers of activations, a row for each position.
struct Buffers {
    /// What the next layer reads.
    stream: u64,
    /// Sums before a norm.
    sums: u64,
    queries: u64,
    keys: u64,
    values: u64,
    heads: u64,
    hidden: u64,
    quantised: u64,
}

impl Buffers {
    fn new(program: &mut Program) -> Self {
        let BertConfig { width, hidden, positions, .. } = program.config;
        let mut rows =
            |columns: u32| program.model.activation(4 * u64::from(columns) * u64::from(positions));
        let [stream, sums, queries, keys, values, heads] = [(); 6].map(|()| rows(width));
        let hidden_rows = rows(hidden);
        let quantised = u64::from(tiles::quantised_row(width.max(hidden))) * u64::from(positions);
        let quantised = program.model.activation(quantised);
        Self { stream, sums, queries, keys, values, heads, hidden: hidden_rows, quantised }
    }
}

struct Program {
    config: BertConfig,
    model: ModelBuilder,
    code: Vec<Record>,
    blocks: Option<Blocks>,
}

/// Rows of `columns` words as the last two of three dimensions.
const fn plane(address: u64, columns: u32) -> Operand {
    Operand::at(address, [0, 4 * columns, 4])
}

/// Rows of `columns` words.
const fn lines(address: u64, columns: u32) -> Operand {
    Operand::at(address, [4 * columns, 0, 0])
}

/// Words side by side.
const fn words(address: u64) -> Operand {
    Operand::at(address, [0, 0, 4])
}

impl Program {
    /// The number of rows, from the length of the input, which must be that of whole positions.
    fn rows(&mut self) {
        self.code.push(Record::load_64(ROWS, Operand::at(INPUT, [0; 3])));
        self.code.push(Record::and(REST, ROWS, 0, (POSITION - 1).into()));
        self.code.push(Record::branch(condition::EQUAL, REST, 0, 4));
        // Longer than any output may be: the input is refused.
        self.code.push(Record::halt(0, u64::MAX));
        self.code.push(Record::shift(ROWS, ROWS, 0, POSITION.trailing_zeros().into()));
    }

    fn embed(&mut self, bert: &Bert<'_>, buffers: &Buffers) {
        let BertConfig { width, vocabulary, types, positions, .. } = self.config;
        let Buffers { stream, sums, .. } = *buffers;
        let ids = INPUT + LEAF;
        for (table, rows, ids, out) in
            [(bert.words, vocabulary, ids, sums), (bert.types, types, ids + 4, stream)]
        {
            let table = self.model.weight(&table.to_f32());
            self.code.push(Record::gather(GatherSpec {
                types: [element::F32, element::U32],
                dims: [1, dimension(ROWS), width, rows],
                tile: tiles::rows(positions, width, tiles::GATHERED).both(width),
                table: plane(table, width),
                ids: Operand::at(ids, [0, POSITION, 0]),
                out: plane(out, width),
            }));
        }
        let places: Vec<u8> = (0..positions as usize)
            .flat_map(|row| bert.positions.row(row))
            .flat_map(f32::to_le_bytes)
            .collect();
        let places = self.model.weight(&places);
        for other in [stream, places] {
            let dims = [1, dimension(ROWS), width];
            let x = [plane(sums, width), plane(other, width)];
            let tile = tiles::rows(positions, width, tiles::ADDED).both(width);
            self.map(Function::Add, dims, tile, &x, plane(sums, width));
        }
        self.norm(&bert.norm, buffers);
    }

    /// Attention, its residual and its norm: from the stream to the stream.
    fn attention(
        &mut self,
        layer: &BertLayer<'_>,
        buffers: &Buffers,
    ) -> Result<(), CheckpointError> {
        let BertConfig { width, heads, positions, .. } = self.config;
        let head = self.config.head();
        let Buffers { stream, queries, keys, values, heads: mixed, .. } = *buffers;
        self.quantise(stream, width, buffers);
        for (dense, out) in [(&layer.query, queries), (&layer.key, keys), (&layer.value, values)] {
            self.dense(dense, buffers, [stream, out], None, Activation::None)?;
        }
        let plane = |address| Operand::at(address, [4 * width, 4 * head, 0]);
        self.code.push(Record::attention(AttentionSpec {
            dims: [dimension(ROWS), heads, 1, head, dimension(ROWS)],
            tile: [1, tiles::attention(positions, head, heads)],
            chunk: None,
            // One rounding of an exact root's inverse, both IEEE operations.
            scale: (1.0 / f64::from(head).sqrt()) as f32,
            causal: false,
            query: plane(queries),
            keys: plane(keys),
            values: plane(values),
            bias: None,
            out: plane(mixed),
        }));
        self.quantise(mixed, width, buffers);
        let places = [mixed, buffers.sums];
        self.dense(&layer.output, buffers, places, Some(stream), Activation::None)?;
        self.norm(&layer.attention_norm, buffers);
        Ok(())
    }

    /// The feed-forward block, its residual and its norm: from the stream to the stream.
    fn hidden(&mut self, layer: &BertLayer<'_>, buffers: &Buffers) -> Result<(), CheckpointError> {
        let BertConfig { width, hidden, .. } = self.config;
        let Buffers { stream, sums, hidden: between, .. } = *buffers;
        self.quantise(stream, width, buffers);
        self.dense(&layer.up, buffers, [stream, between], None, Activation::Gelu)?;
        self.quantise(between, hidden, buffers);
        self.dense(&layer.down, buffers, [between, sums], Some(stream), Activation::None)?;
        self.norm(&layer.hidden_norm, buffers);
        Ok(())
    }

    /// The mean of all rows, divided by its length, to the output.
    fn pool(&mut self, buffers: &Buffers) {
        let BertConfig { width, positions, .. } = self.config;
        let mean = self.model.activation(4 * u64::from(width));
        let length = self.model.activation(4);
        let types = [element::F32; 2];
        self.code.push(Record::reduce(
            Reduction::Mean,
            types,
            [1, width, dimension(ROWS)],
            tiles::rows(width, positions, tiles::AVERAGED).count,
            Operand::at(buffers.stream, [0, 4, 4 * width]),
            Operand::at(mean, [0, 4, 0]),
        ));
        let one = Operand::at(length, [0; 3]);
        let squares = Reduction::SumSquares;
        self.code.push(Record::reduce(squares, types, [1, 1, width], 1, words(mean), one));
        let word = words(length);
        let least = words(self.model.weight(&LEAST_LENGTH.to_le_bytes()));
        self.map(Function::Sqrt, [1; 3], [1; 2], &[word], word);
        self.map(Function::Max, [1; 3], [1; 2], &[word, least], word);
        let x = [words(mean), Operand::at(length, [0; 3])];
        self.map(Function::Div, [1, 1, width], [1, width], &x, words(OUTPUT_BODY));
    }

    fn map(
        &mut self,
        function: Function,
        dims: [u32; 3],
        tile: [u32; 2],
        x: &[Operand],
        out: Operand,
    ) {
        let (element, immediates) = (element::F32, [0; 3]);
        self.code.push(Record::map(MapSpec { function, element, immediates, dims, tile, x, out }));
    }

    /// Normalises the sums into the stream.
    fn norm(&mut self, norm: &Norm<'_>, buffers: &Buffers) {
        let BertConfig { width, positions, epsilon, .. } = self.config;
        let [gamma, beta] =
            [norm.gamma, norm.beta].map(|row| words(self.model.weight(&row.to_f32())));
        self.code.push(Record::norm(NormSpec {
            centred: true,
            epsilon,
            dims: [1, dimension(ROWS), width],
            tile_rows: tiles::rows(positions, width, tiles::LAYER_NORMED).count,
            x: plane(buffers.sums, width),
            gamma: Some(gamma),
            beta: Some(beta),
            out: plane(buffers.stream, width),
        }));
    }

    /// Quantises rows, if weights are.
    fn quantise(&mut self, x: u64, columns: u32, buffers: &Buffers) {
        if self.blocks.is_some() {
            self.code.push(Record::quantise(
                [dimension(ROWS), columns],
                tiles::rows(self.config.positions, columns, tiles::QUANTISED).count,
                lines(x, columns),
                Operand::at(buffers.quantised, [tiles::quantised_row(columns), 0, 0]),
            ));
        }
    }

    /// A dense layer from `x` to `out`, with `residual` added before the activation.
    fn dense(
        &mut self,
        dense: &Dense<'_>,
        buffers: &Buffers,
        [x, out]: [u64; 2],
        residual: Option<u64>,
        activation: Activation,
    ) -> Result<(), CheckpointError> {
        let panels = dense.weight.panels_in(self.blocks, "of a layer")?;
        let (outputs, terms) = (panels.rows, panels.columns);
        let kind = match panels.format {
            PanelFormat::F32 => ProductKind::F32,
            PanelFormat::Q8_0 => ProductKind::Q8_0,
            PanelFormat::Q4_0 => ProductKind::Q4_0,
        };
        let x = match kind {
            ProductKind::F32 => lines(x, terms),
            _ => Operand::at(buffers.quantised, [tiles::quantised_row(terms), 0, 0]),
        };
        let weights = Operand::at(self.model.weight(&panels.bytes), [panels.stride, 0, 0]);
        let bias = Operand::at(self.model.weight(&dense.bias.to_f32()), [4, 0, 0]);
        self.code.push(Record::product(ProductSpec {
            kind,
            dims: [dimension(ROWS), outputs, terms],
            tile: tiles::product(kind, self.config.positions, outputs, terms, false),
            x,
            weights,
            finish: FinishSpec {
                bias: Some(bias),
                residual: residual.map(|at| lines(at, outputs)),
                activation,
                gate: false,
            },
            out: lines(out, outputs),
        }));
        Ok(())
    }

    fn finish(mut self) -> Result<ModelFile, CheckpointError> {
        let BertConfig { width, positions, .. } = self.config;
        let bytes = 4 * width;
        self.model.input(POSITION..=POSITION * positions).output_max(bytes);
        self.code.push(Record::halt(0, bytes.into()));
        for record in self.code {
            self.model.record(record);
        }
        // A shorter text has no more tiles of any record.
        steps(&self.model, 1)?;
        let most = steps(&self.model, positions)?;
        self.model.max_steps(most);
        Ok(self.model.build()?)
    }
}

/// Large steps of a text of so many tokens, which the machine must admit.
fn steps(model: &ModelBuilder, rows: u32) -> Result<u64, CheckpointError> {
    let header = model.header();
    let mut values = [0; 16];
    values[usize::from(ROWS)] = rows.into();
    let registers = Registers::new(values);
    let mut steps = 0;
    for (index, record) in model.records().iter().enumerate() {
        let refused = |reason| CheckpointError::Refused { index, reason };
        let tiles = match record.op {
            opcode::CTRL => 1,
            _ => admit(record, &registers, &header).map_err(refused)?.tiles(),
        };
        steps += tiles;
    }
    Ok(steps)
}
