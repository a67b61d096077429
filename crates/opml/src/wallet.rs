//! Keys, with the flags of foundry's tools.

use std::path::PathBuf;

use eyre::{Result, bail};
use opml_node::{service::Signer, signer::KeySource};

/// Where the key comes from.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Wallet")]
pub(crate) struct Wallet {
    /// Bare private key, for development chains
    #[arg(long, value_name = "KEY", env = "OPML_PRIVATE_KEY", hide_env_values = true)]
    private_key: Option<String>,
    /// Mnemonic phrase
    #[arg(long, value_name = "PHRASE", env = "OPML_MNEMONIC", hide_env_values = true)]
    mnemonic: Option<String>,
    /// Index of the account of the mnemonic
    #[arg(long, value_name = "N", default_value_t = 0)]
    mnemonic_index: u32,
    /// Encrypted keystore file
    #[arg(long, value_name = "FILE", env = "ETH_KEYSTORE")]
    keystore: Option<PathBuf>,
    /// File with the keystore's password
    #[arg(long, value_name = "FILE", env = "ETH_PASSWORD")]
    password_file: Option<PathBuf>,
}

impl Wallet {
    /// The source that the flags name, if they name one.
    ///
    /// # Errors
    /// If they name more than one, or a keystore without a password.
    fn source(&self) -> Result<Option<KeySource>> {
        Ok(match (&self.private_key, &self.mnemonic, &self.keystore) {
            (None, None, None) => None,
            (Some(key), None, None) => Some(KeySource::PrivateKey(key.clone())),
            (None, Some(phrase), None) => {
                let (phrase, index) = (phrase.clone(), self.mnemonic_index);
                Some(KeySource::Mnemonic { phrase, index })
            }
            (None, None, Some(path)) => {
                let Some(password_file) = self.password_file.clone() else {
                    bail!("keystore {} needs --password-file", path.display());
                };
                Some(KeySource::Keystore { path: path.clone(), password_file })
            }
            _ => bail!("give one of --private-key, --mnemonic and --keystore, not several"),
        })
    }

    /// The signer, if the flags name a key.
    ///
    /// # Errors
    /// If the key cannot be read.
    pub(crate) fn optional(&self) -> Result<Option<Signer>> {
        Ok(self.source()?.map(|source| source.signer()).transpose()?)
    }

    /// The signer.
    ///
    /// # Errors
    /// If the flags name no key, or it cannot be read.
    pub(crate) fn required(&self) -> Result<Signer> {
        match self.optional()? {
            Some(signer) => Ok(signer),
            None => bail!("a key is needed: give --keystore, --mnemonic or --private-key"),
        }
    }
}
