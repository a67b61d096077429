//! What can be wrong with the files that a model is made of, or with the model itself.

use opml_tensor::Refusal;
use thiserror::Error;

/// Why no model could be built or read.
#[derive(Debug, Error)]
pub enum ImportError {
    /// A safetensors file whose header is not what the format says.
    #[error("safetensors header: {0}")]
    SafetensorsHeader(String),
    /// A tensor that the file should hold.
    #[error("no tensor {name:?} in the safetensors file")]
    MissingTensor {
        /// Name looked for.
        name: String,
    },
    /// A tensor of another type or shape than its place in the network asks for.
    #[error("tensor {name:?} is {actual}, expected {expected}")]
    TensorType {
        /// Name of the tensor.
        name: String,
        /// Type and shape in the file.
        actual: String,
        /// Type and shape needed.
        expected: String,
    },
    /// A weight, bias or activation that is infinite or not a number.
    #[error("{what} holds a value that is not finite")]
    NotFinite {
        /// Where the value is.
        what: String,
    },
    /// An image file that is cut short or has another header.
    #[error("image file: {0}")]
    Images(String),
    /// Calibration needs at least one input.
    #[error("no calibration inputs")]
    NoCalibration,
    /// An input of another length than the network takes.
    #[error("input of {actual} values, the network takes {expected}")]
    InputLength {
        /// Values given.
        actual: usize,
        /// Values needed.
        expected: usize,
    },
    /// A real multiplier outside the range that multiplier and shift can express.
    #[error("requantisation by {multiplier:e} in {what}: not within [2^-32, 2^30)")]
    Multiplier {
        /// Layer and output.
        what: String,
        /// The multiplier.
        multiplier: f64,
    },
    /// A value that does not fit the field of the record or header that holds it.
    #[error("{what} is {value}, the limit is {limit}")]
    TooLarge {
        /// Field.
        what: &'static str,
        /// Value asked for.
        value: u64,
        /// Greatest value that fits.
        limit: u64,
    },
    /// A record that the machine would refuse.
    #[error("record {index} would be refused: {reason}")]
    Refused {
        /// Index of the record.
        index: usize,
        /// The first rule it breaks.
        reason: Refusal,
    },
    /// Bounds or a name that no model may have.
    #[error(transparent)]
    Model(#[from] opml_engine::ModelError),
}
