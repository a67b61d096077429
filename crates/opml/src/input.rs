//! Models and inputs as they are named on the command line.

use std::{
    fs,
    path::{Path, PathBuf},
    str::FromStr,
    sync::Arc,
};

use alloy_primitives::{B256, Bytes};
use eyre::{Result, WrapErr, eyre};
use opml_engine::ModelFile;
use opml_node::Library;

/// A model: a file, or the name of one that ships with this program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ModelName {
    /// The digit classifier of the demo.
    Digits,
    /// The language model that tells tales.
    Stories,
    /// A model file.
    File(PathBuf),
}

impl FromStr for ModelName {
    type Err = std::convert::Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(match name {
            "digits" => Self::Digits,
            "stories" => Self::Stories,
            _ => Self::File(name.into()),
        })
    }
}

impl ModelName {
    /// Opens the model; one that was opened before is not hashed again.
    ///
    /// # Errors
    /// If the file is no model file.
    pub(crate) fn load(&self) -> Result<Arc<ModelFile>> {
        Ok(Arc::new(match self {
            Self::Digits => opml_model::digits().wrap_err("model digits")?,
            Self::Stories => opml_model::stories().wrap_err("model stories")?,
            Self::File(path) => {
                ModelFile::open(path).wrap_err_with(|| format!("model {}", path.display()))?
            }
        }))
    }

    /// Reads the model into `library`. Of a file every byte is hashed, whatever lies beside it: money is staked on the id.
    ///
    /// # Errors
    /// If the file is no model file.
    pub(crate) fn load_into(&self, library: &mut Library) -> Result<B256> {
        Ok(match self {
            Self::Digits | Self::Stories => library.add_model(self.load()?),
            Self::File(path) => library.add_model_file(path, None)?,
        })
    }
}

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
