//! What a node holds to compute with: models verified against their ids, and guest programs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

use alloy_primitives::B256;
use opml_engine::{ModelError, ModelFile};
use opml_fpvm::{ElfError, Program};
use thiserror::Error;

/// A guest program with the root that a guest version names it by.
pub struct Guest {
    /// G of the freshly loaded program.
    pub root: B256,
    /// The program.
    pub program: Arc<Program>,
}

impl fmt::Debug for Guest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guest").field("root", &self.root).finish_non_exhaustive()
    }
}

/// Why a file was not taken in.
#[derive(Debug, Error)]
pub enum LibraryError {
    /// The file cannot be read as a model.
    #[error("model {}: {source}", path.display())]
    Model {
        /// The file.
        path: PathBuf,
        /// Why.
        source: ModelError,
    },
    /// The file is another model than was asked for.
    #[error("{} has model id {found}, not {expected}", path.display())]
    OtherModel {
        /// The file.
        path: PathBuf,
        /// The id that was asked for.
        expected: B256,
        /// The id of the file, computed from all of its bytes.
        found: B256,
    },
    /// The bytes are no guest program.
    #[error("guest program: {0}")]
    Guest(#[from] ElfError),
}

/// The allow-list: a node acts on nothing else.
#[derive(Debug, Clone, Default)]
pub struct Library {
    models: BTreeMap<B256, Arc<ModelFile>>,
    guests: BTreeMap<B256, Arc<Guest>>,
}

impl Library {
    /// An empty library.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes in a model whose id was computed from all of its bytes.
    pub fn add_model(&mut self, model: Arc<ModelFile>) -> B256 {
        let id = model.id();
        self.models.insert(id, model);
        id
    }

    /// Reads a model file and hashes it completely.
    ///
    /// # Errors
    /// If it is no model file, or another model than `expected`.
    pub fn add_model_file(
        &mut self,
        path: &Path,
        expected: Option<B256>,
    ) -> Result<B256, LibraryError> {
        let model = ModelFile::verify(path)
            .map_err(|source| LibraryError::Model { path: path.to_owned(), source })?;
        let found = model.id();
        if let Some(expected) = expected.filter(|expected| *expected != found) {
            return Err(LibraryError::OtherModel { path: path.to_owned(), expected, found });
        }
        Ok(self.add_model(Arc::new(model)))
    }

    /// Takes in a guest program.
    ///
    /// # Errors
    /// If the bytes are no program that the machine can run.
    pub fn add_guest(&mut self, elf: &[u8]) -> Result<B256, LibraryError> {
        let program = Program::from_elf(elf)?;
        let root = program.guest_root();
        self.guests.insert(root, Arc::new(Guest { root, program: Arc::new(program) }));
        Ok(root)
    }

    /// The model of an id.
    pub fn model(&self, id: B256) -> Option<&Arc<ModelFile>> {
        self.models.get(&id)
    }

    /// The guest program of a root.
    pub fn guest(&self, root: B256) -> Option<&Arc<Guest>> {
        self.guests.get(&root)
    }

    /// All models.
    pub fn models(&self) -> impl Iterator<Item = &Arc<ModelFile>> {
        self.models.values()
    }

    /// All guest programs.
    pub fn guests(&self) -> impl Iterator<Item = &Arc<Guest>> {
        self.guests.values()
    }

    /// Ids of all models.
    pub fn model_ids(&self) -> BTreeSet<B256> {
        self.models.keys().copied().collect()
    }

    /// Roots of all guest programs.
    pub fn guest_roots(&self) -> BTreeSet<B256> {
        self.guests.keys().copied().collect()
    }
}
