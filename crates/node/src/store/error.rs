//! What can go wrong in the store.

use alloy_primitives::B256;
use thiserror::Error;

use super::Identity;
use crate::view::{ApplyError, BlockRef, StateError};

/// A failure of the store. A failed write leaves it as it was.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The storage engine failed.
    #[error("storage: {0}")]
    Storage(Box<redb::Error>),
    /// A record could not be read or written.
    #[error(transparent)]
    State(#[from] StateError),
    /// A row of the store itself does not decode.
    #[error("the store's {what} does not encode or decode: {source}")]
    Codec {
        /// Kind of the row.
        what: &'static str,
        /// What the codec said.
        source: serde_json::Error,
    },
    /// What a block replaced does not decode.
    #[error("the journal of block {block} is damaged: the database must be made anew")]
    DamagedJournal {
        /// Height of the block.
        block: u64,
    },
    /// The database was written by another version.
    #[error("the database has schema {found}, this program needs {expected}")]
    Schema {
        /// Schema of this program.
        expected: u32,
        /// Schema of the database.
        found: u32,
    },
    /// The database is of another chain or contract.
    #[error(
        "the database is of contract {} on chain {}, not of {} on chain {}",
        found.contract, found.chain_id, expected.contract, expected.chain_id
    )]
    Identity {
        /// What was asked for.
        expected: Identity,
        /// What the database is of.
        found: Identity,
    },
    /// A block does not follow the head.
    #[error(
        "block {} ({}, parent {parent}) does not follow the head {} ({})",
        block.number, block.hash, head.number, head.hash
    )]
    NotNext {
        /// The newest applied block.
        head: BlockRef,
        /// The block that came.
        block: BlockRef,
        /// Its parent.
        parent: B256,
    },
    /// A revert to a block that is not applied, or too old to undo.
    #[error("block {} ({}) is not among the applied blocks", block.number, block.hash)]
    UnknownBlock {
        /// The block.
        block: BlockRef,
    },
    /// An event could not be applied.
    #[error("block {} ({}): {source}", block.number, block.hash)]
    Apply {
        /// The block of the event.
        block: BlockRef,
        /// Why.
        source: ApplyError,
    },
    /// No event carried these bytes.
    #[error("no event carried bytes with keccak {hash}")]
    UnknownBlob {
        /// The hash.
        hash: B256,
    },
}

macro_rules! from_redb {
    ($($error:ident),*) => {$(
        impl From<redb::$error> for StoreError {
            fn from(error: redb::$error) -> Self {
                Self::Storage(Box::new(error.into()))
            }
        }
    )*};
}

from_redb!(
    DatabaseError,
    TransactionError,
    TableError,
    StorageError,
    CommitError,
    SetDurabilityError
);
