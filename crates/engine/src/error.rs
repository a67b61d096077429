//! What can go wrong before or around a run; a run itself cannot fail.

use crate::CpuError;
use alloy_primitives::B256;
use opml_memory::MapError;
use opml_tensor::HeaderError;
use std::{io, path::PathBuf};

/// Why some bytes are no model file (protocol §3).
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file could not be read.
    #[error("model file {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// The file could not be mapped, or its tree not be made.
    #[error("model file {path}: {source}")]
    Map {
        /// The file.
        path: PathBuf,
        /// Why.
        source: Box<MapError>,
    },
    /// The first 64 bytes are no header.
    #[error("model header: {0}")]
    Header(#[from] HeaderError),
    /// The file ends too early.
    #[error("model file is truncated: {found} bytes, its header says {expected}")]
    Truncated {
        /// Bytes that the header calls for.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// The file goes on after its end.
    #[error("model file has a tail: {found} bytes, its header says {expected}")]
    Oversize {
        /// Bytes that the header calls for.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// The name is not UTF-8, or something follows its first zero byte, or it is longer than 64 bytes.
    #[error("the model's name is not zero-padded UTF-8 of at most 64 bytes")]
    Name,
    /// A byte of the padding after header, program or weights is set.
    #[error("padding of the model file at offset {offset:#x} is not zero")]
    Padding {
        /// Offset of the first such byte.
        offset: usize,
    },
}

/// Why an engine could not be made or did not reach a state.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The model does not take inputs of this length.
    #[error("input of {found} bytes, the model takes {min} to {max}")]
    InputLength {
        /// Bytes given.
        found: usize,
        /// Least length.
        min: u32,
        /// Greatest length.
        max: u32,
    },
    /// The host has no memory for a region.
    #[error("no memory for a region of {bytes} bytes: {source}")]
    Allocate {
        /// Size of the region.
        bytes: u64,
        /// The system's reason.
        source: io::Error,
    },
    /// There are no threads to run on.
    #[error(transparent)]
    Cpu(#[from] CpuError),
    /// The state to resume from holds another model.
    #[error("the state holds model {found}, not {expected}")]
    OtherModel {
        /// Id of the engine's model.
        expected: B256,
        /// Id of the model quarter of the state.
        found: B256,
    },
    /// The engine is already past the large step asked for.
    #[error("asked for large step {asked}, but the engine is at {at}")]
    Behind {
        /// Where the engine is.
        at: u64,
        /// Where it should go.
        asked: u64,
    },
    /// The run did not end within the bound given.
    #[error("the run has not ended after {steps} large steps")]
    StillRunning {
        /// The bound.
        steps: u64,
    },
}
