//! candle's side: its own BERT, with mean pooling and normalisation behind it.

use crate::timing;
use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use candle_transformers::models::bert::{BertModel, Config};
use eyre::Result;
use std::time::Duration;

/// A model whose weights candle has read from the checkpoint.
pub(super) struct Model(BertModel);

impl Model {
    /// Of `model.safetensors` and `config.json`.
    pub(super) fn new(weights: &[u8], config: &[u8]) -> Result<Self> {
        let config: Config = serde_json::from_slice(config)?;
        let tensors =
            VarBuilder::from_buffered_safetensors(weights.to_vec(), DType::F32, &Device::Cpu)?;
        Ok(Self(BertModel::load(tensors, &config)?))
    }

    /// The embedding of tokens with their types.
    pub(super) fn embed(&self, tokens: &[(u32, u32)]) -> Result<Vec<f32>> {
        let (ids, types): (Vec<u32>, Vec<u32>) = tokens.iter().copied().unzip();
        let row = |words: Vec<u32>| Tensor::from_vec(words, (1, tokens.len()), &Device::Cpu);
        let rows = self.0.forward(&row(ids)?, &row(types)?, None)?;
        let mean = rows.mean(1)?.flatten_all()?;
        let length = mean.sqr()?.sum_all()?.sqrt()?;
        Ok(mean.broadcast_div(&length)?.to_vec1()?)
    }

    /// The time of one embedding.
    pub(super) fn time(&self, tokens: &[(u32, u32)]) -> Result<Duration> {
        timing::time(|| self.embed(tokens).map(drop))
    }
}
