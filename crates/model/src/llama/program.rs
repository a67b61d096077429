//! From a checkpoint to the program that generates text with it.
//!
//! One program serves three inputs ([`Prompt`](super::Prompt)): tokens, text, and a claimed answer to be checked. It has two sections with the same
//! records: *prefill* computes blocks of positions that are known, *decode* one position and the token after it. Rows are independent of
//! each other, so both leave the same bits in the cache.
//!
//! `docs/models.md` has the bytes of input and output.

mod layers;
mod placement;

use opml_engine::ModelFile;
use opml_kernels::{POSITIONS, STATE, SYMBOL, TEXT};
use opml_tensor::{
    DetokeniseSpec, Operand, Record, Registers, SampleSpec, SplitSpec, admit, condition, dimension,
    element,
    layout::{INPUT, LEAF, MAX_INPUT_OUTPUT, OUTPUT_BODY},
};

use super::{
    Blocks, CheckpointError, Config, Directory, Llama, PanelFormat, angles,
    assembler::{Assembler, Label},
    prompt::field,
    tokenizer::packed,
};
use crate::{ModelBuilder, tiles};
use placement::{Buffers, Placed, Weights, place, place_layer};

/// Registers of the program.
mod register {
    /// Position that is computed, or the first of a block.
    pub(super) const POSITION: u8 = 1;
    /// Tokens of the prompt.
    pub(super) const PROMPT: u8 = 2;
    /// Position that has no token any more.
    pub(super) const END: u8 = 3;
    /// Rows of the block.
    pub(super) const ROWS: u8 = 4;
    /// Whatever is compared next.
    pub(super) const VALUE: u8 = 5;
    /// Position + 1: what the first row of a block sees.
    pub(super) const SEEN: u8 = 6;
    /// Positions that prefill computes.
    pub(super) const KNOWN: u8 = 7;
    /// Tokens of the answer.
    pub(super) const ANSWER: u8 = 8;
    /// Chunks of attention.
    pub(super) const CHUNKS: u8 = 9;
    /// What the input asks for.
    pub(super) const MODE: u8 = 10;
    /// Sizes of the output.
    pub(super) const SIZE: u8 = 11;
    /// Sizes of the output.
    pub(super) const ROOM: u8 = 12;
    /// What VALUE is compared with.
    pub(super) const LIMIT: u8 = 13;
    /// Tokens that the input asks for.
    pub(super) const ASKED: u8 = 14;
}

/// How a model is built from a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LlamaOptions {
    /// Name of the model.
    pub name: String,
    /// Positions of the cache: prompt and answer together. At most what the model was made for.
    pub context: Option<u32>,
    /// What the matrices of the layers and the classifier are quantised to; they stay as they are if there is nothing.
    pub blocks: Option<Blocks>,
}

/// Rows of a block of prefill.
const BLOCK_ROWS: u32 = 128;
/// Positions per chunk of attention where a row of positions is cut at all.
const CHUNK: u32 = 1024;
/// Positions unless the options say otherwise.
const DEFAULT_CONTEXT: u32 = 2048;
/// Greatest prompt in bytes of text: a merge looks at every symbol of it.
const LONGEST_TEXT: u32 = 1 << 14;
/// Bytes of text that a token stands for, as far as room for prompts is concerned.
const BYTES_PER_TOKEN: u32 = 4;

impl Llama<'_> {
    /// Builds the model.
    ///
    /// The same checkpoint and options give the same bytes on every machine.
    ///
    /// # Errors
    /// When a size exceeds what the machine takes.
    pub fn build(&self, options: &LlamaOptions) -> Result<ModelFile, CheckpointError> {
        self.config.validate()?;
        let asked = options.context.unwrap_or(DEFAULT_CONTEXT).min(self.config.context);
        let config = Config { context: asked, ..self.config.clone() };
        config.validate()?;
        let mut program = Program::new(self, config, options)?;
        program.write(self);
        program.finish()
    }
}

/// Rows that a section computes.
#[derive(Clone, Copy, Debug)]
enum Rows {
    /// One.
    One,
    /// As many as the register holds, a block at most.
    Block,
}

