//! Reading GGUF files of the LLaMA family.
//!
//! The format: `GGUF`, version (u32), counts of tensors and settings (u64), settings, descriptions of tensors, then the tensors, aligned.
//! Strings have a u64 length, arrays an element type and a u64 count. Nothing is allocated by a length that the file has not backed.

use std::collections::BTreeMap;

use opml_kernels::Pairing;

use super::{CheckpointError, Config, Format, Layer, Llama, Tokenizer};
use crate::checkpoint::Tensors;

/// Alignment of tensors unless the file says otherwise.
const ALIGNMENT: u64 = 32;
/// Frequency base where the file has none.
const THETA: f64 = 10_000.0;

/// Types of settings.
mod kind {
    pub(super) const U8: u32 = 0;
    pub(super) const I8: u32 = 1;
    pub(super) const U16: u32 = 2;
    pub(super) const I16: u32 = 3;
    pub(super) const U32: u32 = 4;
    pub(super) const I32: u32 = 5;
    pub(super) const F32: u32 = 6;
    pub(super) const BOOL: u32 = 7;
    pub(super) const STRING: u32 = 8;
    pub(super) const ARRAY: u32 = 9;
    pub(super) const U64: u32 = 10;
    pub(super) const I64: u32 = 11;
    pub(super) const F64: u32 = 12;
}

impl<'a> Llama<'a> {
    /// Reads a GGUF file of the architecture `llama`: its settings, tokenizer, and tensors of F32, F16, BF16, Q8_0 and Q4_0.
    ///
    /// # Errors
    /// When the file is cut short, contradicts itself, or has something that this version does not take.
    pub fn from_gguf(file: &'a [u8]) -> Result<Self, CheckpointError> {
        let Gguf { settings, mut tensors } = Gguf::parse(file)?;
        let config = settings.config()?;
        let tokenizer = settings.tokenizer(config.vocabulary)?;
        let Config { width, hidden, vocabulary, head, .. } = config;
        let (queries, cached) = (config.queries(), config.cached());
        let mut layers = Vec::new();
        for layer in 0..config.layers {
            let mut take =
                |name: &str, shape| tensors.take(&format!("blk.{layer}.{name}.weight"), shape);
            layers.push(Layer {
                attention_norm: take("attn_norm", [1, width])?,
                query: take("attn_q", [queries, width])?,
                key: take("attn_k", [cached, width])?,
                value: take("attn_v", [cached, width])?,
                output: take("attn_output", [width, queries])?,
                hidden_norm: take("ffn_norm", [1, width])?,
                gate: take("ffn_gate", [hidden, width])?,
                up: take("ffn_up", [hidden, width])?,
                down: take("ffn_down", [width, hidden])?,
            });
        }
        let factors = tensors.optional("rope_freqs.weight", [1, head / 2])?;
        let llama = Self {
            embedding: tensors.take("token_embd.weight", [vocabulary, width])?,
            norm: tensors.take("output_norm.weight", [1, width])?,
            classifier: tensors.optional("output.weight", [vocabulary, width])?,
            factors: factors.map(|factors| factors.row(0)),
            config,
            layers,
            tokenizer,
        };
        tensors.finish()?;
        Ok(llama)
    }
}

/// A parsed file.
struct Gguf<'a> {
    settings: Settings<'a>,
    tensors: Tensors<'a>,
}

