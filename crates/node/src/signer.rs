//! Keys: read when a node starts, kept in memory, never written.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use alloy::signers::local::{
    LocalSigner, LocalSignerError, MnemonicBuilder, PrivateKeySigner, coins_bip39::English,
};
use thiserror::Error;

use crate::service::Signer;

/// Where the key of an account comes from.
#[derive(Clone)]
pub enum KeySource {
    /// A bare private key: for development chains.
    PrivateKey(String),
    /// A mnemonic phrase and the index of the account in its default path.
    Mnemonic {
        /// The words.
        phrase: String,
        /// Index of the account.
        index: u32,
    },
    /// An encrypted keystore file, with a file that holds its password.
    Keystore {
        /// The keystore.
        path: PathBuf,
        /// The file with the password; the end of its line is not part of it.
        password_file: PathBuf,
    },
}

/// Says which kind of source, never what is in it.
impl std::fmt::Debug for KeySource {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::PrivateKey(_) => f.write_str("PrivateKey"),
            Self::Mnemonic { index, .. } => {
                f.debug_struct("Mnemonic").field("index", index).finish_non_exhaustive()
            }
            Self::Keystore { path, .. } => {
                f.debug_struct("Keystore").field("path", path).finish_non_exhaustive()
            }
        }
    }
}

/// Why there is no key. Messages never carry key material.
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
}

impl KeySource {
    /// Reads the key.
    ///
    /// # Errors
    /// If it is not there, or the password is wrong.
    pub fn load(&self) -> Result<PrivateKeySigner, KeyError> {
        match self {
            Self::PrivateKey(key) => key.trim().parse().map_err(|_| KeyError::PrivateKey),
            Self::Mnemonic { phrase, index } => MnemonicBuilder::<English>::default()
                .phrase(phrase.trim())
                .index(*index)
                .and_then(|builder| builder.build())
                .map_err(|_| KeyError::Mnemonic),
            Self::Keystore { path, password_file } => {
                let password = read(password_file)?;
                LocalSigner::decrypt_keystore(path, password.trim_end_matches(['\r', '\n']))
                    .map_err(|source| KeyError::Keystore { path: path.clone(), source })
            }
        }
    }

    /// Reads the key as the signer of a node.
    ///
    /// # Errors
    /// If it is not there, or the password is wrong.
    pub fn signer(&self) -> Result<Signer, KeyError> {
        Ok(Arc::new(self.load()?))
    }
}

fn read(path: &Path) -> Result<String, KeyError> {
    fs::read_to_string(path).map_err(|source| KeyError::File { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloy_primitives::address;

    const PHRASE: &str = "test test test test test test test test test test test junk";
    const KEY: &str = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    /// The PBKDF2 vector of the Web3 Secret Storage definition.
    const KEYSTORE: &str = r#"{
        "crypto": {
            "cipher": "aes-128-ctr",
            "cipherparams": { "iv": "6087dab2f9fdbbfaddc31a909735c1e6" },
            "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
            "kdf": "pbkdf2",
            "kdfparams": {
                "c": 262144, "dklen": 32, "prf": "hmac-sha256",
                "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"
            },
            "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6",
        "version": 3
    }"#;

    #[test]
    fn a_mnemonic_and_its_private_key_are_one_account() {
        let words = KeySource::Mnemonic { phrase: PHRASE.to_owned(), index: 0 };
        let bare = KeySource::PrivateKey(format!("0x{KEY}\n"));
        let expected = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        assert_eq!(words.load().unwrap().address(), expected);
        assert_eq!(bare.load().unwrap().address(), expected);
    }

    #[test]
    fn a_keystore_opens_with_its_password_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (path, password_file) = (dir.path().join("key.json"), dir.path().join("password"));
        fs::write(&path, KEYSTORE).unwrap();
        let source = KeySource::Keystore { path, password_file: password_file.clone() };
        assert!(matches!(source.load(), Err(KeyError::File { .. })));
        fs::write(&password_file, "wrong\n").unwrap();
        assert!(matches!(source.load(), Err(KeyError::Keystore { .. })));
        fs::write(&password_file, "testpassword\n").unwrap();
        let expected = address!("0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b");
        assert_eq!(source.load().unwrap().address(), expected);
    }

    #[test]
    fn errors_and_debug_output_tell_nothing_of_the_key() {
        let source = KeySource::PrivateKey(format!("{KEY}00"));
        let error = source.load().unwrap_err();
        assert!(!format!("{source:?} {error:?} {error}").contains(&KEY[..8]));
        let source = KeySource::Mnemonic { phrase: PHRASE.replace("junk", "jung"), index: 3 };
        let error = source.load().unwrap_err();
        assert!(!format!("{source:?} {error:?} {error}").contains("jung"));
    }
}
