use std::path::PathBuf;

use alloy::signers::local::LocalSignerError;
use thiserror::Error;

use super::DerivationPath;

/// Why there is no key, or no signature. Messages never carry key material.
#[derive(Debug, Error)]
pub enum KeyError {
    /// Not 32 bytes of hex, or not a valid key.
    #[error("the private key is not 32 bytes of hex that are a secp256k1 key")]
    PrivateKey,
    /// The words are no mnemonic.
    #[error("the mnemonic is not a valid BIP-39 phrase")]
    Mnemonic,
    /// A file cannot be read.
    #[error("{}: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The keystore does not open.
    #[error("keystore {}: {source}", path.display())]
    Keystore {
        /// The keystore.
        path: PathBuf,
        /// Why.
        source: LocalSignerError,
    },
    /// The program has not got what asks the place of the key.
    #[error(
        "{place} needs a program that is built with the feature {feature}, which this one is not"
    )]
    NotBuilt {
        /// Where the key is.
        place: &'static str,
        /// The feature.
        feature: &'static str,
    },
    /// AWS KMS gives no key or no signature.
    #[error("key {key_id} in AWS KMS: {reason}")]
    AwsKms {
        /// The key.
        key_id: String,
        /// What the service or its client said.
        reason: String,
    },
    /// The Ledger gives no key or no signature.
    #[error("key {path} on a Ledger: {reason}")]
    Ledger {
        /// The key.
        path: DerivationPath,
        /// What the device or the way to it said.
        reason: String,
    },
}

/// No path to a key.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0} is no derivation path such as m/44'/60'/0'/0/0")]
pub struct PathError(pub(super) String);