/// A setting.
#[derive(Clone, Copy, Debug)]
enum Value<'a> {
    Integer(i128),
    Float(f64),
    Text(&'a [u8]),
    Array { kind: u32, count: u64, bytes: &'a [u8] },
}

impl<'a> Gguf<'a> {
    fn parse(file: &'a [u8]) -> Result<Self, CheckpointError> {
        let mut reader = Reader { what: "header", bytes: file };
        if reader.array()? != *b"GGUF" {
            return Err(CheckpointError::malformed("header", "does not begin with GGUF"));
        }
        let version = reader.u32()?;
        if !(2..=3).contains(&version) {
            return Err(CheckpointError::Unsupported {
                what: "the version".to_owned(),
                value: version.to_string(),
                supported: "2 and 3",
            });
        }
        let (tensor_count, setting_count) = (reader.u64()?, reader.u64()?);
        reader.what = "settings";
        let mut settings = BTreeMap::new();
        for _ in 0..setting_count {
            let name = reader.string()?;
            let kind = reader.u32()?;
            settings.insert(name, reader.value(kind)?);
        }
        let settings = Settings(settings);
        reader.what = "tensor descriptions";
        let mut described = Vec::new();
        for _ in 0..tensor_count {
            described.push(reader.description()?);
        }
        let alignment = match settings.optional("general.alignment") {
            Some(_) => settings.size("general.alignment")?.into(),
            None => ALIGNMENT,
        };
        if !alignment.is_power_of_two() {
            let rule = "must be a power of two".to_owned();
            return Err(CheckpointError::Size { what: "the alignment", value: alignment, rule });
        }
        let read = (file.len() - reader.bytes.len()) as u64;
        let data = usize::try_from(read.next_multiple_of(alignment)).unwrap_or(usize::MAX);
        let data = file.get(data..).unwrap_or(&[]);
        let mut tensors = Tensors::default();
        for (name, shape, format, offset) in described {
            let rest = usize::try_from(offset).ok().and_then(|offset| data.get(offset..));
            tensors.insert(&name, &shape, format, rest.unwrap_or(&[]))?;
        }
        Ok(Self { settings, tensors })
    }
}

struct Settings<'a>(BTreeMap<&'a [u8], Value<'a>>);

impl<'a> Settings<'a> {
    fn optional(&self, name: &str) -> Option<&Value<'a>> {
        self.0.get(name.as_bytes())
    }

    fn get(&self, name: &str) -> Result<&Value<'a>, CheckpointError> {
        self.optional(name).ok_or_else(|| CheckpointError::Missing(format!("setting {name}")))
    }

    fn size(&self, name: &str) -> Result<u32, CheckpointError> {
        match self.get(name)? {
            Value::Integer(value) if u32::try_from(*value).is_ok() => Ok(*value as u32),
            _ => Err(CheckpointError::malformed(format!("setting {name}"), "is no size")),
        }
    }

    fn float(&self, name: &str) -> Result<f64, CheckpointError> {
        match self.get(name)? {
            Value::Float(value) => Ok(*value),
            Value::Integer(value) => Ok(*value as f64),
            _ => Err(CheckpointError::malformed(format!("setting {name}"), "is no number")),
        }
    }

    fn text(&self, name: &str) -> Result<&'a [u8], CheckpointError> {
        match self.get(name)? {
            Value::Text(text) => Ok(text),
            _ => Err(CheckpointError::malformed(format!("setting {name}"), "is no text")),
        }
    }

    /// A setting that must have one value where the file has it at all.
    fn only(&self, name: &str, supported: &'static str) -> Result<(), CheckpointError> {
        match self.optional(name) {
            None => Ok(()),
            Some(_) if self.text(name)? == supported.as_bytes() => Ok(()),
            Some(_) => Err(CheckpointError::Unsupported {
                what: format!("setting {name}"),
                value: String::from_utf8_lossy(self.text(name)?).into_owned(),
                supported,
            }),
        }
    }

    fn config(&self) -> Result<Config, CheckpointError> {
        self.text("general.architecture")?;
        self.only("general.architecture", "llama")?;
        self.only("llama.rope.scaling.type", "none")?;
        let or = |name: &str, default| match self.optional(name) {
            Some(_) => self.size(name),
            None => Ok(default),
        };
        let width = self.size("llama.embedding_length")?;
        let heads = self.size("llama.attention.head_count")?;
        let head = or("llama.attention.key_length", width.checked_div(heads).unwrap_or(0))?;
        let vocabulary = match self.get("tokenizer.ggml.tokens")? {
            Value::Array { count, .. } => u32::try_from(*count).unwrap_or(u32::MAX),
            _ => 0,
        };
        let config = Config {
            width,
            hidden: self.size("llama.feed_forward_length")?,
            layers: self.size("llama.block_count")?,
            heads,
            groups: or("llama.attention.head_count_kv", heads)?,
            head,
            vocabulary,
            context: self.size("llama.context_length")?,
            theta: match self.optional("llama.rope.freq_base") {
                Some(_) => self.float("llama.rope.freq_base")?,
                None => THETA,
            },
            epsilon: self.float("llama.attention.layer_norm_rms_epsilon")? as f32,
            // The converter has permuted the rows of queries and keys for it.
            pairing: Pairing::Adjacent,
        };
        config.validate()?;
        for (name, expected) in
            [("llama.rope.dimension_count", head), ("llama.attention.value_length", head)]
        {
            if or(name, expected)? != expected {
                return Err(CheckpointError::Unsupported {
                    what: format!("setting {name}"),
                    value: self.size(name)?.to_string(),
                    supported: "only the width of a head",
                });
            }
        }
        Ok(config)
    }

    fn tokenizer(&self, vocabulary: u32) -> Result<Tokenizer, CheckpointError> {
        self.text("tokenizer.ggml.model")?;
        self.only("tokenizer.ggml.model", "llama")?;
        let array = |name: &str, expected: u32| match self.get(name)? {
            Value::Array { kind, count, bytes }
                if *kind == expected && *count == u64::from(vocabulary) =>
            {
                Ok(*bytes)
            }
            _ => {
                let why = format!("is no list of {vocabulary} elements of type {expected}");
                Err(CheckpointError::malformed(format!("setting {name}"), why))
            }
        };
        let mut reader =
            Reader { what: "tokens", bytes: array("tokenizer.ggml.tokens", kind::STRING)? };
        let mut pieces = Vec::new();
        for _ in 0..vocabulary {
            pieces.push(reader.string()?.to_vec());
        }
        let scores = array("tokenizer.ggml.scores", kind::F32)?.as_chunks().0;
        let scores: Vec<f32> = scores.iter().map(|word| f32::from_le_bytes(*word)).collect();
        let begin = self.size("tokenizer.ggml.bos_token_id")?;
        let end = self.size("tokenizer.ggml.eos_token_id")?;
        Tokenizer::sentence_piece(pieces, &scores, begin, vec![end])
    }
}

