//! What can be wrong with a checkpoint and what belongs to it.

use opml_tensor::Refusal;
use thiserror::Error;

/// Why no model could be made of a checkpoint.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file ends before what it announces.
    #[error("{what} needs {needed} bytes, the file has {left} left")]
    Short {
        /// What is being read.
        what: String,
        /// Bytes that it takes.
        needed: u64,
        /// Bytes that there are.
        left: u64,
    },
    /// Bytes that the format does not allow.
    #[error("{what}: {why}")]
    Malformed {
        /// Part of the file.
        what: String,
        /// The rule that it breaks.
        why: String,
    },
    /// A setting, a tensor or a file that is not there.
    #[error("no {0}")]
    Missing(String),
    /// A size that makes no model, or none that this version takes.
    #[error("{what} is {value}, {rule}")]
    Size {
        /// Name of the size.
        what: &'static str,
        /// What the file says.
        value: u64,
        /// What it must be.
        rule: String,
    },
    /// A tensor of another shape than its place asks for.
    #[error("tensor {name} is {actual:?}, expected {expected:?}")]
    Shape {
        /// Name of the tensor.
        name: String,
        /// Shape in the file.
        actual: Vec<u64>,
        /// Shape needed.
        expected: Vec<u64>,
    },
    /// Something that models have and this version does not take.
    #[error("{what} is {value}, supported are {supported}")]
    Unsupported {
        /// What it is about.
        what: String,
        /// What the file has.
        value: String,
        /// What it may have.
        supported: &'static str,
    },
    /// A weight that is infinite or not a number.
    #[error("tensor {0} holds a value that is not finite")]
    NotFinite(String),
    /// JSON that is none.
    #[error("{what}: {source}")]
    Json {
        /// The file.
        what: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
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

impl CheckpointError {
    pub(crate) fn malformed(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Malformed { what: what.into(), why: why.into() }
    }
}
