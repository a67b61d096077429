//! Quantisation of weights to blocks of 32 with a binary16 scale, by the rule of llama.cpp, with roundings of our own: the step is the
//! scale as it is stored, quotients are f64 and round to even. So equal files give equal models.

use std::{fmt, str::FromStr};

use opml_kernels::{
    BLOCK,
    float::{from_f16, to_f16},
};

use super::{CheckpointError, Format, Matrix, PanelMatrix};
use crate::fixed::round_half_even;

/// The greatest finite binary16.
const GREATEST: u16 = 0x7bff;
const SIGN: u16 = 0x8000;

/// What matrices of floats are quantised to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blocks {
    /// [`Format::Q8_0`]: the element of the greatest magnitude becomes ±127.
    Q8_0,
    /// [`Format::Q4_0`]: the element of the greatest magnitude becomes −8.
    Q4_0,
}

impl Blocks {
    const fn format(self) -> Format {
        match self {
            Self::Q8_0 => Format::Q8_0,
            Self::Q4_0 => Format::Q4_0,
        }
    }

    fn append(self, block: &[f32; BLOCK], out: &mut Vec<u8>) {
        // The first of the greatest magnitude.
        let peak =
            block.iter().fold(0.0f32, |peak, x| if x.abs() > peak.abs() { *x } else { peak });
        let levels = match self {
            Self::Q8_0 => f64::from(peak.abs()) / 127.0,
            Self::Q4_0 => f64::from(peak) / -8.0,
        };
        let scale = to_f16(levels as f32);
        let scale = scale & SIGN | (scale & !SIGN).min(GREATEST);
        let step = f64::from(from_f16(scale));
        let level = |x: f32| if step == 0.0 { 0 } else { round_half_even(f64::from(x) / step) };
        out.extend(scale.to_le_bytes());
        match self {
            Self::Q8_0 => {
                out.extend(block.map(|x| (level(x).clamp(-127, 127) as i8).cast_unsigned()));
            }
            Self::Q4_0 => {
                let nibble = |x: f32| (level(x).clamp(-8, 7) + 8) as u8;
                let (low, high) = block.split_at(BLOCK / 2);
                out.extend(
                    low.iter().zip(high).map(|(low, high)| nibble(*low) | nibble(*high) << 4),
                );
            }
        }
    }
}

impl FromStr for Blocks {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        match name {
            "q8_0" => Ok(Self::Q8_0),
            "q4_0" => Ok(Self::Q4_0),
            _ => Err(format!("{name} is neither q8_0 nor q4_0")),
        }
    }
}

impl fmt::Display for Blocks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Q8_0 => "q8_0",
            Self::Q4_0 => "q4_0",
        })
    }
}

impl Matrix<'_> {
    /// The rows in panels, after quantisation if `blocks` says so.
    ///
    /// # Errors
    /// To be quantised a matrix must be of floats, and its rows of whole blocks.
    pub(crate) fn panels_in(
        &self,
        blocks: Option<Blocks>,
        name: &str,
    ) -> Result<PanelMatrix, CheckpointError> {
        let Some(blocks) = blocks else { return Ok(self.panels()) };
        if !self.format().is_float() {
            return Err(CheckpointError::Unsupported {
                what: format!("the type of tensor {name}"),
                value: format!("{:?}", self.format()),
                supported: "F32, F16 and BF16, where weights are to be quantised",
            });
        }
        let [rows, columns] = self.shape();
        let mut bytes = Vec::new();
        for row in 0..rows {
            for block in self.row(row).as_chunks().0 {
                blocks.append(block, &mut bytes);
            }
        }
        let shape = [rows as u32, columns as u32];
        Ok(Matrix::new(name, shape, blocks.format(), &bytes)?.panels())
    }
}

#[cfg(test)]
mod tests {
    use super::{BLOCK, Blocks, Format, Matrix};

    fn values(seed: u32) -> [f32; BLOCK] {
        let mut state = seed;
        std::array::from_fn(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 8) as f32 / (1 << 23) as f32 - 1.0
        })
    }

    #[test]
    fn blocks_are_within_half_a_step_of_their_values() {
        for seed in 0..200 {
            let block = values(seed);
            let peak = block.iter().fold(0.0f32, |peak, x| peak.max(x.abs()));
            // A step, and what the scale loses by its rounding to 11 bits over all levels.
            for (blocks, levels, error) in [(Blocks::Q8_0, 127.0, 0.6), (Blocks::Q4_0, 8.0, 1.01)] {
                let mut bytes = Vec::new();
                blocks.append(&block, &mut bytes);
                let matrix = Matrix::new("w", [1, 32], blocks.format(), &bytes).unwrap();
                for (a, b) in block.iter().zip(matrix.row(0)) {
                    assert!((a - b).abs() <= peak / levels * error, "{blocks}: {a} is {b}");
                }
            }
        }
    }

    #[test]
    fn extremes_and_silence_have_blocks() {
        for block in [[0.0; BLOCK], [f32::MAX; BLOCK], [1e-40; BLOCK], [-f32::MAX; BLOCK]] {
            for blocks in [Blocks::Q8_0, Blocks::Q4_0] {
                let mut bytes = Vec::new();
                blocks.append(&block, &mut bytes);
                let matrix = Matrix::new("w", [1, 32], blocks.format(), &bytes).unwrap();
                assert!(matrix.row(0).iter().all(|x| x.is_finite()));
            }
        }
    }

    #[test]
    fn only_floats_in_whole_blocks_are_quantised() {
        let bytes = [0; 4 * 48];
        let matrix = Matrix::new("w", [1, 48], Format::F32, &bytes).unwrap();
        assert!(matrix.panels_in(Some(Blocks::Q8_0), "w").is_err());
        let matrix = Matrix::new("w", [1, 32], Format::Q8_0, &bytes[..34]).unwrap();
        assert!(matrix.panels_in(Some(Blocks::Q4_0), "w").is_err());
        assert!(matrix.panels_in(None, "w").is_ok());
    }
}
