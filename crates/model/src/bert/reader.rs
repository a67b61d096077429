//! Reading safetensors with `config.json`, as transformers and sentence-transformers write them for the BERT family.

use serde::Deserialize;

use super::{Bert, BertConfig, BertLayer, Dense, Norm};
use crate::checkpoint::{CheckpointError, Tensors};

/// What stands before the names of tensors if the encoder is part of another model.
const PREFIX: &str = "bert.";

#[derive(Debug, Deserialize)]
struct ConfigFile {
    model_type: String,
    hidden_size: u32,
    intermediate_size: u32,
    num_hidden_layers: u32,
    num_attention_heads: u32,
    vocab_size: u32,
    max_position_embeddings: u32,
    type_vocab_size: u32,
    layer_norm_eps: f64,
    hidden_act: String,
    #[serde(default = "absolute")]
    position_embedding_type: String,
}

fn absolute() -> String {
    "absolute".to_owned()
}

impl ConfigFile {
    fn config(&self) -> Result<BertConfig, CheckpointError> {
        for (what, value, supported) in [
            ("model_type", &self.model_type, "bert"),
            ("hidden_act", &self.hidden_act, "gelu"),
            ("position_embedding_type", &self.position_embedding_type, "absolute"),
        ] {
            if value != supported {
                let (what, value) = (what.to_owned(), value.clone());
                return Err(CheckpointError::Unsupported { what, value, supported });
            }
        }
        let config = BertConfig {
            width: self.hidden_size,
            hidden: self.intermediate_size,
            layers: self.num_hidden_layers,
            heads: self.num_attention_heads,
            vocabulary: self.vocab_size,
            positions: self.max_position_embeddings,
            types: self.type_vocab_size,
            epsilon: self.layer_norm_eps as f32,
        };
        config.validate()?;
        Ok(config)
    }
}

#[derive(Deserialize)]
struct Kind {
    model_type: String,
}

/// Whether a tensor is one of weights of the encoder, by its name; buffers of ids are of integers.
fn is_encoder(name: &str) -> bool {
    let name = name.strip_prefix(PREFIX).unwrap_or(name);
    (name.starts_with("encoder.") || name.starts_with("embeddings.")) && !name.ends_with("_ids")
}

/// The tensors of a file, whose names may have a prefix.
struct Source<'a> {
    tensors: Tensors<'a>,
    prefix: &'static str,
}

impl<'a> Source<'a> {
    fn dense(
        &mut self,
        name: &str,
        [outputs, inputs]: [u32; 2],
    ) -> Result<Dense<'a>, CheckpointError> {
        let prefix = self.prefix;
        Ok(Dense {
            weight: self.tensors.take(&format!("{prefix}{name}.weight"), [outputs, inputs])?,
            bias: self.tensors.take(&format!("{prefix}{name}.bias"), [1, outputs])?,
        })
    }

    fn norm(&mut self, name: &str, width: u32) -> Result<Norm<'a>, CheckpointError> {
        let prefix = self.prefix;
        let mut take = |new: &str, old: &str| {
            // As files from before PyTorch name it.
            let old = self.tensors.optional(&format!("{prefix}{name}.{old}"), [1, width])?;
            match old {
                Some(found) => Ok(found),
                None => self.tensors.take(&format!("{prefix}{name}.{new}"), [1, width]),
            }
        };
        Ok(Norm { gamma: take("weight", "gamma")?, beta: take("bias", "beta")? })
    }
}

impl<'a> Bert<'a> {
    /// Whether a `config.json` belongs to a model of this family.
    #[must_use]
    pub fn is_meant_by(config: &[u8]) -> bool {
        serde_json::from_slice::<Kind>(config).is_ok_and(|kind| kind.model_type == "bert")
    }

    /// Reads `model.safetensors` and `config.json` of a model of the BERT family. What comes behind the encoder, a pooler or a head, is left out.
    ///
    /// # Errors
    /// When a file is cut short, contradicts another, or has something that this version does not take.
    pub fn from_safetensors(weights: &'a [u8], config: &[u8]) -> Result<Self, CheckpointError> {
        let file: ConfigFile = serde_json::from_slice(config)
            .map_err(|source| CheckpointError::Json { what: "config.json", source })?;
        let config = file.config()?;
        let tensors = Tensors::from_safetensors(weights, is_encoder)?;
        let prefix =
            if tensors.contains("bert.embeddings.word_embeddings.weight") { PREFIX } else { "" };
        let mut source = Source { tensors, prefix };
        let BertConfig { width, hidden, layers, vocabulary, positions, types, .. } = config;
        let mut table = |name: &str, rows: u32| {
            source.tensors.table(&format!("{prefix}embeddings.{name}.weight"), [rows, width])
        };
        let words = table("word_embeddings", vocabulary)?;
        let positions = table("position_embeddings", positions)?;
        let types = table("token_type_embeddings", types)?;
        let norm = source.norm("embeddings.LayerNorm", width)?;
        let mut found = Vec::new();
        for layer in 0..layers {
            let name = |part: &str| format!("encoder.layer.{layer}.{part}");
            let square = [width, width];
            found.push(BertLayer {
                query: source.dense(&name("attention.self.query"), square)?,
                key: source.dense(&name("attention.self.key"), square)?,
                value: source.dense(&name("attention.self.value"), square)?,
                output: source.dense(&name("attention.output.dense"), square)?,
                attention_norm: source.norm(&name("attention.output.LayerNorm"), width)?,
                up: source.dense(&name("intermediate.dense"), [hidden, width])?,
                down: source.dense(&name("output.dense"), [width, hidden])?,
                hidden_norm: source.norm(&name("output.LayerNorm"), width)?,
            });
        }
        source.tensors.finish()?;
        Ok(Self { config, words, positions, types, norm, layers: found })
    }
}
