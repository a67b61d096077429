//! candle's side: the forward pass of its own examples.

use candle_core::{
    D, DType, Device, Module, Tensor,
    quantized::{GgmlDType, QMatMul, QStorage, QTensor},
};
use candle_nn::{ops, rotary_emb};
use eyre::Result;
use opml_model::llama::{Config, Format, Llama, Matrix};
use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

/// A linear layer.
#[derive(Debug)]
enum Linear {
    /// Transposed weights.
    F32(Tensor),
    Q8_0(QMatMul),
}

impl Linear {
    fn new(matrix: &Matrix<'_>) -> Result<Self> {
        Ok(match matrix.format() {
            Format::Q8_0 => Self::Q8_0(QMatMul::from_qtensor(quantised(matrix)?)?),
            _ => Self::F32(plain(matrix)?.t()?),
        })
    }

    fn forward(&self, x: &Tensor) -> Result<Tensor> {
        Ok(match self {
            Self::F32(weights) => {
                let (batch, rows, columns) = x.dims3()?;
                let y = x.reshape((batch * rows, columns))?.matmul(weights)?;
                y.reshape((batch, rows, ()))?
            }
            Self::Q8_0(weights) => weights.forward(x)?,
        })
    }
}

fn quantised(matrix: &Matrix<'_>) -> Result<QTensor> {
    let [rows, columns] = matrix.shape();
    let bytes = Cow::Borrowed(matrix.bytes());
    let storage = QStorage::from_data(bytes, &Device::Cpu, GgmlDType::Q8_0)?;
    Ok(QTensor::new(storage, (rows, columns))?)
}

fn plain(matrix: &Matrix<'_>) -> Result<Tensor> {
    Ok(Tensor::from_raw_buffer(matrix.bytes(), DType::F32, &matrix.shape(), &Device::Cpu)?)
}

#[derive(Debug)]
struct Layer {
    matrices: [Linear; 7],
    cache: Option<[Tensor; 2]>,
}

/// A model with its cache.
#[derive(Debug)]
pub(super) struct Model {
    config: Config,
    embedding: Tensor,
    layers: Vec<Layer>,
    classifier: Linear,
    norm: Tensor,
    /// Cosines and sines by position.
    angles: [Tensor; 2],
}

impl Model {
    pub(super) fn new(llama: &Llama<'_>) -> Result<Self> {
        let (device, config) = (&Device::Cpu, llama.config.clone());
        let embedding = match llama.embedding.format() {
            Format::Q8_0 => quantised(&llama.embedding)?.dequantize(device)?,
            _ => plain(&llama.embedding)?,
        };
        let mut layers = Vec::new();
        for layer in &llama.layers {
            let matrices = [
                Linear::new(&layer.query)?,
                Linear::new(&layer.key)?,
                Linear::new(&layer.value)?,
                Linear::new(&layer.output)?,
                Linear::new(&layer.gate)?,
                Linear::new(&layer.up)?,
                Linear::new(&layer.down)?,
            ];
            layers.push(Layer { matrices, cache: None });
        }
        let (half, context) = (config.head as usize / 2, config.context);
        let frequencies: Vec<f32> =
            (0..half).map(|i| 10_000f32.powf(-(i as f32) / half as f32)).collect();
        let frequencies = Tensor::from_vec(frequencies, (1, half), device)?;
        let positions = Tensor::arange(0, context, device)?.to_dtype(DType::F32)?;
        let angles = positions.reshape((context as usize, 1))?.matmul(&frequencies)?;
        Ok(Self {
            embedding,
            layers,
            classifier: Linear::new(llama.classifier.as_ref().unwrap_or(&llama.embedding))?,
            norm: plain(&llama.norm)?.flatten_all()?,
            angles: [angles.cos()?, angles.sin()?],
            config,
        })
    }

