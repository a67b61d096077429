//! Models and inputs as they are named on the command line.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use alloy_primitives::{B256, Bytes};
use eyre::{Result, WrapErr, eyre};
use opml_settings::ModelName;

/// A model by its id, or by a file that the id is computed from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ModelRef {
    /// The id itself.
    Id(B256),
    /// The model.
    Name(ModelName),
}

impl FromStr for ModelRef {
    type Err = std::convert::Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(match name.parse() {
            Ok(id) => Self::Id(id),
            Err(_) => Self::Name(name.parse()?),
        })
    }
}

impl ModelRef {
    /// The id.
    ///
    /// # Errors
    /// If the file is no model file.
    pub(crate) fn id(&self) -> Result<B256> {
        match self {
            Self::Id(id) => Ok(*id),
            Self::Name(name) => Ok(name.load()?.id()),
        }
    }
}

/// The input of a run.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
pub(crate) struct Input {
    /// File with the bytes of the input
    #[arg(long, value_name = "FILE")]
    input: Option<PathBuf>,
    /// The bytes of the input in hex
    #[arg(long, value_name = "HEX")]
    hex: Option<String>,
}

impl Input {
    /// The bytes.
    ///
    /// # Errors
    /// If the file cannot be read or the hex is none.
    pub(crate) fn read(&self) -> Result<Bytes> {
        read(self.input.as_deref(), self.hex.as_deref())
    }
}

/// The bytes of an input, from a file or in hex.
///
/// # Errors
/// If the file cannot be read, the hex is none, or neither is given.
pub(crate) fn read(file: Option<&Path>, hex: Option<&str>) -> Result<Bytes> {
    match (file, hex) {
        (Some(path), _) => {
            fs::read(path).map(Bytes::from).wrap_err_with(|| format!("input {}", path.display()))
        }
        (None, Some(hex)) => hex::decode(hex.trim_start_matches("0x"))
            .map(Bytes::from)
            .wrap_err_with(|| format!("input {hex} is not hex")),
        (None, None) => Err(eyre!("neither --input nor --hex is given")),
    }
}
