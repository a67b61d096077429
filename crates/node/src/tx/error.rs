use alloy::transports::{RpcError, TransportErrorKind};
use thiserror::Error;

use crate::store::StoreError;

/// Why the queue could not do its work; it tries again at the next block.
#[derive(Debug, Error)]
pub enum QueueError {
    /// The node could not be asked.
    #[error("{what}: {source}")]
    Rpc {
        /// The question.
        what: &'static str,
        /// What went wrong.
        source: RpcError<TransportErrorKind>,
    },
    /// The queue's rows could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A row does not encode or decode.
    #[error("queue row {key}: {source}")]
    Row {
        /// Key of the call.
        key: String,
        /// What the codec said.
        source: serde_json::Error,
    },
    /// The signer refused.
    #[error("signer: {0}")]
    Signer(#[from] alloy::signers::Error),
}
