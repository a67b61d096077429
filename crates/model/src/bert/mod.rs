//! Sentence embeddings by models of the BERT family: safetensors with `config.json`, and the program that embeds tokens.

mod config;
mod program;
mod reader;
mod wordpiece;

pub use config::BertConfig;
pub use program::BertOptions;
pub use wordpiece::WordPiece;

use crate::checkpoint::Matrix;

/// A dense layer with a bias.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'a> {
    /// A row for each output.
    pub weight: Matrix<'a>,
    /// One row.
    pub bias: Matrix<'a>,
}

/// Factors and summands of a layer normalisation, one row each.
#[derive(Clone, Copy, Debug)]
pub struct Norm<'a> {
    /// γ.
    pub gamma: Matrix<'a>,
    /// β.
    pub beta: Matrix<'a>,
}

/// The weights of one layer of the encoder.
#[derive(Clone, Copy, Debug)]
pub struct BertLayer<'a> {
    /// Queries of all heads.
    pub query: Dense<'a>,
    /// Keys of all heads.
    pub key: Dense<'a>,
    /// Values of all heads.
    pub value: Dense<'a>,
    /// From the heads back to the residual stream.
    pub output: Dense<'a>,
    /// Behind attention and its residual.
    pub attention_norm: Norm<'a>,
    /// Into the feed-forward block, GELU behind it.
    pub up: Dense<'a>,
    /// Back to the residual stream.
    pub down: Dense<'a>,
    /// Behind the feed-forward block and its residual.
    pub hidden_norm: Norm<'a>,
}

/// A checkpoint of the BERT family: sizes and weights in the bytes of the file.
#[derive(Clone, Debug)]
pub struct Bert<'a> {
    /// Sizes.
    pub config: BertConfig,
    /// A row for each token.
    pub words: Matrix<'a>,
    /// A row for each position.
    pub positions: Matrix<'a>,
    /// A row for each type of token.
    pub types: Matrix<'a>,
    /// Behind the sum of those.
    pub norm: Norm<'a>,
    /// The layers in the order in which they run.
    pub layers: Vec<BertLayer<'a>>,
}

/// The input of a model: tokens with their types, from the one that begins a text to the one that ends it.
#[must_use]
pub fn encode_tokens(tokens: &[(u32, u32)]) -> Vec<u8> {
    tokens
        .iter()
        .flat_map(|(token, kind)| [token.to_le_bytes(), kind.to_le_bytes()])
        .flatten()
        .collect()
}