/// Name, shape (outermost first), format, and offset in the data.
type Description = (String, Vec<u64>, Format, u64);

struct Reader<'a> {
    what: &'static str,
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8], CheckpointError> {
        let parts = usize::try_from(length).ok().and_then(|n| self.bytes.split_at_checked(n));
        let (taken, rest) = parts.ok_or_else(|| CheckpointError::Short {
            what: self.what.to_owned(),
            needed: length,
            left: self.bytes.len() as u64,
        })?;
        self.bytes = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], CheckpointError> {
        Ok(self.take(N as u64)?.first_chunk().copied().unwrap_or([0; N]))
    }

    fn u32(&mut self) -> Result<u32, CheckpointError> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn u64(&mut self) -> Result<u64, CheckpointError> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    fn string(&mut self) -> Result<&'a [u8], CheckpointError> {
        let length = self.u64()?;
        self.take(length)
    }

    fn value(&mut self, kind: u32) -> Result<Value<'a>, CheckpointError> {
        Ok(match kind {
            kind::U8 | kind::BOOL => Value::Integer(u8::from_le_bytes(self.array()?).into()),
            kind::I8 => Value::Integer(i8::from_le_bytes(self.array()?).into()),
            kind::U16 => Value::Integer(u16::from_le_bytes(self.array()?).into()),
            kind::I16 => Value::Integer(i16::from_le_bytes(self.array()?).into()),
            kind::U32 => Value::Integer(self.u32()?.into()),
            kind::I32 => Value::Integer(i32::from_le_bytes(self.array()?).into()),
            kind::U64 => Value::Integer(self.u64()?.into()),
            kind::I64 => Value::Integer(i64::from_le_bytes(self.array()?).into()),
            kind::F32 => Value::Float(f32::from_le_bytes(self.array()?).into()),
            kind::F64 => Value::Float(f64::from_le_bytes(self.array()?)),
            kind::STRING => Value::Text(self.string()?),
            kind::ARRAY => {
                let (kind, count) = (self.u32()?, self.u64()?);
                let bytes = self.bytes;
                match size(kind) {
                    Some(size) => {
                        self.take(count.saturating_mul(size))?;
                    }
                    None if kind == kind::STRING => {
                        for _ in 0..count {
                            self.string()?;
                        }
                    }
                    None => return Err(self.unknown(kind)),
                }
                let used = bytes.len() - self.bytes.len();
                Value::Array { kind, count, bytes: bytes.get(..used).unwrap_or(bytes) }
            }
            _ => return Err(self.unknown(kind)),
        })
    }

    fn unknown(&self, kind: u32) -> CheckpointError {
        CheckpointError::malformed(self.what, format!("no type {kind}, or none for elements"))
    }

    fn description(&mut self) -> Result<Description, CheckpointError> {
        let name = String::from_utf8_lossy(self.string()?).into_owned();
        let dimensions = self.u32()?;
        if dimensions > 4 {
            let rule = "at most 4 are known".to_owned();
            let what = "the number of dimensions of a tensor";
            return Err(CheckpointError::Size { what, value: dimensions.into(), rule });
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            shape.push(self.u64()?);
        }
        shape.reverse();
        let format = match self.u32()? {
            0 => Format::F32,
            1 => Format::F16,
            2 => Format::Q4_0,
            8 => Format::Q8_0,
            30 => Format::Bf16,
            other => {
                return Err(CheckpointError::Unsupported {
                    what: format!("the type of tensor {name}"),
                    value: other.to_string(),
                    supported: "0 F32, 1 F16, 2 Q4_0, 8 Q8_0, 30 BF16",
                });
            }
        };
        Ok((name, shape, format, self.u64()?))
    }
}

/// Bytes of an element of a type of fixed size.
const fn size(kind: u32) -> Option<u64> {
    Some(match kind {
        kind::U8 | kind::I8 | kind::BOOL => 1,
        kind::U16 | kind::I16 => 2,
        kind::U32 | kind::I32 | kind::F32 => 4,
        kind::U64 | kind::I64 | kind::F64 => 8,
        _ => return None,
    })
}
