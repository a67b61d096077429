//! Reading safetensors with `config.json` and `tokenizer.json`, as transformers writes them for the LLaMA family.

use std::collections::BTreeMap;

use opml_kernels::Pairing;
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;

use super::{CheckpointError, Config, Layer, Llama, Tokenizer};
use crate::checkpoint::Tensors;

#[derive(Debug, Deserialize)]
struct ConfigFile {
    model_type: String,
    hidden_size: u32,
    intermediate_size: u32,
    num_hidden_layers: u32,
    num_attention_heads: u32,
    num_key_value_heads: Option<u32>,
    head_dim: Option<u32>,
    vocab_size: u32,
    max_position_embeddings: u32,
    rms_norm_eps: f64,
    #[serde(default = "theta")]
    rope_theta: f64,
    #[serde(default)]
    rope_scaling: Option<Value>,
    #[serde(default)]
    attention_bias: bool,
    #[serde(default)]
    mlp_bias: bool,
    #[serde(default)]
    sliding_window: Option<Value>,
    hidden_act: String,
    bos_token_id: u32,
    eos_token_id: OneOrMore,
}

const fn theta() -> f64 {
    10_000.0
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMore {
    One(u32),
    More(Vec<u32>),
}

#[derive(Debug, Deserialize)]
struct TokenizerFile {
    model: Bpe,
    #[serde(default)]
    added_tokens: Vec<Added>,
}

#[derive(Debug, Deserialize)]
struct Bpe {
    #[serde(rename = "type")]
    kind: Option<String>,
    vocab: BTreeMap<String, u32>,
    merges: Vec<Merge>,
    #[serde(default)]
    byte_fallback: bool,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Merge {
    Joined(String),
    Pair(String, String),
}

#[derive(Debug, Deserialize)]
struct Added {
    id: u32,
    content: String,
}

impl<'a> Llama<'a> {
    /// Reads `model.safetensors`, `config.json` and `tokenizer.json` of a model of the LLaMA family.
    ///
    /// # Errors
    /// When a file is cut short, contradicts another, or has something that this version does not take.
    pub fn from_safetensors(
        weights: &'a [u8],
        config: &[u8],
        tokenizer: &[u8],
    ) -> Result<Self, CheckpointError> {
        let file: ConfigFile = json("config.json", config)?;
        let config = file.config()?;
        let stops = match file.eos_token_id {
            OneOrMore::One(stop) => vec![stop],
            OneOrMore::More(stops) => stops,
        };
        let mut tensors = Tensors::from_safetensors(weights, |_| true)?;
        let Config { width, hidden, vocabulary, .. } = config;
        let embedding = tensors.take("model.embed_tokens.weight", [vocabulary, width])?;
        // Only now is it known that the file is large enough for so many tokens.
        let tokenizer = read_tokenizer(tokenizer, vocabulary, file.bos_token_id, stops)?;
        let (queries, cached) = (config.queries(), config.cached());
        let mut layers = Vec::new();
        for layer in 0..config.layers {
            tensors.ignore(&format!("model.layers.{layer}.self_attn.rotary_emb.inv_freq"));
            let mut take = |name: &str, shape| {
                tensors.take(&format!("model.layers.{layer}.{name}.weight"), shape)
            };
            layers.push(Layer {
                attention_norm: take("input_layernorm", [1, width])?,
                query: take("self_attn.q_proj", [queries, width])?,
                key: take("self_attn.k_proj", [cached, width])?,
                value: take("self_attn.v_proj", [cached, width])?,
                output: take("self_attn.o_proj", [width, queries])?,
                hidden_norm: take("post_attention_layernorm", [1, width])?,
                gate: take("mlp.gate_proj", [hidden, width])?,
                up: take("mlp.up_proj", [hidden, width])?,
                down: take("mlp.down_proj", [width, hidden])?,
            });
        }
        let llama = Self {
            embedding,
            norm: tensors.take("model.norm.weight", [1, width])?,
            classifier: tensors.optional("lm_head.weight", [vocabulary, width])?,
            factors: None,
            config,
            layers,
            tokenizer,
        };
        tensors.finish()?;
        Ok(llama)
    }
}

fn json<T: DeserializeOwned>(what: &'static str, bytes: &[u8]) -> Result<T, CheckpointError> {
    serde_json::from_slice(bytes).map_err(|source| CheckpointError::Json { what, source })
}

impl ConfigFile {
    fn config(&self) -> Result<Config, CheckpointError> {
        let only = |what: &str, value: String, supported: &'static str, holds: bool| {
            if holds {
                Ok(())
            } else {
                let what = format!("{what} in config.json");
                Err(CheckpointError::Unsupported { what, value, supported })
            }
        };
        only("model_type", self.model_type.clone(), "llama", self.model_type == "llama")?;
        only("hidden_act", self.hidden_act.clone(), "silu", self.hidden_act == "silu")?;
        let null = |value: &Option<Value>| value.as_ref().is_none_or(Value::is_null);
        let shown =
            |value: &Option<Value>| value.as_ref().map(Value::to_string).unwrap_or_default();
        only("rope_scaling", shown(&self.rope_scaling), "null", null(&self.rope_scaling))?;
        only("sliding_window", shown(&self.sliding_window), "null", null(&self.sliding_window))?;
        only("attention_bias", "true".to_owned(), "false", !self.attention_bias)?;
        only("mlp_bias", "true".to_owned(), "false", !self.mlp_bias)?;
        let (width, heads) = (self.hidden_size, self.num_attention_heads);
        let config = Config {
            width,
            hidden: self.intermediate_size,
            layers: self.num_hidden_layers,
            heads,
            groups: self.num_key_value_heads.unwrap_or(heads),
            head: self.head_dim.or_else(|| width.checked_div(heads)).unwrap_or(0),
            vocabulary: self.vocab_size,
            context: self.max_position_embeddings,
            theta: self.rope_theta,
            epsilon: self.rms_norm_eps as f32,
            pairing: Pairing::Halves,
        };
        config.validate()?;
        Ok(config)
    }
}

fn read_tokenizer(
    bytes: &[u8],
    vocabulary: u32,
    begin: u32,
    stops: Vec<u32>,
) -> Result<Tokenizer, CheckpointError> {
    let TokenizerFile { model, added_tokens } = json("tokenizer.json", bytes)?;
    let kind = model.kind.as_deref().unwrap_or("BPE");
    if kind != "BPE" || !model.byte_fallback {
        return Err(CheckpointError::Unsupported {
            what: "the tokenizer".to_owned(),
            value: format!("{kind} with byte_fallback {}", model.byte_fallback),
            supported: "BPE with byte_fallback true",
        });
    }
    let mut pieces = vec![Vec::new(); vocabulary as usize];
    let added = added_tokens.into_iter().map(|added| (added.content, added.id));
    for (piece, id) in model.vocab.into_iter().chain(added) {
        let place = pieces.get_mut(id as usize).ok_or_else(|| CheckpointError::Size {
            what: "a token",
            value: id.into(),
            rule: format!("must be below the vocabulary's {vocabulary}"),
        })?;
        *place = piece.into_bytes();
    }
    let merges = model.merges.into_iter().map(|merge| match merge {
        Merge::Pair(left, right) => Ok((left.into_bytes(), right.into_bytes())),
        Merge::Joined(joined) => match joined.split_once(' ') {
            Some((left, right)) => Ok((left.as_bytes().to_vec(), right.as_bytes().to_vec())),
            None => Err(CheckpointError::malformed("merges", format!("{joined:?} is no pair"))),
        },
    });
    Tokenizer::ranked(pieces, &merges.collect::<Result<Vec<_>, _>>()?, begin, stops)
}
