//! The language model of the demo: built from the committed checkpoint, on every use anew.

use opml_engine::ModelFile;

use crate::{
    checkpoint::CheckpointError,
    llama::{Llama, LlamaOptions},
};

const CHECKPOINT: &[u8] = include_bytes!("../../../models/stories/stories.bin");
const TOKENIZER: &[u8] = include_bytes!("../../../models/stories/tokenizer.bin");

/// Returns the model: a LLaMA of three layers that tells short tales (`tools/train_stories.py`).
///
/// # Errors
/// Only if the committed files are damaged.
pub fn stories() -> Result<ModelFile, CheckpointError> {
    let options = LlamaOptions { name: "stories".to_owned(), context: None, blocks: None };
    stories_checkpoint()?.build(&options)
}

/// Returns the checkpoint that the model is built from.
///
/// # Errors
/// Only if the committed files are damaged.
pub fn stories_checkpoint() -> Result<Llama<'static>, CheckpointError> {
    Llama::from_llama2c(CHECKPOINT, TOKENIZER)
}
