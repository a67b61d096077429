//! Int8 inference: contractions of a finished float program become contractions of bytes.
//!
//! It works on records, not on nodes, after layout and fusion have been decided:
//! 1. [`split`] takes from a contraction what records of bytes do not have, residuals and most activations, as records of their own.
//! 2. [`calibrate`] executes the float program on the calibration inputs, by the machine's scalar kernels, and notes each buffer's range.
//! 3. [`assign`] finds the buffers that can hold bytes: what contractions with known weights read and write, and what lies behind a copy,
//!    a pooling or a rectification of those, which keep the scale.
//! 4. [`rewrite`] exchanges the records, and converts where bytes meet floats.
//!
//! The rule: activations are asymmetric with one scale per buffer, weights symmetric with one scale per output channel
//! (`quantise_channel`). All arithmetic on scales is `+ − · /` of f64, so equal files give equal models.

mod assign;
mod calibrate;
mod contraction;
mod rewrite;
mod scale;
mod split;

use super::{OnnxError, program::Program};

/// What became of a model's contractions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Int8Report {
    /// Records with weights that compute in bytes.
    pub quantised: usize,
    /// Records with weights that still compute in f32.
    pub kept: usize,
}

/// Turns the contractions of `program` into contractions of bytes; each of `samples` is an input of the model.
pub(super) fn quantise(
    program: &mut Program,
    samples: &[Vec<u8>],
) -> Result<Int8Report, OnnxError> {
    split::split(program);
    let ranges = calibrate::calibrate(program, samples)?;
    let roles = assign::assign(program);
    let report = roles.report();
    if report.quantised == 0 {
        return Err(OnnxError::Calibration(
            "no product or convolution with known weights can compute in bytes".to_owned(),
        ));
    }
    rewrite::rewrite(program, &roles, &ranges)?;
    Ok(report)
}