    /// The time until the first token, and from there to the last.
    pub(super) fn time(&mut self, prompt: u32, tokens: u32) -> Result<[Duration; 2]> {
        let vocabulary = self.config.vocabulary;
        let prompt: Vec<u32> = (0..=prompt).map(|position| position * 7919 % vocabulary).collect();
        let start = Instant::now();
        let (mut token, mut position) = (self.forward(&prompt, 0)?, prompt.len());
        let first = start.elapsed();
        for _ in 1..tokens {
            token = self.forward(&[token], position)?;
            position += 1;
        }
        Ok([first, start.elapsed() - first])
    }

    /// The likeliest token after `tokens`, of which the first is at `position`.
    fn forward(&mut self, tokens: &[u32], position: usize) -> Result<u32> {
        let Config { heads, groups, head, .. } = self.config;
        let [heads, groups, head] = [heads, groups, head].map(|size| size as usize);
        let count = tokens.len();
        let ids = Tensor::new(tokens, &Device::Cpu)?;
        let mut x = self.embedding.index_select(&ids, 0)?.unsqueeze(0)?;
        let mask = mask(count)?;
        let [cos, sin] = &self.angles;
        let (cos, sin) = (cos.narrow(0, position, count)?, sin.narrow(0, position, count)?);
        for Layer { matrices: [q, k, v, o, gate, up, down], cache } in &mut self.layers {
            let h = ops::rms_norm(&x, &self.norm, 1e-5)?;
            let split = |x: Tensor, heads: usize| {
                x.reshape((1, count, heads, head))?.transpose(1, 2)?.contiguous()
            };
            let q = rotary_emb::rope_i(&split(q.forward(&h)?, heads)?, &cos, &sin)?;
            let k = rotary_emb::rope_i(&split(k.forward(&h)?, groups)?, &cos, &sin)?;
            let v = split(v.forward(&h)?, groups)?;
            let [k, v] = match cache.take() {
                Some([keys, values]) if position > 0 => {
                    [Tensor::cat(&[&keys, &k], 2)?, Tensor::cat(&[&values, &v], 2)?]
                }
                _ => [k, v],
            };
            *cache = Some([k.clone(), v.clone()]);
            let (k, v) = (repeat(k, heads / groups)?, repeat(v, heads / groups)?);
            let mut scores = (q.matmul(&k.t()?)? / (head as f64).sqrt())?;
            if let Some(mask) = &mask {
                scores = scores.broadcast_add(mask)?;
            }
            let mixed = ops::softmax_last_dim(&scores)?.matmul(&v.contiguous()?)?;
            let mixed = mixed.transpose(1, 2)?.reshape((1, count, heads * head))?;
            x = (x + o.forward(&mixed)?)?;
            let h = ops::rms_norm(&x, &self.norm, 1e-5)?;
            let gated = (ops::silu(&gate.forward(&h)?)? * up.forward(&h)?)?;
            x = (x + down.forward(&gated)?)?;
        }
        let last = x.narrow(1, count - 1, 1)?.contiguous()?;
        let logits = self.classifier.forward(&ops::rms_norm(&last, &self.norm, 1e-5)?)?;
        Ok(logits.flatten_all()?.argmax(D::Minus1)?.to_scalar()?)
    }
}

/// −∞ for the positions that a row of the prompt does not see; none of a single row.
fn mask(count: usize) -> Result<Option<Tensor>> {
    if count == 1 {
        return Ok(None);
    }
    let word = |index: usize| if index % count > index / count { f32::NEG_INFINITY } else { 0.0 };
    let words: Vec<f32> = (0..count * count).map(word).collect();
    Ok(Some(Tensor::from_vec(words, (1, 1, count, count), &Device::Cpu)?))
}

/// Every head as often as query heads share it.
fn repeat(x: Tensor, times: usize) -> Result<Tensor> {
    if times == 1 {
        return Ok(x);
    }
    let (batch, groups, count, head) = x.dims4()?;
    let copies = vec![&x; times];
    Ok(Tensor::cat(&copies, 2)?.reshape((batch, groups * times, count, head))?)
}
