//! A made-up model, small enough for the VM, in every format.

use opml_model::llama::{Llama, Tokenizer};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::fmt::Write;

pub(crate) const WIDTH: usize = 32;
pub(crate) const HIDDEN: usize = 64;
pub(crate) const LAYERS: usize = 2;
pub(crate) const HEADS: usize = 4;
pub(crate) const GROUPS: usize = 2;
pub(crate) const HEAD: usize = WIDTH / HEADS;
pub(crate) const VOCABULARY: usize = 272;
pub(crate) const CONTEXT: usize = 48;

/// Matrices by the names of GGUF, row by row.
pub(crate) struct Tiny {
    pub(crate) tensors: Vec<(String, [usize; 2], Vec<f32>)>,
}

impl Tiny {
    pub(crate) fn new(seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut tensors = Vec::new();
        let mut add = |name: String, shape: [usize; 2]| {
            let [rows, columns] = shape;
            let scale = if rows == 1 { 1.0 } else { 1.6 / (columns as f32).sqrt() };
            let mut value =
                || rng.random_range(-1.0f32..1.0) * scale + if rows == 1 { 1.5 } else { 0.0 };
            let values = (0..rows * columns).map(|_| value()).collect();
            tensors.push((name, shape, values));
        };
        add("token_embd".to_owned(), [VOCABULARY, WIDTH]);
        for layer in 0..LAYERS {
            for (name, shape) in [
                ("attn_norm", [1, WIDTH]),
                ("attn_q", [WIDTH, WIDTH]),
                ("attn_k", [GROUPS * HEAD, WIDTH]),
                ("attn_v", [GROUPS * HEAD, WIDTH]),
                ("attn_output", [WIDTH, WIDTH]),
                ("ffn_norm", [1, WIDTH]),
                ("ffn_gate", [HIDDEN, WIDTH]),
                ("ffn_down", [WIDTH, HIDDEN]),
                ("ffn_up", [HIDDEN, WIDTH]),
            ] {
                add(format!("blk.{layer}.{name}"), shape);
            }
        }
        add("output_norm".to_owned(), [1, WIDTH]);
        add("output".to_owned(), [VOCABULARY, WIDTH]);
        Self { tensors }
    }

    pub(crate) fn get(&self, name: &str) -> &[f32] {
        &self.tensors.iter().find(|(other, ..)| other == name).unwrap().2
    }

    /// The pieces of the tokenizer: bytes, letters, and what they merge to.
    pub(crate) fn pieces() -> Vec<String> {
        let mut pieces = vec!["<unk>".to_owned(), "<s>".to_owned(), "</s>".to_owned()];
        pieces.extend((0..256).map(|byte| format!("<0x{byte:02X}>")));
        pieces.extend(
            ["▁", "a", "b", "c", "▁a", "ab", "bc", "▁ab", "abc", "é", "cc", "▁c", "ca"]
                .map(str::to_owned),
        );
        assert_eq!(pieces.len(), VOCABULARY);
        pieces
    }

    pub(crate) fn scores() -> Vec<f32> {
        (0..VOCABULARY).map(|token| -(token as f32)).collect()
    }

    /// As llama2.c writes it, classifier of its own.
    pub(crate) fn llama2c(&self) -> (Vec<u8>, Vec<u8>) {
        let sizes = [WIDTH, HIDDEN, LAYERS, HEADS, GROUPS].map(|size| size as i32);
        let mut file: Vec<u8> = sizes.into_iter().flat_map(i32::to_le_bytes).collect();
        file.extend((-(VOCABULARY as i32)).to_le_bytes());
        file.extend((CONTEXT as i32).to_le_bytes());
        let mut put = |name: &str| file.extend(self.get(name).iter().flat_map(|x| x.to_le_bytes()));
        put("token_embd");
        for kind in [
            "attn_norm",
            "attn_q",
            "attn_k",
            "attn_v",
            "attn_output",
            "ffn_norm",
            "ffn_gate",
            "ffn_down",
            "ffn_up",
        ] {
            (0..LAYERS).for_each(|layer| put(&format!("blk.{layer}.{kind}")));
        }
        put("output_norm");
        file.extend(vec![0; 4 * CONTEXT * HEAD]);
        file.extend(self.get("output").iter().flat_map(|x| x.to_le_bytes()));
        let mut tokenizer = 8u32.to_le_bytes().to_vec();
        for (piece, score) in Self::pieces().iter().zip(Self::scores()) {
            let piece = piece.replace('▁', " ");
            tokenizer.extend(score.to_le_bytes());
            tokenizer.extend((piece.len() as u32).to_le_bytes());
            tokenizer.extend(piece.as_bytes());
        }
        (file, tokenizer)
    }

