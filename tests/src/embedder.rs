//! The model of sentence embeddings that the demo asks: somebody's checkpoint, or made-up weights of the same sizes.

use std::{fmt::Write, fs, path::Path, sync::Arc};

use eyre::{Result, WrapErr};
use opml_engine::ModelFile;
use opml_model::bert::{Bert, BertOptions, WordPiece, encode_tokens};

#[expect(clippy::unwrap_used, reason = "writing to a string cannot fail")]
#[expect(dead_code, reason = "the tests of embeddings make smaller ones, too")]
#[path = "../../crates/model/tests/bert/made_up.rs"]
mod made_up;

/// Seed of the made-up weights.
const SEED: u64 = 20;

/// A model of the BERT family with its vocabulary.
#[derive(Debug)]
pub struct Embedder {
    /// The model, in f32.
    pub model: Arc<ModelFile>,
    vocabulary: WordPiece,
}

impl Embedder {
    /// Reads a folder with `model.safetensors`, `config.json` and `vocab.txt`.
    ///
    /// # Errors
    /// If a file is missing or is not what its name says.
    pub fn open(folder: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = folder.join(name);
            fs::read(&path).wrap_err_with(|| format!("cannot read {}", path.display()))
        };
        let files = [read("model.safetensors")?, read("config.json")?, read("vocab.txt")?];
        Self::new(&files).wrap_err_with(|| format!("the checkpoint in {}", folder.display()))
    }

    /// Makes a model of the sizes of all-MiniLM-L6-v2, whose weights mean nothing. Words are spelt: its vocabulary knows letters and digits.
    ///
    /// # Errors
    /// Never.
    pub fn made_up() -> Result<Self> {
        let [weights, config] = made_up::files(made_up::MINI_LM, SEED);
        let mut vocabulary = String::from("[PAD]\n[UNK]\n[CLS]\n[SEP]\n");
        for letter in ('a'..='z').chain('0'..='9') {
            writeln!(vocabulary, "{letter}\n##{letter}")?;
        }
        Self::new(&[weights, config, vocabulary.into_bytes()])
    }

    fn new([weights, config, vocabulary]: &[Vec<u8>; 3]) -> Result<Self> {
        let vocabulary = WordPiece::from_vocabulary(vocabulary)?;
        let options = BertOptions { name: "minilm".to_owned(), context: None, blocks: None };
        let model = Bert::from_safetensors(weights, config)?.build(&options)?;
        Ok(Self { model: Arc::new(model), vocabulary })
    }

    /// The input that asks for the embedding of a sentence, of which no more is read than the model has positions.
    pub fn question(&self, sentence: &str) -> Vec<u8> {
        let most = self.model.header().input_max as usize / encode_tokens(&[(0, 0)]).len();
        encode_tokens(&self.vocabulary.encode(sentence, most))
    }
}