impl Rows {
    const fn dimension(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Block => dimension(register::ROWS),
        }
    }

    const fn most(self) -> u32 {
        match self {
            Self::One => 1,
            Self::Block => BLOCK_ROWS,
        }
    }
}

struct Program {
    config: Config,
    model: ModelBuilder,
    code: Assembler,
    directory: Directory,
    buffers: Buffers,
    layers: Vec<Placed>,
    /// Embedding: rows of f32, or panels where the classifier's serve.
    embedding: (u8, u64, u32),
    classifier: Weights,
    norm: u64,
    angles: u64,
    refused: Label,
    longest_piece: u32,
}

impl Program {
    fn new(
        llama: &Llama<'_>,
        config: Config,
        options: &LlamaOptions,
    ) -> Result<Self, CheckpointError> {
        let mut model = ModelBuilder::new(&options.name);
        let tokenizer = &llama.tokenizer;
        let longest_piece = tokenizer.longest();
        // The directory comes first and is filled in last.
        let longest_answer = (MAX_INPUT_OUTPUT - 2 * TEXT as u32) / (4 + longest_piece).max(1);
        let mut directory = Directory {
            context: config.context.into(),
            vocabulary: config.vocabulary.into(),
            longest_answer: longest_answer.min(config.context).into(),
            longest_text: (BYTES_PER_TOKEN.saturating_mul(config.context)).min(LONGEST_TEXT).into(),
            begin: tokenizer.begin.into(),
            stop_count: tokenizer.stops.len().min(4) as u64,
            layers: config.layers.into(),
            cache_row: 4 * u64::from(config.cached()),
            ..Directory::default()
        };
        for (to, stop) in directory.stops.iter_mut().zip(&tokenizer.stops) {
            *to = (*stop).into();
        }
        model.weight(&[0; Directory::BYTES]);
        let words =
            |words: &[u32]| words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<u8>>();
        directory.offsets = model.weight(&words(&tokenizer.offsets));
        directory.blob = [model.weight(&tokenizer.blob), tokenizer.blob.len() as u64];
        let characters: Vec<[u8; 8]> = tokenizer.characters.iter().map(packed).collect();
        directory.characters =
            [model.weight(characters.as_flattened()), tokenizer.characters.len() as u64];
        directory.bytes = model.weight(&words(&tokenizer.bytes));
        let merges: Vec<[u8; 16]> = tokenizer.merges.iter().map(packed).collect();
        directory.merges = [model.weight(merges.as_flattened()), tokenizer.merges.len() as u64];

        let angles =
            angles::table(config.context, config.head, config.theta, llama.factors.as_deref());
        let angles = model.weight(&angles);
        let norm = model.weight(&llama.norm.to_f32());
        let blocks = options.blocks;
        let classifier = llama.classifier.unwrap_or(llama.embedding);
        let classifier = classifier.panels_in(blocks, "of the classifier")?;
        let shared = llama.classifier.is_none() && classifier.format == PanelFormat::F32;
        let classifier = place(&mut model, &classifier);
        let embedding = if shared {
            (element::F32_PANELS, classifier.address, classifier.stride)
        } else {
            (element::F32, model.weight(&llama.embedding.to_f32()), 4 * config.width)
        };
        let cache_rows = u64::from(config.context) * directory.cache_row;
        directory.cache = model.activation(2 * u64::from(config.layers) * cache_rows);
        let layers = (0..).zip(&llama.layers).map(|(index, layer)| {
            let keys = directory.cache + 2 * index * cache_rows;
            place_layer(&mut model, layer, blocks, [keys, keys + cache_rows])
        });
        let layers = layers.collect::<Result<_, _>>()?;
        let buffers = Buffers::new(&mut model, &config, &directory, longest_piece);
        directory.tokens = buffers.tokens;
        let mut code = Assembler::default();
        let refused = code.label();
        Ok(Self {
            config,
            model,
            code,
            directory,
            buffers,
            layers,
            embedding,
            classifier,
            norm,
            angles,
            refused,
            longest_piece,
        })
    }

