//! candle's operators.

use crate::timing;
use candle_core::{
    Device, Module, Tensor,
    quantized::{GgmlDType, QMatMul, QTensor},
};
use eyre::Result;
use std::{env, num::NonZero, time::Duration};

/// Sets the number of candle's threads; before its first operator.
pub(crate) fn set_threads(threads: NonZero<usize>) {
    // SAFETY: no other thread runs yet.
    unsafe { env::set_var("RAYON_NUM_THREADS", threads.to_string()) };
}

/// `x·wᵀ` with `w` of rows `[N][K]`.
#[derive(Debug)]
pub(crate) struct Product {
    x: Tensor,
    weights: Weights,
}

#[derive(Debug)]
enum Weights {
    F32(Tensor),
    Q8_0(QMatMul),
}

impl Product {
    /// f32 by f32.
    pub(crate) fn f32(x: &[f32], w: &[f32], terms: usize) -> Result<Self> {
        let weights = Tensor::from_slice(w, (w.len() / terms, terms), &Device::Cpu)?.t()?;
        Ok(Self { x: matrix(x, terms)?, weights: Weights::F32(weights) })
    }

    /// f32, quantised on the way, by Q8_0; and the bytes of the quantised weights.
    pub(crate) fn q8_0(x: &[f32], w: &[f32], terms: usize) -> Result<(Self, Vec<u8>)> {
        let quantised = QTensor::quantize(&matrix(w, terms)?, GgmlDType::Q8_0)?;
        let bytes = quantised.data()?.into_owned();
        let weights = Weights::Q8_0(QMatMul::from_qtensor(quantised)?);
        Ok((Self { x: matrix(x, terms)?, weights }, bytes))
    }

    /// The time of `count` products.
    pub(crate) fn time(&self, count: u32) -> Result<Duration> {
        timing::time(|| {
            for _ in 0..count {
                match &self.weights {
                    Weights::F32(weights) => self.x.matmul(weights)?,
                    Weights::Q8_0(weights) => weights.forward(&self.x)?,
                };
            }
            Ok(())
        })
    }
}

fn matrix(numbers: &[f32], columns: usize) -> Result<Tensor> {
    Ok(Tensor::from_slice(numbers, (numbers.len() / columns, columns), &Device::Cpu)?)
}
