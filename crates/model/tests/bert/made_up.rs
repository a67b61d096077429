//! Checkpoints of random weights.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write;

/// Sizes of a model.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    pub(crate) width: usize,
    pub(crate) hidden: usize,
    pub(crate) layers: usize,
    pub(crate) heads: usize,
    pub(crate) vocabulary: usize,
    pub(crate) positions: usize,
}

pub(crate) const SMALL: Shape =
    Shape { width: 64, hidden: 96, layers: 2, heads: 4, vocabulary: 50, positions: 24 };

/// Of all-MiniLM-L6-v2.
pub(crate) const MINI_LM: Shape =
    Shape { width: 384, hidden: 1536, layers: 6, heads: 12, vocabulary: 30_522, positions: 512 };

/// `model.safetensors` and `config.json`.
pub(crate) fn files(shape: Shape, seed: u64) -> [Vec<u8>; 2] {
    let Shape { width, hidden, layers, heads, vocabulary, positions } = shape;
    let mut tensors = vec![
        ("embeddings.word_embeddings.weight".to_owned(), vec![vocabulary, width]),
        ("embeddings.position_embeddings.weight".to_owned(), vec![positions, width]),
        ("embeddings.token_type_embeddings.weight".to_owned(), vec![2, width]),
        ("embeddings.LayerNorm.weight".to_owned(), vec![width]),
        ("embeddings.LayerNorm.bias".to_owned(), vec![width]),
        ("pooler.dense.weight".to_owned(), vec![width, width]),
    ];
    for layer in 0..layers {
        let square = vec![width, width];
        for (name, weight, norm) in [
            ("attention.self.query", square.clone(), false),
            ("attention.self.key", square.clone(), false),
            ("attention.self.value", square.clone(), false),
            ("attention.output.dense", square, false),
            ("attention.output.LayerNorm", vec![width], true),
            ("intermediate.dense", vec![hidden, width], false),
            ("output.dense", vec![width, hidden], false),
            ("output.LayerNorm", vec![width], true),
        ] {
            let bias = if norm { vec![width] } else { vec![weight[0]] };
            tensors.push((format!("encoder.layer.{layer}.{name}.weight"), weight));
            tensors.push((format!("encoder.layer.{layer}.{name}.bias"), bias));
        }
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut header, mut data) = (String::from("{"), Vec::new());
    for (name, shape) in tensors {
        let start = data.len();
        let is_norm = name.contains("LayerNorm.weight");
        // As spread as training leaves it: scores of attention differ, and norms have something to do.
        let spread = match shape.as_slice() {
            [_, inputs] if name.contains("encoder") => 1.7 / (*inputs as f32).sqrt(),
            _ => 0.4,
        };
        for _ in 0..shape.iter().product() {
            let value: f32 = rng.random_range(-1.0..1.0) * spread + if is_norm { 1.0 } else { 0.0 };
            data.extend(value.to_le_bytes());
        }
        let comma = if header.len() > 1 { "," } else { "" };
        let end = data.len();
        write!(
            header,
            r#"{comma}"{name}":{{"dtype":"F32","shape":{shape:?},"data_offsets":[{start},{end}]}}"#
        )
        .unwrap();
    }
    header.push('}');
    let weights = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat();
    let config = format!(
        r#"{{"model_type":"bert","hidden_size":{width},"intermediate_size":{hidden},"num_hidden_layers":{layers},
        "num_attention_heads":{heads},"vocab_size":{vocabulary},"max_position_embeddings":{positions},"type_vocab_size":2,
        "layer_norm_eps":1e-12,"hidden_act":"gelu","hidden_dropout_prob":0.1,"initializer_range":0.02,"pad_token_id":0,
        "position_embedding_type":"absolute"}}"#
    );
    [weights, config.into_bytes()]
}
