//! Models that exist to be measured: the sizes of real ones, weights that were never trained.

use opml_kernels::float::{Arithmetic, Soft, to_f16};

use super::{CheckpointError, Config, Format, Layer, Llama, Matrix, Tokenizer};
use crate::workload::Seeded;

/// Sizes, and numbers from which every matrix takes some.
///
/// Matrices overlap in memory, each from a place of its own, so a model of 7 GB is made from some hundred megabytes.
#[derive(Clone, Debug)]
pub struct Untrained {
    config: Config,
    format: Format,
    numbers: Vec<u8>,
    norm: Vec<u8>,
}

impl Untrained {
    /// Weights in f32, or in Q8_0 where the format is that. The same sizes give the same weights on every machine.
    #[must_use]
    pub fn new(config: Config, format: Format) -> Self {
        let longest = config.vocabulary.max(config.hidden).max(config.queries());
        let elements = u64::from(longest) * u64::from(config.width);
        let elements = (2 * elements).next_multiple_of(32);
        // A product with numbers around one stays there.
        let most = Soft::div(1.7, Soft::sqrt(config.width as f32));
        let mut seeded = Seeded(11);
        let numbers = match format {
            Format::Q8_0 => {
                let scale = to_f16(Soft::div(most, 127.0)).to_le_bytes();
                let block = |_| {
                    let mut block = [0; 34];
                    block[..2].copy_from_slice(&scale);
                    for word in block[2..].as_chunks_mut::<8>().0 {
                        *word = seeded.next().to_le_bytes();
                    }
                    block
                };
                (0..elements / 32).flat_map(block).collect()
            }
            _ => {
                let number = |_| {
                    // 24 bits, from −1 to 1.
                    let unit = (seeded.next() >> 40) as f32 / (1 << 23) as f32 - 1.0;
                    (unit * most).to_le_bytes()
                };
                (0..elements).flat_map(number).collect()
            }
        };
        let norm = 1f32.to_le_bytes().repeat(config.width as usize);
        Self { config, format, numbers, norm }
    }

    /// The checkpoint.
    ///
    /// # Errors
    /// If a row of blocks is not whole.
    pub fn llama(&self) -> Result<Llama<'_>, CheckpointError> {
        let Config { width, hidden, layers, vocabulary, .. } = self.config;
        let (queries, cached) = (self.config.queries(), self.config.cached());
        let mut place = 0;
        let mut matrix = |dims| {
            place += 1;
            self.matrix(place, dims)
        };
        let norm = || Matrix::new("norm", [1, width], Format::F32, &self.norm);
        let mut all = Vec::new();
        for _ in 0..layers {
            all.push(Layer {
                attention_norm: norm()?,
                query: matrix([queries, width])?,
                key: matrix([cached, width])?,
                value: matrix([cached, width])?,
                output: matrix([width, queries])?,
                hidden_norm: norm()?,
                gate: matrix([hidden, width])?,
                up: matrix([hidden, width])?,
                down: matrix([width, hidden])?,
            });
        }
        Ok(Llama {
            config: self.config.clone(),
            embedding: matrix([vocabulary, width])?,
            layers: all,
            norm: norm()?,
            classifier: Some(matrix([vocabulary, width])?),
            tokenizer: tokenizer(vocabulary)?,
            factors: None,
        })
    }

    /// A matrix that begins at a place of its own.
    fn matrix(&self, place: usize, dims: [u32; 2]) -> Result<Matrix<'_>, CheckpointError> {
        let [rows, columns] = dims;
        let unit = if self.format == Format::Q8_0 { 34 } else { 4 };
        let row = self.format.row_bytes(columns.into()).unwrap_or(0) as usize;
        let bytes = row * rows as usize;
        let room = (self.numbers.len().saturating_sub(bytes)) / unit;
        // A prime, so that no two begin alike.
        let start = place * 1_000_003 % room.max(1) * unit;
        let bytes = self.numbers.get(start..start + bytes).unwrap_or(&[]);
        Matrix::new("untrained", dims, self.format, bytes)
    }
}

/// As many tokens, of which none ends a text and two merge.
fn tokenizer(vocabulary: u32) -> Result<Tokenizer, CheckpointError> {
    let bytes = (0..256).map(|byte| format!("<0x{byte:02X}>"));
    let merging = ["a", "b", "ab"].map(str::to_owned);
    let others = (256 + merging.len() as u32..vocabulary).map(|token| format!("[{token}]"));
    let pieces = bytes.chain(merging).chain(others);
    let pieces: Vec<Vec<u8>> = pieces.map(String::into_bytes).collect();
    let scores = vec![0.0; pieces.len()];
    Tokenizer::sentence_piece(pieces, &scores, 1, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llama::LlamaOptions;
    use opml_kernels::Pairing;

    #[test]
    fn both_formats_build_and_are_the_same_each_time() {
        let config = Config {
            width: 64,
            hidden: 96,
            layers: 2,
            heads: 4,
            groups: 2,
            head: 16,
            vocabulary: 300,
            context: 16,
            theta: 10_000.0,
            epsilon: 1e-5,
            pairing: Pairing::Adjacent,
        };
        let build = |format| {
            let model = Untrained::new(config.clone(), format);
            let options = LlamaOptions { name: "untrained".into(), context: None, blocks: None };
            model.llama().unwrap().build(&options).unwrap().id()
        };
        assert_eq!(build(Format::F32), build(Format::F32));
        assert_eq!(build(Format::Q8_0), build(Format::Q8_0));
        assert_ne!(build(Format::Q8_0), build(Format::F32));
        let model = Untrained::new(config.clone(), Format::Q8_0);
        let llama = model.llama().unwrap();
        let [first, second] = &llama.layers[..] else { panic!("two layers") };
        assert_ne!(first.query.bytes(), second.query.bytes());
        assert_eq!(first.query.bytes().len(), 64 * 64 / 32 * 34);
    }
}