    fn write(&mut self, llama: &Llama<'_>) {
        let (finish, ready) = (self.code.label(), self.code.label());
        self.read_input(ready);
        self.code.place(ready);
        self.prefill(finish);
        self.decode(&llama.tokenizer.stops, finish);
        self.code.place(finish);
        self.answer();
        // Longer than any output may be.
        self.code.place(self.refused);
        self.code.push(Record::halt(0, u64::MAX));
    }

    /// Mode, prompt as tokens, END and KNOWN.
    fn read_input(&mut self, ready: Label) {
        use register::{ASKED, END, KNOWN, LIMIT, MODE, POSITION, PROMPT, VALUE};
        let Directory { context, begin, longest_text, longest_answer, .. } = self.directory;
        let tokens = self.buffers.tokens;
        let text = self.code.label();
        for (register, at) in [(MODE, field::MODE), (PROMPT, field::COUNT), (ASKED, field::ANSWER)]
        {
            self.code.push(Record::load_32(register, row_at(at)));
        }
        self.refuse_above(MODE, 2);
        self.code.push(Record::set(LIMIT, 1));
        self.code.branch(condition::EQUAL, MODE, LIMIT, text);

        let counted = self.code.label();
        self.refuse_above(PROMPT, context);
        let ids = Operand::at(field::BODY, [0, 4, 1]);
        self.code.push(copy_words(PROMPT, ids, Operand::at(tokens, [0, 4, 1])));
        self.code.jump(counted);

        self.code.place(text);
        let empty = self.code.label();
        self.refuse_above(PROMPT, longest_text);
        self.code.push(Record::set(VALUE, begin));
        self.code.push(Record::store_32(VALUE, row_at(tokens)));
        self.code.branch(condition::EQUAL, PROMPT, 0, empty);
        self.encode();
        self.refuse_above(PROMPT, context - 1);
        let symbols = Operand::at(self.buffers.symbols + STATE as u64, [0, SYMBOL as u32, 1]);
        self.code.push(copy_words(PROMPT, symbols, Operand::at(tokens + 4, [0, 4, 1])));
        self.code.place(empty);
        self.code.push(Record::add(PROMPT, PROMPT, 0, 1));

        self.code.place(counted);
        self.code.push(Record::least(END, ASKED, 0, longest_answer));
        self.code.push(Record::add(END, PROMPT, END, 0));
        self.code.push(Record::least(END, END, 0, context));
        self.code.push(Record::subtract(KNOWN, PROMPT, 0, 1));
        self.code.push(Record::set(POSITION, 0));
        self.code.jump(ready);
    }

    /// The symbols of the text, all merges made; PROMPT is their number afterwards.
    fn encode(&mut self) {
        use register::{PROMPT, VALUE};
        let Directory { characters, bytes, merges, .. } = self.directory;
        let [merges, merge_count] = merges;
        let [characters, character_count] = characters;
        let (merges, state) = (row_at(merges), row_at(self.buffers.symbols));
        self.code.push(Record::split(SplitSpec {
            dims: [dimension(PROMPT), character_count as u32, merge_count as u32],
            prefix: true,
            text: row_at(field::BODY),
            characters: row_at(characters),
            bytes: row_at(bytes),
            merges,
            state,
        }));
        let again = self.code.here();
        let dims = [dimension(PROMPT), merge_count as u32];
        self.code.push(Record::merge_pairs(dims, merges, state));
        self.code.push(Record::load_32(VALUE, row_at(self.buffers.symbols + 4)));
        self.code.branch(condition::EQUAL, VALUE, 0, again);
        self.code.push(Record::load_32(PROMPT, row_at(self.buffers.symbols)));
    }

