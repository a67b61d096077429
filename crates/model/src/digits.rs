//! The digit classifier of the demo: built from the committed float weights, on every use anew.

use opml_engine::ModelFile;

use crate::{Images, ImportError, Mlp, MlpS8, lower};

const WEIGHTS: &[u8] = include_bytes!("../../../models/digits/digits.safetensors");
const CALIBRATION: &[u8] = include_bytes!("../../../models/digits/calibration.bin");
const HELD_OUT: &[u8] = include_bytes!("../../../models/digits/heldout.bin");

/// Small steps of arithmetic per tile. It gives some fifty large steps: at arity 32 enough for two
/// lists over large steps before a dispute goes into one of them.
const TILE_TARGET: u64 = 1 << 12;

/// Returns the model: 64 pixels of 0 to 16, row by row, in; the digit (one byte) and the ten scores
/// (s8, in the order of the digits) out.
///
/// # Errors
/// Only if the committed files are damaged.
pub fn digits() -> Result<ModelFile, ImportError> {
    let calibration = Images::parse(CALIBRATION)?;
    let input_scale = 1.0 / f64::from(calibration.level_max());
    let inputs = calibration.iter().map(|image| image.pixels);
    let network = MlpS8::quantise(&digits_mlp()?, input_scale, inputs)?;
    lower::classifier(&network, "digits", TILE_TARGET)
}

/// Returns the float network that the model was quantised from; it takes `pixel / 16`.
///
/// # Errors
/// Only if the committed file is damaged.
pub fn digits_mlp() -> Result<Mlp, ImportError> {
    Mlp::from_safetensors(WEIGHTS)
}

/// Returns the images that neither training nor calibration has seen.
///
/// # Errors
/// Only if the committed file is damaged.
pub fn digits_held_out() -> Result<Images<'static>, ImportError> {
    Images::parse(HELD_OUT)
}
