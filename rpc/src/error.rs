use alloy_primitives::B256;
use jsonrpsee::types::ErrorObjectOwned;
use thiserror::Error;

/// What a method answers instead of a result, with its code of EIP-1474.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RpcError {
    /// The input has no meaning here.
    #[error("{0}")]
    InvalidInput(String),
    /// Nothing of that id.
    #[error("no {what} {id}")]
    NotFound {
        /// Kind of the thing.
        what: &'static str,
        /// Its id.
        id: B256,
    },
    /// More than the node is willing to do.
    #[error("{what}: {got} is over the limit of {limit}")]
    Limit {
        /// What is limited.
        what: &'static str,
        /// What was asked for.
        got: usize,
        /// The limit.
        limit: usize,
    },
    /// The node failed.
    #[error("internal error: {0}")]
    Internal(String),
}

impl RpcError {
    /// The code of EIP-1474, or JSON-RPC's own for internal errors.
    pub const fn code(&self) -> i32 {
        match self {
            Self::InvalidInput(_) => -32000,
            Self::NotFound { .. } => -32001,
            Self::Limit { .. } => -32005,
            Self::Internal(_) => -32603,
        }
    }
}

impl From<RpcError> for ErrorObjectOwned {
    fn from(error: RpcError) -> Self {
        Self::owned(error.code(), error.to_string(), None::<()>)
    }
}
