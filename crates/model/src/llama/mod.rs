//! Language models of the LLaMA family: their files, the program that generates text with them, and the check of what it has generated.

mod angles;
mod assembler;
mod config;
mod directory;
mod generate;
mod gguf;
mod huggingface;
mod llama2c;
mod program;
mod prompt;
mod tokenizer;
mod untrained;
mod walk;

pub use crate::checkpoint::{Blocks, CheckpointError, Format, Matrix, PanelFormat, PanelMatrix};
pub use config::{Config, MAX_CONTEXT};
pub use directory::Directory;
pub use generate::{GenerateError, Generation, Verdict, verify_answer};
pub use program::LlamaOptions;
pub use prompt::{Answer, Prompt, encode_prompt};
pub use tokenizer::{MAX_PIECE, Tokenizer};
pub use untrained::Untrained;

/// The weights of one layer.
#[derive(Clone, Debug)]
pub struct Layer<'a> {
    /// Factors of the norm before attention, one row.
    pub attention_norm: Matrix<'a>,
    /// Queries of all heads.
    pub query: Matrix<'a>,
    /// Keys of all heads.
    pub key: Matrix<'a>,
    /// Values of all heads.
    pub value: Matrix<'a>,
    /// From the heads back to the residual stream.
    pub output: Matrix<'a>,
    /// Factors of the norm before the feed-forward block, one row.
    pub hidden_norm: Matrix<'a>,
    /// The gate of the feed-forward block.
    pub gate: Matrix<'a>,
    /// What is gated.
    pub up: Matrix<'a>,
    /// Back to the residual stream.
    pub down: Matrix<'a>,
}

/// A checkpoint: sizes, weights in the bytes of the file, tokenizer.
#[derive(Clone, Debug)]
pub struct Llama<'a> {
    /// Sizes.
    pub config: Config,
    /// A row for each token.
    pub embedding: Matrix<'a>,
    /// The layers in the order in which they run.
    pub layers: Vec<Layer<'a>>,
    /// Factors of the norm after the last layer, one row.
    pub norm: Matrix<'a>,
    /// A row for each token; the embedding serves where there is none.
    pub classifier: Option<Matrix<'a>>,
    /// The tokenizer.
    pub tokenizer: Tokenizer,
    /// Divisors of RoPE's frequencies, if the file has some.
    pub factors: Option<Vec<f32>>,
}
