//! Quantisation of a float network to s8, by the project's own rule.
//!
//! - Weights: symmetric, one scale per output channel, `w ≈ scale · q`, `q` in `−127..=127`.
//! - Activations: symmetric, one scale per layer, fixed by the greatest magnitude over the
//!   calibration inputs. ReLU is the lower clamp of the requantisation.
//! - Bias: i32 in units of input scale × weight scale, added to the accumulator.
//! - The requantisation multiplier `input scale · weight scale / output scale` is rounded to 31 bits.
//!
//! Scales are f64 and come from `+ − · /` and comparisons alone; every rounding is integer code.
//! So equal files give equal models on every machine.

use opml_kernels::{Channel, Output};

use crate::{
    ImportError, Mlp,
    fixed::{Multiplier, round_half_even},
    mlp::DenseF32,
};

/// Greatest magnitude of a quantised value: −128 is left out, so that negation stays inside.
const LEVELS: f64 = 127.0;
/// Greatest magnitude of a quantised bias: with at most 2^16 products of at most 2^14, sums stay in i32.
const BIAS_MAX: f64 = (1u64 << 30) as f64;
/// Least requantisation multiplier of a channel: below it every output is zero anyway.
const LEAST_MULTIPLIER: f64 = 1.0 / BIAS_MAX;

/// A dense layer in integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DenseS8 {
    /// Values in (K).
    pub inputs: usize,
    /// Values out (N).
    pub outputs: usize,
    /// `[N][K]`, row by row.
    pub weight: Vec<i8>,
    /// Bias, multiplier and shift of each output.
    pub channels: Vec<Channel>,
    /// Zero point and clamp of the outputs.
    pub output: Output,
}

/// A multilayer perceptron in integers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MlpS8 {
    /// The layers in the order in which they run; never empty.
    pub layers: Vec<DenseS8>,
}

impl MlpS8 {
    /// Quantises `mlp`. An input byte `q` stands for the real value `q · input_scale`;
    /// `calibration` holds inputs as bytes, as a request would.
    ///
    /// # Errors
    /// Without calibration inputs, with one of another length than the network takes, and when
    /// activations overflow to infinity.
    pub fn quantise<'a>(
        mlp: &Mlp,
        input_scale: f64,
        calibration: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Self, ImportError> {
        let magnitudes = magnitudes(mlp, input_scale, calibration)?;
        let last = mlp.layers().len() - 1;
        let mut scale = input_scale;
        let mut layers = Vec::with_capacity(mlp.layers().len());
        for (i, (layer, magnitude)) in mlp.layers().iter().zip(magnitudes).enumerate() {
            // A layer that is silent on every calibration input still needs a scale.
            let output_scale = if magnitude > 0.0 { magnitude / LEVELS } else { 1.0 };
            let low = if i == last { -127 } else { 0 };
            let output = Output { zero_point: 0, low, high: 127 };
            layers.push(quantise_layer(i, layer, scale, output_scale, output)?);
            scale = output_scale;
        }
        Ok(Self { layers })
    }
}

/// Returns the greatest magnitude of each layer's outputs over the calibration inputs.
fn magnitudes<'a>(
    mlp: &Mlp,
    input_scale: f64,
    calibration: impl IntoIterator<Item = &'a [u8]>,
) -> Result<Vec<f64>, ImportError> {
    let mut magnitudes: Option<Vec<f64>> = None;
    for input in calibration {
        let input: Vec<f64> =
            input.iter().map(|byte| f64::from(byte.cast_signed()) * input_scale).collect();
        let outputs = mlp.activations(&input)?;
        let magnitudes = magnitudes.get_or_insert_with(|| vec![0.0; outputs.len()]);
        for (i, (greatest, values)) in magnitudes.iter_mut().zip(outputs).enumerate() {
            for value in values {
                if !value.is_finite() {
                    return Err(ImportError::NotFinite {
                        what: format!("the output of layer {i}"),
                    });
                }
                *greatest = max(*greatest, value.abs());
            }
        }
    }
    magnitudes.ok_or(ImportError::NoCalibration)
}

fn quantise_layer(
    index: usize,
    layer: &DenseF32,
    input_scale: f64,
    output_scale: f64,
    output: Output,
) -> Result<DenseS8, ImportError> {
    let mut weight = Vec::with_capacity(layer.weight.len());
    let mut channels = Vec::with_capacity(layer.outputs);
    for (n, (row, bias)) in layer.weight.chunks_exact(layer.inputs).zip(&layer.bias).enumerate() {
        let what = || format!("output {n} of layer {index}");
        let (row, channel) = quantise_channel(row, *bias, [input_scale, output_scale], what)?;
        weight.extend(row);
        channels.push(channel);
    }
    Ok(DenseS8 { inputs: layer.inputs, outputs: layer.outputs, weight, channels, output })
}

/// Quantises the weights and bias of one output, whose input and output have the given scales; zero points are left to the caller.
pub(crate) fn quantise_channel(
    weights: &[f32],
    bias: f32,
    [input_scale, output_scale]: [f64; 2],
    what: impl Fn() -> String,
) -> Result<(Vec<i8>, Channel), ImportError> {
    let bias = f64::from(bias);
    let magnitude = weights.iter().fold(0.0, |greatest, w| max(greatest, f64::from(*w).abs()));
    // The weights decide, unless they are so small that bias or multiplier would leave their range.
    let scale = max(magnitude / LEVELS, bias.abs() / (input_scale * BIAS_MAX));
    let scale = max(scale, output_scale * LEAST_MULTIPLIER / input_scale);
    let quantised =
        weights.iter().map(|w| saturate(round_half_even(f64::from(*w) / scale))).collect();
    let real = input_scale * scale / output_scale;
    let Multiplier { mantissa, shift } = Multiplier::nearest(real)
        .ok_or_else(|| ImportError::Multiplier { what: what(), multiplier: real })?;
    let bias = round_half_even(bias / (input_scale * scale));
    let bias = i32::try_from(bias).map_err(|_| ImportError::TooLarge {
        what: "a quantised bias",
        value: bias.unsigned_abs(),
        limit: 1 << 30,
    })?;
    Ok((quantised, Channel { bias, multiplier: mantissa, shift }))
}

/// `q` clamped to `−127..=127`.
fn saturate(q: i64) -> i8 {
    let clamped = q.clamp(-127, 127);
    clamped as i8
}

/// The greater of two numbers, the first if they are equal: a comparison, no libm.
fn max(a: f64, b: f64) -> f64 {
    if b > a { b } else { a }
}