    /// Blocks of positions up to KNOWN; in mode 2 also what the model would choose after each of them, and then the answer that this makes.
    fn prefill(&mut self, finish: Label) {
        use register::{ANSWER, ASKED, KNOWN, LIMIT, MODE, POSITION, PROMPT, ROWS, SEEN};
        let (done, decode) = (self.code.label(), self.code.label());
        let again = self.code.here();
        self.code.branch(condition::GREATER_OR_EQUAL, POSITION, KNOWN, done);
        self.code.push(Record::subtract(ROWS, KNOWN, POSITION, 0));
        self.code.push(Record::least(ROWS, ROWS, 0, BLOCK_ROWS.into()));
        self.code.push(Record::add(SEEN, POSITION, 0, 1));
        self.layers(Rows::Block);
        let next = self.code.label();
        self.code.push(Record::set(LIMIT, 2));
        self.code.branch(condition::NOT_EQUAL, MODE, LIMIT, next);
        self.choose(Rows::Block, self.buffers.chosen);
        self.code.place(next);
        self.code.push(Record::add(POSITION, POSITION, ROWS, 0));
        self.code.jump(again);

        self.code.place(done);
        self.code.push(Record::set(LIMIT, 2));
        self.code.branch(condition::NOT_EQUAL, MODE, LIMIT, decode);
        // The last ASKED tokens of the prompt are a claimed answer: what the model would have chosen takes their place.
        self.code.branch(condition::GREATER_OR_EQUAL, ASKED, PROMPT, self.refused);
        self.code.branch(condition::EQUAL, ASKED, 0, self.refused);
        self.code.push(Record::subtract(PROMPT, PROMPT, ASKED, 0));
        self.code.push(Record::add(ANSWER, ASKED, 0, 0));
        let at = |address| Operand::at(address, [0, 4, 1]).indexed(PROMPT, 4);
        let (from, to) = (at(self.buffers.chosen), at(self.buffers.tokens));
        self.code.push(copy_words(ANSWER, from, to));
        self.code.jump(finish);
        self.code.place(decode);
    }

    /// One position after the other, until END or a token that ends an answer.
    fn decode(&mut self, stops: &[u32], finish: Label) {
        use register::{END, LIMIT, POSITION, SEEN, VALUE};
        self.directory.decode = self.code.next();
        let again = self.code.here();
        self.code.push(Record::add(SEEN, POSITION, 0, 1));
        self.code.branch(condition::GREATER_OR_EQUAL, SEEN, END, finish);
        self.layers(Rows::One);
        self.choose(Rows::One, self.buffers.tokens);
        self.code.push(Record::add(POSITION, SEEN, 0, 0));
        self.code.push(Record::load_32(VALUE, row_at(self.buffers.tokens).indexed(POSITION, 4)));
        for stop in stops.iter().take(4) {
            self.code.push(Record::set(LIMIT, (*stop).into()));
            self.code.branch(condition::EQUAL, VALUE, LIMIT, finish);
        }
        self.code.jump(again);
    }

    /// Number and tokens of the answer, length and bytes of its text.
    fn answer(&mut self) {
        use register::{ANSWER, POSITION, PROMPT, ROOM, SIZE, VALUE};
        let text = self.code.label();
        self.code.push(Record::subtract(ANSWER, POSITION, PROMPT, u64::MAX));
        self.code.push(Record::store_32(ANSWER, row_at(OUTPUT_BODY)));
        self.code.branch(condition::EQUAL, ANSWER, 0, text);
        let tokens = Operand::at(self.buffers.tokens, [0, 4, 1]).indexed(PROMPT, 4);
        self.code.push(copy_words(ANSWER, tokens, Operand::at(OUTPUT_BODY + 4, [0, 4, 1])));
        self.code.place(text);
        self.code.push(Record::add(SIZE, ANSWER, 0, 1));
        self.code.push(Record::multiply(ROOM, ANSWER, 0, self.longest_piece.into()));
        self.code.push(Record::add(ROOM, ROOM, 0, TEXT as u64));
        let Directory { blob, offsets, vocabulary, begin, .. } = self.directory;
        let [blob, blob_bytes] = blob;
        self.code.push(Record::detokenise(DetokeniseSpec {
            dims: [dimension(SIZE), vocabulary as u32 + 1, blob_bytes as u32, dimension(ROOM)],
            begin: begin as u32,
            ids: row_at(self.buffers.tokens - 4).indexed(PROMPT, 4),
            offsets: row_at(offsets),
            blob: row_at(blob),
            out: row_at(self.buffers.text),
        }));
        self.code.push(Record::load_32(VALUE, row_at(self.buffers.text)));
        self.code.push(Record::add(VALUE, VALUE, 0, TEXT as u64));
        let from = Operand::at(self.buffers.text, [0, 0, 1]);
        let to = Operand::at(OUTPUT_BODY + 4, [0, 0, 1]).indexed(ANSWER, 4);
        self.code.push(Record::copy([1, 1, dimension(VALUE)], [1, tiles::COPIED], from, to));
        self.code.push(Record::multiply(SIZE, ANSWER, 0, 4));
        self.code.push(Record::add(SIZE, SIZE, VALUE, 0));
        self.code.push(Record::halt(SIZE, 4));
    }

