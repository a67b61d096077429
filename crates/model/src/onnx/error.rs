//! Why an ONNX model could not be imported.

use std::fmt;

use opml_tensor::Refusal;
use thiserror::Error;

/// A node of the graph that has no translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsupported {
    /// The node's name, or the name of its first output if it has none.
    pub node: String,
    /// The operator, with its domain if that is not ONNX's own.
    pub operator: String,
    /// Version of the operator set that the model names for it.
    pub opset: i64,
    /// What is missing.
    pub reason: String,
    /// Inputs of the model that decide what must be known at import.
    pub open: Vec<String>,
}

impl fmt::Display for Unsupported {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { node, operator, opset, reason, open } = self;
        write!(f, "node {node:?}: {operator} (opset {opset}): {reason}")?;
        for name in open {
            write!(f, "; fix it by --fix {name}=…")?;
        }
        Ok(())
    }
}

/// Why a file is no ONNX model that can be imported.
#[derive(Debug, Error)]
pub enum OnnxError {
    /// The bytes are no protobuf message.
    #[error("not a protobuf message: malformed field at byte {offset}")]
    Wire {
        /// Offset of the field.
        offset: usize,
    },
    /// The bytes are a message, but not one of this type.
    #[error("not an ONNX file: {0}")]
    Decode(#[from] prost::DecodeError),
    /// Decoding would take more memory than a file of its size deserves.
    #[error("the file asks for {asked} bytes of memory, allowed are {allowed}")]
    Memory {
        /// Bytes asked for until then.
        asked: u64,
        /// The limit for a file of its size.
        allowed: u64,
    },
    /// Records and tables would take more memory than a file of its size deserves.
    #[error("the program of the model asks for more memory than a file of its size may: {0} bytes")]
    Program(u64),
    /// Messages inside messages.
    #[error("messages nested deeper than {0}")]
    Depth(usize),
    /// The model as a whole is not one that can be translated.
    #[error("{0}")]
    Model(String),
    /// An input without a fixed shape.
    #[error("input {name:?}: {reason}")]
    Input {
        /// The input's name.
        name: String,
        /// What is missing or wrong.
        reason: String,
    },
    /// A tensor in the file whose data do not fit its type and shape.
    #[error("tensor {name:?}: {reason}")]
    Tensor {
        /// The tensor's name.
        name: String,
        /// What is wrong.
        reason: String,
    },
    /// Inputs that tell nothing about the model's values, or a model that int8 is not for.
    #[error("calibration: {0}")]
    Calibration(String),
    /// Every node that has no translation.
    #[error("{} of the model's nodes are not supported:\n{}", .0.len(), lines(.0))]
    Unsupported(Vec<Unsupported>),
    /// A record that the machine would refuse: a mistake of the importer.
    #[error("node {node:?}: record {index} would be refused: {reason}")]
    Refused {
        /// The node it was made for.
        node: String,
        /// Index of the record.
        index: usize,
        /// The first rule it breaks.
        reason: Refusal,
    },
    /// The finished program does not fit a model file.
    #[error(transparent)]
    File(#[from] opml_engine::ModelError),
}

fn lines(nodes: &[Unsupported]) -> String {
    nodes.iter().map(|node| format!("  {node}")).collect::<Vec<_>>().join("\n")
}