    /// As llama.cpp writes it, matrices in a type: 0 F32, 1 F16, 2 Q4_0, 8 Q8_0.
    pub(crate) fn gguf(&self, kind: u32) -> Vec<u8> {
        let mut file = Gguf { bytes: b"GGUF".to_vec(), settings: 0 };
        file.bytes.extend(3u32.to_le_bytes());
        file.bytes.extend((self.tensors.len() as u64).to_le_bytes());
        let count = file.bytes.len();
        file.bytes.extend(0u64.to_le_bytes());
        file.text("general.architecture", "llama");
        for (name, value) in [
            ("embedding_length", WIDTH),
            ("feed_forward_length", HIDDEN),
            ("block_count", LAYERS),
            ("attention.head_count", HEADS),
            ("attention.head_count_kv", GROUPS),
            ("context_length", CONTEXT),
            ("rope.dimension_count", HEAD),
        ] {
            file.setting(&format!("llama.{name}"), 4, &(value as u32).to_le_bytes());
        }
        file.setting("llama.attention.layer_norm_rms_epsilon", 6, &1e-5f32.to_le_bytes());
        file.text("tokenizer.ggml.model", "llama");
        let pieces: Vec<u8> = Self::pieces()
            .iter()
            .flat_map(|piece| [&(piece.len() as u64).to_le_bytes(), piece.as_bytes()].concat())
            .collect();
        let scores: Vec<u8> = Self::scores().into_iter().flat_map(f32::to_le_bytes).collect();
        for (name, kind, elements) in [("tokens", 8u32, pieces), ("scores", 6, scores)] {
            let head = [kind.to_le_bytes().to_vec(), (VOCABULARY as u64).to_le_bytes().to_vec()];
            file.setting(&format!("tokenizer.ggml.{name}"), 9, &[head.concat(), elements].concat());
        }
        file.setting("tokenizer.ggml.bos_token_id", 4, &1u32.to_le_bytes());
        file.setting("tokenizer.ggml.eos_token_id", 4, &2u32.to_le_bytes());
        let settings = file.settings.to_le_bytes();
        file.bytes[count..count + 8].copy_from_slice(&settings);
        let mut data = Vec::new();
        for (name, [rows, columns], values) in &self.tensors {
            let kind = if *rows == 1 { 0 } else { kind };
            data.resize(data.len().next_multiple_of(32), 0);
            file.string(&format!("{name}.weight"));
            let dims = if *rows == 1 { vec![*columns] } else { vec![*columns, *rows] };
            file.bytes.extend((dims.len() as u32).to_le_bytes());
            dims.iter().for_each(|dim| file.bytes.extend((*dim as u64).to_le_bytes()));
            file.bytes.extend(kind.to_le_bytes());
            file.bytes.extend((data.len() as u64).to_le_bytes());
            data.extend(encode(values, kind));
        }
        let mut bytes = file.bytes;
        bytes.resize(bytes.len().next_multiple_of(32), 0);
        bytes.extend(data);
        bytes
    }

