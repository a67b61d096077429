use std::{fmt, path::PathBuf, str::FromStr};

use clap::Args;
use opml_node::{
    service::Signer,
    signer::{DerivationPath, KeySource},
};
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
    /// Key of the account in AWS KMS, by id, ARN or alias; its spec is ECC_SECG_P256K1. Region and credentials come from where AWS's
    /// own programs have them. Needs a program built with the feature aws-kms
    #[arg(id = "opml.kms-key-id", long = "kms-key-id", value_name = "ID", env = "OPML_KMS_KEY_ID")]
    pub kms_key_id: Option<String>,
    /// Key of the account on a Ledger, at this derivation path or, without one, at that of Ledger Live's first account. Needs a
    /// program built with the feature ledger
    #[arg(id = "opml.ledger", long = "ledger", value_name = "PATH", env = "OPML_LEDGER")]
    #[arg(num_args = 0..=1, require_equals = true, default_missing_value = DerivationPath::FIRST)]
    pub ledger: Option<DerivationPath>,
}

/// The sources of a key among [`KeyFile`].
const PLACES: [&str; 3] = ["keystore", "kms-key-id", "ledger"];

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
        let given = PLACES.map(|place| self.files.is_given(place));
        if is_secret || given.contains(&true) {
            // Another key than the file's: neither that nor its password.
            let [keystore, kms, ledger] = given;
            files.keystore = files.keystore.filter(|_| keystore);
            files.password_file = files.password_file.filter(|_| keystore);
            files.kms_key_id = files.kms_key_id.filter(|_| kms);
            files.ledger = files.ledger.filter(|_| ledger);
        }
        let source = self.choose(&files)?;
        Ok((files, source))
    }

    /// The signer.
    ///
    /// # Errors
    /// As [`Self::source`], or if the flags name no key, or there is none where they say.
    pub async fn required(&self) -> Result<Signer, SettingsError> {
        let source = self.source()?.ok_or_else(|| SettingsError::NoKey(Self::names()))?;
        Ok(source.signer().await?)
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
        let names = ["keystore", "mnemonic", "kms-key-id", "ledger", "private-key"];
        names.map(Flags::<Secrets, PREFIXED>::name).join(", ")
    }

    fn choose(&self, files: &KeyFile) -> Result<Option<KeySource>, SettingsError> {
        let Secrets { private_key, mnemonic } = self.secrets.values();
        let KeyFile { keystore, password_file, mnemonic_index, kms_key_id, ledger } = files;
        let named = [
            private_key.is_some(),
            mnemonic.is_some(),
            keystore.is_some(),
            kms_key_id.is_some(),
            ledger.is_some(),
        ];
        if named.into_iter().filter(|is_named| *is_named).count() > 1 {
            return Err(SettingsError::SeveralKeys(Self::names()));
        }
        Ok(if let Some(Secret(key)) = private_key {
            Some(KeySource::PrivateKey(key.clone()))
        } else if let Some(Secret(phrase)) = mnemonic {
            Some(KeySource::Mnemonic { phrase: phrase.clone(), index: *mnemonic_index })
        } else if let Some(path) = keystore.clone() {
            let Some(password_file) = password_file.clone() else {
                let flag = Flags::<KeyFile, PREFIXED>::name("password-file");
                return Err(SettingsError::NoPassword { path, flag });
            };
            Some(KeySource::Keystore { path, password_file })
        } else if let Some(key_id) = kms_key_id.clone() {
            Some(KeySource::AwsKms { key_id })
        } else {
            ledger.clone().map(|path| KeySource::Ledger { path })
        })
    }
}
