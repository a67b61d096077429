//! What both sides read: somebody's checkpoint, or weights that were never trained.

use eyre::{Result, WrapErr};
use opml_model::bert::WordPiece;
use std::{fmt::Write, fs, path::Path};

#[expect(clippy::unwrap_used, reason = "writing to a string cannot fail")]
#[expect(dead_code, reason = "the tests of embeddings make smaller ones, too")]
#[path = "../../../crates/model/tests/bert/made_up.rs"]
mod made_up;

/// Seed of the made-up weights.
const SEED: u64 = 20;

/// The files of a checkpoint.
pub(super) struct Checkpoint {
    /// `model.safetensors`.
    pub(super) weights: Vec<u8>,
    /// `config.json`.
    pub(super) config: Vec<u8>,
    /// `vocab.txt`.
    pub(super) vocabulary: WordPiece,
}

impl Checkpoint {
    /// Reads the files of a folder.
    pub(super) fn read(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).wrap_err_with(|| format!("cannot read {}", path.display()))
        };
        Ok(Self {
            weights: read("model.safetensors")?,
            config: read("config.json")?,
            vocabulary: WordPiece::from_vocabulary(&read("vocab.txt")?)?,
        })
    }

    /// Of the sizes of all-MiniLM-L6-v2; its vocabulary knows letters.
    pub(super) fn made_up() -> Result<Self> {
        let [weights, config] = made_up::files(made_up::MINI_LM, SEED);
        let mut vocabulary = String::from("[PAD]\n[UNK]\n[CLS]\n[SEP]\n");
        for letter in 'a'..='z' {
            writeln!(vocabulary, "{letter}\n##{letter}")?;
        }
        let vocabulary = WordPiece::from_vocabulary(vocabulary.as_bytes())?;
        Ok(Self { weights, config, vocabulary })
    }
}