    /// As transformers writes it: weights, config.json, tokenizer.json. Rows of queries and keys are in the order of halves.
    pub(crate) fn huggingface(&self) -> [Vec<u8>; 3] {
        let (mut header, mut data) = (String::from("{"), Vec::new());
        for (name, [rows, columns], values) in &self.tensors {
            let name = match name.as_str() {
                "token_embd" => "model.embed_tokens".to_owned(),
                "output_norm" => "model.norm".to_owned(),
                "output" => "lm_head".to_owned(),
                name => {
                    let mut parts = name.split('.').skip(1);
                    let (layer, kind) = (parts.next().unwrap(), parts.next().unwrap());
                    let kind = match kind {
                        "attn_norm" => "input_layernorm",
                        "attn_q" => "self_attn.q_proj",
                        "attn_k" => "self_attn.k_proj",
                        "attn_v" => "self_attn.v_proj",
                        "attn_output" => "self_attn.o_proj",
                        "ffn_norm" => "post_attention_layernorm",
                        "ffn_gate" => "mlp.gate_proj",
                        "ffn_up" => "mlp.up_proj",
                        _ => "mlp.down_proj",
                    };
                    format!("model.layers.{layer}.{kind}")
                }
            };
            let halves = name.ends_with("q_proj") || name.ends_with("k_proj");
            let start = data.len();
            for row in 0..*rows {
                let (head, i) = (row / HEAD, row % HEAD);
                let from =
                    if halves { head * HEAD + 2 * (i % (HEAD / 2)) + i / (HEAD / 2) } else { row };
                data.extend(
                    values[from * columns..][..*columns].iter().flat_map(|x| x.to_le_bytes()),
                );
            }
            let shape =
                if *rows == 1 { format!("[{columns}]") } else { format!("[{rows},{columns}]") };
            let comma = if header.len() > 1 { "," } else { "" };
            write!(
                header,
                r#"{comma}"{name}.weight":{{"dtype":"F32","shape":{shape},"data_offsets":[{start},{}]}}"#,
                data.len()
            )
            .unwrap();
        }
        header.push('}');
        let weights = [&(header.len() as u64).to_le_bytes(), header.as_bytes(), &data].concat();
        let config = format!(
            r#"{{"model_type":"llama","hidden_size":{WIDTH},"intermediate_size":{HIDDEN},"num_hidden_layers":{LAYERS},
            "num_attention_heads":{HEADS},"num_key_value_heads":{GROUPS},"vocab_size":{VOCABULARY},"max_position_embeddings":{CONTEXT},
            "rms_norm_eps":1e-05,"hidden_act":"silu","bos_token_id":1,"eos_token_id":2,"rope_theta":10000.0}}"#
        );
        let vocabulary: serde_json::Map<_, _> =
            Self::pieces().into_iter().zip((0..).map(serde_json::Value::from)).collect();
        // In the order of the scores, so that both tokenizers agree.
        let merges = ["▁ a", "a b", "b c", "▁a b", "ab c", "c c", "▁ c", "c a"];
        let tokenizer = serde_json::json!({
            "model": {"type": "BPE", "byte_fallback": true, "vocab": vocabulary, "merges": merges},
            "added_tokens": [{"id": 1, "content": "<s>"}],
        });
        [weights, config.into_bytes(), tokenizer.to_string().into_bytes()]
    }

    pub(crate) fn tokenizer() -> Tokenizer {
        let (checkpoint, tokenizer) = Self::new(1).llama2c();
        Llama::from_llama2c(&checkpoint, &tokenizer).unwrap().tokenizer
    }
}

struct Gguf {
    bytes: Vec<u8>,
    settings: u64,
}

impl Gguf {
    fn string(&mut self, text: &str) {
        self.bytes.extend((text.len() as u64).to_le_bytes());
        self.bytes.extend(text.as_bytes());
    }

    fn setting(&mut self, name: &str, kind: u32, value: &[u8]) {
        self.string(name);
        self.bytes.extend(kind.to_le_bytes());
        self.bytes.extend(value);
        self.settings += 1;
    }

    fn text(&mut self, name: &str, value: &str) {
        let value = [&(value.len() as u64).to_le_bytes(), value.as_bytes()].concat();
        self.setting(name, 8, &value);
    }
}

/// Elements in one of GGUF's types.
fn encode(values: &[f32], kind: u32) -> Vec<u8> {
    match kind {
        0 => values.iter().flat_map(|x| x.to_le_bytes()).collect(),
        1 => values.iter().flat_map(|x| half(*x).to_le_bytes()).collect(),
        8 => values.chunks(32).flat_map(|block| quantised(block, 127.0)).collect(),
        _ => {
            let block = |block: &[f32]| {
                let bytes = quantised(block, 7.0);
                let low = bytes[2..18].iter().zip(&bytes[18..]);
                let nibbles =
                    low.map(|(low, high)| (*low as i8 + 8) as u8 | ((*high as i8 + 8) as u8) << 4);
                bytes[..2].iter().copied().chain(nibbles).collect::<Vec<u8>>()
            };
            values.chunks(32).flat_map(block).collect()
        }
    }
}

/// A scale and 32 signed bytes.
fn quantised(block: &[f32], levels: f32) -> Vec<u8> {
    let scale = half(block.iter().fold(0.0f32, |max, x| max.max(x.abs())) / levels);
    let step = opml_kernels::float::from_f16(scale);
    let values = block.iter().map(|x| (x / step).round().clamp(-levels, levels) as i8 as u8);
    scale.to_le_bytes().into_iter().chain(values).collect()
}

/// Bits of a binary16 near to a value that is normal in it; towards zero.
const fn half(value: f32) -> u16 {
    let bits = value.to_bits();
    let (sign, exponent) = ((bits >> 16 & 0x8000) as u16, (bits >> 23 & 255) as i32 - 112);
    if exponent <= 0 { sign } else { sign | (exponent as u16) << 10 | (bits >> 13 & 0x3ff) as u16 }
}
