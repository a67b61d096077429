use std::{fmt, path::PathBuf, str::FromStr};

use clap::Args;
use opml_node::{service::Signer, signer::KeySource};
use serde::{Deserialize, Serialize};

use crate::{File, Flags, SettingsError};

/// Where the key of the account lies: nothing of it is secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args, Serialize, Deserialize)]
#[group(skip)]
#[command(next_help_heading = "Wallet")]
#[serde(rename_all = "kebab-case")]
pub struct KeyFile {
    /// Encrypted keystore file of the account
    #[arg(id = "opml.keystore", long = "keystore", value_name = "FILE", env = "ETH_KEYSTORE")]
    pub keystore: Option<PathBuf>,
    /// File with the keystore's password
    #[arg(
        id = "opml.password-file",
        long = "password-file",
        value_name = "FILE",
        env = "ETH_PASSWORD"
    )]
    pub password_file: Option<PathBuf>,
    /// Index of the account of a mnemonic
    #[arg(
        id = "opml.mnemonic-index",
        long = "mnemonic-index",
        value_name = "N",
        default_value_t = 0
    )]
    pub mnemonic_index: u32,
}

/// A text that nothing prints.
#[derive(Clone)]
pub struct Secret(String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// Keys themselves: flags or variables, never lines of a file.
#[derive(Debug, Clone, Args)]
#[group(skip)]
#[command(next_help_heading = "Wallet")]
pub struct Secrets {
    /// Bare private key of the account, for development chains
    #[arg(id = "opml.private-key", long = "private-key", value_name = "KEY")]
    #[arg(env = "OPML_PRIVATE_KEY", hide_env_values = true)]
    pub private_key: Option<Secret>,
    /// Mnemonic phrase of the account
    #[arg(id = "opml.mnemonic", long = "mnemonic", value_name = "PHRASE")]
    #[arg(env = "OPML_MNEMONIC", hide_env_values = true)]
    pub mnemonic: Option<Secret>,
}

/// What anvil and Hardhat call their chains, and nodes under `--dev` theirs, unless they are told otherwise.
const DEVELOPMENT_CHAINS: [u64; 2] = [31_337, 1337];

/// Whether a chain is one on which nothing is worth stealing, as far as its number says.
pub fn is_development(chain_id: u64) -> bool {
    DEVELOPMENT_CHAINS.contains(&chain_id)
}

/// The key of an account, with the flags of foundry's tools.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct Wallet<const PREFIXED: bool = false> {
    #[command(flatten)]
    files: Flags<KeyFile, PREFIXED>,
    #[command(flatten)]
    secrets: Flags<Secrets, PREFIXED>,
}

impl<const PREFIXED: bool> Wallet<PREFIXED> {
    /// The source that the flags name, if they name one.
    ///
    /// # Errors
    /// If they name more than one, or a keystore without a password.
    pub fn source(&self) -> Result<Option<KeySource>, SettingsError> {
        self.choose(self.files.values())
    }

    /// What the flags name, or else the file of settings, with its section as it holds.
    ///
    /// # Errors
    /// As [`Self::source`], or if the file has values that cannot be.
    pub fn layered(&self, file: &mut File) -> Result<(KeyFile, Option<KeySource>), SettingsError> {
        let mut files = file.layer(&self.files)?;
        let Secrets { private_key, mnemonic } = self.secrets.values();
        let is_secret = private_key.is_some() || mnemonic.is_some();
        if is_secret && !self.files.is_given("keystore") {
            // Another key than the file's: neither that nor its password.
            (files.keystore, files.password_file) = (None, None);
        }
        let source = self.choose(&files)?;
        Ok((files, source))
    }

    /// The signer, if the flags name a key.
    ///
    /// # Errors
    /// As [`Self::source`], or if the key cannot be read.
    pub fn optional(&self) -> Result<Option<Signer>, SettingsError> {
        Ok(self.source()?.map(|source| source.signer()).transpose()?)
    }

    /// The signer.
    ///
    /// # Errors
    /// If the flags name no key, or it cannot be read.
    pub fn required(&self) -> Result<Signer, SettingsError> {
        self.optional()?.ok_or_else(|| SettingsError::NoKey(Self::names()))
    }

    /// Refuses a bare private key for a program that keeps it: command lines and variables are read by others.
    ///
    /// # Errors
    /// If the source is one; the message names the flag that takes it all the same.
    pub fn refuse_bare(source: Option<&KeySource>, chain_id: u64) -> Result<(), SettingsError> {
        match source {
            Some(KeySource::PrivateKey(_)) => Err(SettingsError::BareKey {
                chain_id,
                keystore: Flags::<KeyFile, PREFIXED>::name("keystore"),
                force: Flags::<Secrets, PREFIXED>::name("force-private-key"),
            }),
            _ => Ok(()),
        }
    }

    /// The flags that name a key.
    fn names() -> String {
        ["keystore", "mnemonic", "private-key"].map(Flags::<Secrets, PREFIXED>::name).join(", ")
    }

    fn choose(&self, files: &KeyFile) -> Result<Option<KeySource>, SettingsError> {
        let Secrets { private_key, mnemonic } = self.secrets.values();
        Ok(match (private_key, mnemonic, &files.keystore) {
            (None, None, None) => None,
            (Some(Secret(key)), None, None) => Some(KeySource::PrivateKey(key.clone())),
            (None, Some(Secret(phrase)), None) => {
                let (phrase, index) = (phrase.clone(), files.mnemonic_index);
                Some(KeySource::Mnemonic { phrase, index })
            }
            (None, None, Some(path)) => {
                let Some(password_file) = files.password_file.clone() else {
                    let flag = Flags::<KeyFile, PREFIXED>::name("password-file");
                    return Err(SettingsError::NoPassword { path: path.clone(), flag });
                };
                Some(KeySource::Keystore { path: path.clone(), password_file })
            }
            _ => return Err(SettingsError::SeveralKeys(Self::names())),
        })
    }
}
