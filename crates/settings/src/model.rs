use std::{convert::Infallible, fmt, path::PathBuf, str::FromStr, sync::Arc};

use alloy_primitives::B256;
use opml_engine::ModelFile;
use opml_node::Library;
use serde::{Deserialize, Serialize};

use crate::SettingsError;

/// A model: a file, or the name of one that ships with the programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum ModelName {
    /// The digit classifier of the demo.
    Digits,
    /// The language model that tells tales.
    Stories,
    /// A model file.
    File(PathBuf),
}

impl From<&str> for ModelName {
    fn from(name: &str) -> Self {
        match name {
            "digits" => Self::Digits,
            "stories" => Self::Stories,
            _ => Self::File(name.into()),
        }
    }
}

impl From<String> for ModelName {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

impl From<ModelName> for String {
    fn from(name: ModelName) -> Self {
        name.to_string()
    }
}

impl FromStr for ModelName {
    type Err = Infallible;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(name.into())
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Digits => f.write_str("digits"),
            Self::Stories => f.write_str("stories"),
            Self::File(path) => path.display().fmt(f),
        }
    }
}

impl ModelName {
    /// Opens the model; one that was opened before is not hashed again.
    ///
    /// # Errors
    /// If the file is no model file.
    pub fn load(&self) -> Result<Arc<ModelFile>, SettingsError> {
        let named = |reason: String| SettingsError::Model { name: self.to_string(), reason };
        Ok(Arc::new(match self {
            Self::Digits => opml_model::digits().map_err(|error| named(error.to_string()))?,
            Self::Stories => opml_model::stories().map_err(|error| named(error.to_string()))?,
            Self::File(path) => ModelFile::open(path).map_err(|error| named(error.to_string()))?,
        }))
    }

    /// Reads the model into `library`. Of a file every byte is hashed, whatever lies beside it: money is staked on the id.
    ///
    /// # Errors
    /// If the file is no model file.
    pub fn load_into(&self, library: &mut Library) -> Result<B256, SettingsError> {
        Ok(match self {
            Self::Digits | Self::Stories => library.add_model(self.load()?),
            Self::File(path) => library.add_model_file(path, None)?,
        })
    }
}
