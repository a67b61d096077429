use std::{io, path::PathBuf};

use opml_node::{library::LibraryError, signer::KeyError};
use thiserror::Error;

/// Why settings do not hold.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is no TOML.
    #[error("{}, line {line}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// Why.
        reason: String,
    },
    /// No section has the key. Its value is not told: it may be a secret whose key is misspelt.
    #[error("{}: there is no setting {key}; there are {known}", path.display())]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// What there is.
        known: String,
    },
    /// The key holds a secret, which is not told.
    #[error("{}: {key} is a secret and no line of a file: name a keystore, or give the flag", path.display())]
    Secret {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
    },
    /// A value that the key cannot have.
    #[error("{}: {key} = {value}: {reason}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// The key.
        key: String,
        /// The value.
        value: String,
        /// Why.
        reason: String,
    },
    /// Flags that a file of settings could not say.
    #[error("flags: {0}")]
    Flags(String),
    /// A role that computes, without a model to compute.
    #[error("the role of {0} needs a model to compute: give it one")]
    NoModel(&'static str),
    /// A validator that is told of no contract to watch.
    #[error("the role of validator needs an attention contract: give it one")]
    NoAttention,
    /// A model cannot be read.
    #[error("model {name}: {reason}")]
    Model {
        /// As it was named.
        name: String,
        /// Why.
        reason: String,
    },
    /// A model file was not taken in.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// A guest program was not taken in.
    #[error("{}: {source}", path.display())]
    Guest {
        /// The file.
        path: PathBuf,
        /// Why.
        source: LibraryError,
    },
    /// No source of a key.
    #[error("a key is needed: give one of {0}")]
    NoKey(String),
    /// More than one source of a key.
    #[error("give one of {0}, not several")]
    SeveralKeys(String),
    /// A keystore whose password nobody gave.
    #[error("keystore {} needs {flag}", path.display())]
    NoPassword {
        /// The keystore.
        path: PathBuf,
        /// The flag that is missing.
        flag: String,
    },
    /// A bare private key where it would guard real money.
    #[error(
        "chain {chain_id}: a bare private key is for development chains: use {keystore}, or {force}"
    )]
    BareKey {
        /// The chain.
        chain_id: u64,
        /// The flag that is better.
        keystore: String,
        /// The flag that takes it all the same.
        force: String,
    },
    /// The key cannot be read.
    #[error(transparent)]
    Key(#[from] KeyError),
}