    fn choose(&mut self, rows: Rows, to: u64) {
        use register::{POSITION, SEEN};
        let Buffers { stream, normed, logits, .. } = self.buffers;
        let vocabulary = self.config.vocabulary;
        let classifier = self.classifier;
        self.norm(rows, stream, self.norm);
        self.quantise(rows, normed, self.config.width, &[classifier]);
        self.product(rows, &classifier, normed, Operand::at(logits, [4 * vocabulary, 0, 0]), None);
        self.code.push(Record::sample(SampleSpec {
            dims: [rows.dimension(), vocabulary, dimension(SEEN)],
            tile: tiles::rows(rows.most(), vocabulary, tiles::SAMPLED).count,
            logits: Operand::at(logits, [4 * vocabulary, 0, 0]),
            parameters: Operand::at(field::SAMPLING, [0; 3]),
            out: Operand::at(to + 4, [4, 0, 0]).indexed(POSITION, 4),
        }));
    }

    fn refuse_above(&mut self, register: u8, most: u64) {
        self.code.push(Record::set(register::LIMIT, most));
        self.code.branch(condition::LESS, register::LIMIT, register, self.refused);
    }

    fn finish(self) -> Result<ModelFile, CheckpointError> {
        let Self { mut model, code, directory, longest_piece, .. } = self;
        let bytes = field::BODY - INPUT - LEAF;
        let body = (4 * directory.context).max(directory.longest_text);
        let most = (bytes + body).min(MAX_INPUT_OUTPUT.into());
        model.input(bytes as u32..=most as u32);
        let answer = directory.longest_answer as u32;
        model.output_max(2 * TEXT as u32 + answer * (4 + longest_piece));
        for record in code.finish() {
            model.record(record);
        }
        model.overwrite(0, &directory.to_bytes());
        check(&model, &directory)?;
        Ok(model.build()?)
    }
}

/// Admits every operator as its section's first and last block will find it.
fn check(model: &ModelBuilder, directory: &Directory) -> Result<(), CheckpointError> {
    let header = model.header();
    let last = directory.context - 1;
    for (index, record) in model.records().iter().enumerate() {
        if record.op == opml_tensor::opcode::CTRL {
            continue;
        }
        let one = index as u64 >= directory.decode;
        let rows = if one { 1 } else { u64::from(BLOCK_ROWS).min(last) };
        for position in [0, last - rows] {
            let seen = position + 1;
            let answer = last.min(directory.longest_answer);
            let mut registers = [0; 16];
            registers[usize::from(register::POSITION)] = position;
            registers[usize::from(register::PROMPT)] = 1;
            registers[usize::from(register::ROWS)] = rows;
            registers[usize::from(register::SEEN)] = seen;
            registers[usize::from(register::CHUNKS)] = (seen + rows - 2) / u64::from(CHUNK) + 1;
            registers[usize::from(register::ANSWER)] = answer;
            registers[usize::from(register::SIZE)] = answer + 1;
            registers[usize::from(register::ROOM)] = TEXT as u64;
            registers[usize::from(register::VALUE)] = TEXT as u64;
            admit(record, &Registers::new(registers), &header)
                .map_err(|reason| CheckpointError::Refused { index, reason })?;
        }
    }
    Ok(())
}

/// Positions per chunk; none if the context is so short that a row of positions stays whole.
fn chunk(config: &Config) -> Option<u32> {
    (config.context as usize > POSITIONS).then_some(CHUNK)
}

/// A word or one row; strides are not used.
const fn row_at(address: u64) -> Operand {
    Operand::at(address, [0; 3])
}

/// Copies as many words as the register says, byte by byte within a word.
fn copy_words(count: u8, from: Operand, to: Operand) -> Record {
    Record::copy([1, dimension(count), 4], [tiles::COPIED / 64, 4], from, to)
}
