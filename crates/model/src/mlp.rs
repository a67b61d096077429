//! The float network that a quantised model is made from.

use crate::{ImportError, safetensors::Safetensors};

/// A dense layer `y = W·x + b` in f32.
#[derive(Clone, Debug, PartialEq)]
pub struct DenseF32 {
    /// Values in (K).
    pub inputs: usize,
    /// Values out (N).
    pub outputs: usize,
    /// `[N][K]`, row by row, finite.
    pub weight: Vec<f32>,
    /// `[N]`, finite.
    pub bias: Vec<f32>,
}

impl DenseF32 {
    /// `W·x + b` in f64, each output one sum with k rising from the bias: only `+` and `*`, so the
    /// same bits on every machine.
    fn forward(&self, x: &[f64]) -> Vec<f64> {
        let rows = self.weight.chunks_exact(self.inputs);
        let row = |(w, b): (&[f32], &f32)| {
            w.iter().zip(x).fold(f64::from(*b), |sum, (w, x)| sum + f64::from(*w) * x)
        };
        rows.zip(&self.bias).map(row).collect()
    }
}

/// A multilayer perceptron: dense layers with ReLU between them, none after the last.
#[derive(Clone, Debug, PartialEq)]
pub struct Mlp {
    layers: Vec<DenseF32>,
}

impl Mlp {
    /// Reads the layers `layer.0`, `layer.1`, … with their `weight` `[N][K]` and `bias` `[N]` from a
    /// safetensors file.
    ///
    /// # Errors
    /// When there is no layer, a tensor is missing, is not f32, does not fit the layer before it, or
    /// holds a value that is not finite.
    pub fn from_safetensors(file: &[u8]) -> Result<Self, ImportError> {
        let tensors = Safetensors::parse(file)?;
        let mut layers: Vec<DenseF32> = Vec::new();
        loop {
            let weight = format!("layer.{}.weight", layers.len());
            if !layers.is_empty() && !tensors.contains(&weight) {
                return Ok(Self { layers });
            }
            let shape = tensors.shape(&weight)?;
            let expected_inputs = layers.last().map(|layer| layer.outputs);
            let &[outputs, inputs] = shape else {
                return Err(mismatch(&weight, shape, "a matrix"));
            };
            if inputs == 0 || outputs == 0 || expected_inputs.is_some_and(|n| n != inputs) {
                let expected = format!("[N, {}]", expected_inputs.unwrap_or(1));
                return Err(mismatch(&weight, shape, &expected));
            }
            let bias = format!("layer.{}.bias", layers.len());
            layers.push(DenseF32 {
                inputs,
                outputs,
                weight: tensors.f32(&weight, &[outputs, inputs])?,
                bias: tensors.f32(&bias, &[outputs])?,
            });
        }
    }

    /// The layers in the order in which they run; never empty.
    #[must_use]
    pub fn layers(&self) -> &[DenseF32] {
        &self.layers
    }

    /// Multiply-adds of one inference.
    #[must_use]
    pub fn macs(&self) -> u64 {
        self.layers.iter().map(|layer| layer.inputs as u64 * layer.outputs as u64).sum()
    }

    /// Runs the network in f64 and returns the output of every layer: after ReLU for all but the
    /// last, whose outputs are the scores.
    ///
    /// # Errors
    /// [`ImportError::InputLength`] when `x` is not as long as the first layer is wide.
    pub fn activations(&self, x: &[f64]) -> Result<Vec<Vec<f64>>, ImportError> {
        let expected = self.layers.first().map_or(0, |layer| layer.inputs);
        if x.len() != expected {
            return Err(ImportError::InputLength { actual: x.len(), expected });
        }
        let mut outputs: Vec<Vec<f64>> = Vec::with_capacity(self.layers.len());
        for (i, layer) in self.layers.iter().enumerate() {
            let mut y = layer.forward(outputs.last().map_or(x, Vec::as_slice));
            if i + 1 < self.layers.len() {
                // A compare-select: what is not above zero becomes +0.
                y.iter_mut().filter(|y| **y <= 0.0).for_each(|y| *y = 0.0);
            }
            outputs.push(y);
        }
        Ok(outputs)
    }
}

fn mismatch(name: &str, shape: &[usize], expected: &str) -> ImportError {
    ImportError::TensorType {
        name: name.to_owned(),
        actual: format!("{shape:?}"),
        expected: expected.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{DenseF32, Mlp};

    #[test]
    fn relu_runs_between_layers_and_not_after_the_last() {
        let layer = |weight: &[f32], bias: &[f32]| DenseF32 {
            inputs: 2,
            outputs: 2,
            weight: weight.to_vec(),
            bias: bias.to_vec(),
        };
        let layers =
            vec![layer(&[1., 0., 0., 1.], &[0., -3.]), layer(&[-1., 0., 2., 1.], &[0.5, 0.])];
        let mlp = Mlp { layers };
        let outputs = mlp.activations(&[1., 2.]).unwrap();
        assert_eq!(outputs, [vec![1., 0.], vec![-0.5, 2.]]);
        assert_eq!(mlp.macs(), 8);
        assert!(mlp.activations(&[1.]).is_err());
    }
}
