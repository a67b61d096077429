//! Reading checkpoints and tokenizers of llama2.c.
//!
//! A checkpoint is seven i32 (width, hidden, layers, heads, key-value heads, vocabulary, context), then all weights in f32, layer by
//! layer within each kind. A negative vocabulary means that the classifier has weights of its own.

use opml_kernels::Pairing;

use super::{CheckpointError, Config, Format, Layer, Llama, Matrix, Tokenizer};

/// What llama2.c's code has as constants.
const THETA: f64 = 10_000.0;
const EPSILON: f32 = 1e-5;
const BEGIN: u32 = 1;
const END: u32 = 2;
/// Bytes before the weights.
const HEADER: usize = 28;

impl<'a> Llama<'a> {
    /// Reads a checkpoint of llama2.c (the float format without magic) and its tokenizer.
    ///
    /// # Errors
    /// When a size makes no sense, a file is cut short or longer than announced, or a weight is not finite.
    pub fn from_llama2c(checkpoint: &'a [u8], tokenizer: &[u8]) -> Result<Self, CheckpointError> {
        let (config, shared) = config(checkpoint)?;
        let tokenizer = read_tokenizer(tokenizer, config.vocabulary)?;
        let mut rest = Weights { bytes: checkpoint.get(HEADER..).unwrap_or(&[]) };
        let Config { width, hidden, vocabulary, layers, context, head, .. } = config;
        let (queries, cached) = (config.queries(), config.cached());
        let embedding = rest.one("embedding", [vocabulary, width])?;
        let mut kind = |name, shape| rest.layers(name, layers, shape);
        let kinds = [
            kind("attention norm", [1, width])?,
            kind("queries", [queries, width])?,
            kind("keys", [cached, width])?,
            kind("values", [cached, width])?,
            kind("attention output", [width, queries])?,
            kind("feed-forward norm", [1, width])?,
            kind("gate", [hidden, width])?,
            kind("down", [width, hidden])?,
            kind("up", [hidden, width])?,
        ];
        let norm = rest.one("final norm", [1, width])?;
        // Tables of angles, which are computed anew.
        rest.take("angles", [2 * context, head / 2])?;
        let classifier =
            if shared { None } else { Some(rest.one("classifier", [vocabulary, width])?) };
        if !rest.bytes.is_empty() {
            let why = format!("{} bytes behind the last tensor", rest.bytes.len());
            return Err(CheckpointError::malformed("checkpoint", why));
        }
        let mut all = kinds.map(Vec::into_iter);
        let mut next = || all.each_mut().map(Iterator::next);
        let mut found = Vec::new();
        while let [
            Some(attention_norm),
            Some(query),
            Some(key),
            Some(value),
            Some(output),
            Some(hidden_norm),
            Some(gate),
            Some(down),
            Some(up),
        ] = next()
        {
            found.push(Layer {
                attention_norm,
                query,
                key,
                value,
                output,
                hidden_norm,
                gate,
                up,
                down,
            });
        }
        Ok(Self { config, embedding, layers: found, norm, classifier, tokenizer, factors: None })
    }
}

fn config(checkpoint: &[u8]) -> Result<(Config, bool), CheckpointError> {
    let header = checkpoint.first_chunk::<HEADER>().ok_or_else(|| CheckpointError::Short {
        what: "header of the checkpoint".to_owned(),
        needed: HEADER as u64,
        left: checkpoint.len() as u64,
    })?;
    let mut words = header.as_chunks().0.iter().map(|word| i32::from_le_bytes(*word));
    // A negative size is a great one here and fails validation.
    let mut next = || words.next().unwrap_or(0);
    let mut size = || next().cast_unsigned();
    let [width, hidden, layers, heads, groups] = [size(), size(), size(), size(), size()];
    let (vocabulary, context) = (next(), next().cast_unsigned());
    let config = Config {
        width,
        hidden,
        layers,
        heads,
        groups,
        head: width.checked_div(heads).unwrap_or(0),
        vocabulary: vocabulary.unsigned_abs(),
        context,
        theta: THETA,
        epsilon: EPSILON,
        pairing: Pairing::Adjacent,
    };
    config.validate()?;
    if config.queries() != width {
        let rule = format!("must be a multiple of the {heads} heads");
        return Err(CheckpointError::Size { what: "width", value: width.into(), rule });
    }
    Ok((config, vocabulary > 0))
}

/// What is left of the weights.
struct Weights<'a> {
    bytes: &'a [u8],
}

impl<'a> Weights<'a> {
    fn take(&mut self, name: &str, [rows, columns]: [u32; 2]) -> Result<&'a [u8], CheckpointError> {
        let needed = u64::from(rows) * u64::from(columns) * 4;
        let short = CheckpointError::Short {
            what: format!("tensor {name}"),
            needed,
            left: self.bytes.len() as u64,
        };
        let (taken, rest) = usize::try_from(needed)
            .ok()
            .and_then(|n| self.bytes.split_at_checked(n))
            .ok_or(short)?;
        self.bytes = rest;
        Ok(taken)
    }

    fn one(&mut self, name: &str, shape: [u32; 2]) -> Result<Matrix<'a>, CheckpointError> {
        Matrix::new(name, shape, Format::F32, self.take(name, shape)?)
    }

    fn layers(
        &mut self,
        name: &str,
        layers: u32,
        shape: [u32; 2],
    ) -> Result<Vec<Matrix<'a>>, CheckpointError> {
        (0..layers).map(|layer| self.one(&format!("{name} of layer {layer}"), shape)).collect()
    }
}

/// The tokenizer file: the length of the longest token (u32), then for each token its score (f32), length (u32) and bytes.
fn read_tokenizer(bytes: &[u8], vocabulary: u32) -> Result<Tokenizer, CheckpointError> {
    let mut rest = bytes;
    let mut take = |what: &str, length: usize| {
        let left = rest.len() as u64;
        let (taken, after) =
            rest.split_at_checked(length).ok_or_else(|| CheckpointError::Short {
                what: format!("{what} of the tokenizer"),
                needed: length as u64,
                left,
            })?;
        rest = after;
        Ok::<_, CheckpointError>(taken)
    };
    take("header", 4)?;
    let (mut pieces, mut scores) = (Vec::new(), Vec::new());
    for _ in 0..vocabulary {
        let head = take("entry", 8)?;
        let [score, length] =
            [0, 4].map(|at| head[at..].first_chunk().copied().unwrap_or_default());
        let length = u32::from_le_bytes(length) as usize;
        scores.push(f32::from_le_bytes(score));
        pieces.push(take("piece", length)?.to_vec());
    }
    Tokenizer::sentence_piece(pieces, &scores, BEGIN, vec![BEGIN, END])
}
