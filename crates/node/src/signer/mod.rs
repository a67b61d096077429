//! Keys: read when a node starts, kept in memory, never written; or asked for every signature where they are, outside of the machine.

mod error;
#[cfg(feature = "aws-kms")]
mod kms;
#[cfg(feature = "ledger")]
mod ledger;
mod path;
#[cfg(any(feature = "aws-kms", feature = "ledger"))]
mod remote;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use alloy::signers::local::{LocalSigner, MnemonicBuilder, PrivateKeySigner, coins_bip39::English};

pub use error::{KeyError, PathError};
pub use path::DerivationPath;

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
    /// A key in AWS KMS, whose spec is `ECC_SECG_P256K1`.
    AwsKms {
        /// Id, ARN or alias of the key.
        key_id: String,
    },
    /// A key on a Ledger.
    Ledger {
        /// Which of its keys.
        path: DerivationPath,
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
            Self::AwsKms { key_id } => f.debug_struct("AwsKms").field("key_id", key_id).finish(),
            Self::Ledger { path } => f.debug_struct("Ledger").field("path", path).finish(),
        }
    }
}

impl KeySource {
    /// The signer: of a key that is read here, or of one that stays where it is.
    ///
    /// # Errors
    /// If there is no such key, its password is wrong, who has it refuses or does not answer, or the program is not built to ask.
    pub async fn signer(&self) -> Result<Signer, KeyError> {
        match self {
            Self::PrivateKey(key) => Ok(Arc::new(bare(key)?)),
            Self::Mnemonic { phrase, index } => Ok(Arc::new(derived(phrase, *index)?)),
            Self::Keystore { path, password_file } => Ok(Arc::new(decrypted(path, password_file)?)),
            #[cfg(feature = "aws-kms")]
            Self::AwsKms { key_id } => kms::open(key_id).await,
            #[cfg(not(feature = "aws-kms"))]
            Self::AwsKms { .. } => {
                Err(KeyError::NotBuilt { place: "a key in AWS KMS", feature: "aws-kms" })
            }
            #[cfg(feature = "ledger")]
            Self::Ledger { path } => ledger::open(path).await,
            #[cfg(not(feature = "ledger"))]
            Self::Ledger { .. } => {
                Err(KeyError::NotBuilt { place: "a key on a Ledger", feature: "ledger" })
            }
        }
    }
}

fn bare(key: &str) -> Result<PrivateKeySigner, KeyError> {
    key.trim().parse().map_err(|_| KeyError::PrivateKey)
}

fn derived(phrase: &str, index: u32) -> Result<PrivateKeySigner, KeyError> {
    MnemonicBuilder::<English>::default()
        .phrase(phrase.trim())
        .index(index)
        .and_then(|builder| builder.build())
        .map_err(|_| KeyError::Mnemonic)
}

fn decrypted(path: &Path, password_file: &Path) -> Result<PrivateKeySigner, KeyError> {
    let password = read(password_file)?;
    LocalSigner::decrypt_keystore(path, password.trim_end_matches(['\r', '\n']))
        .map_err(|source| KeyError::Keystore { path: path.to_owned(), source })
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

    #[tokio::test]
    async fn a_mnemonic_and_its_private_key_are_one_account() {
        let words = KeySource::Mnemonic { phrase: PHRASE.to_owned(), index: 0 };
        let bare = KeySource::PrivateKey(format!("0x{KEY}\n"));
        let expected = address!("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
        assert_eq!(words.signer().await.unwrap().address(), expected);
        assert_eq!(bare.signer().await.unwrap().address(), expected);
    }

    #[tokio::test]
    async fn a_keystore_opens_with_its_password_alone() {
        let dir = tempfile::tempdir().unwrap();
        let (path, password_file) = (dir.path().join("key.json"), dir.path().join("password"));
        fs::write(&path, KEYSTORE).unwrap();
        let source = KeySource::Keystore { path, password_file: password_file.clone() };
        assert!(matches!(source.signer().await, Err(KeyError::File { .. })));
        fs::write(&password_file, "wrong\n").unwrap();
        assert!(matches!(source.signer().await, Err(KeyError::Keystore { .. })));
        fs::write(&password_file, "testpassword\n").unwrap();
        let expected = address!("0x008AeEda4D805471dF9b2A5B0f38A0C3bCBA786b");
        assert_eq!(source.signer().await.unwrap().address(), expected);
    }

    #[tokio::test]
    async fn errors_and_debug_output_tell_nothing_of_the_key() {
        let source = KeySource::PrivateKey(format!("{KEY}00"));
        let error = source.signer().await.err().unwrap();
        assert!(!format!("{source:?} {error:?} {error}").contains(&KEY[..8]));
        let source = KeySource::Mnemonic { phrase: PHRASE.replace("junk", "jung"), index: 3 };
        let error = source.signer().await.err().unwrap();
        assert!(!format!("{source:?} {error:?} {error}").contains("jung"));
    }
}
