//! Models of made-up checkpoints.

use crate::tiny::Tiny;
use opml_engine::ModelFile;
use opml_model::llama::{Llama, LlamaOptions};
use std::sync::Arc;

pub(crate) fn build(llama: &Llama<'_>) -> Arc<ModelFile> {
    let options = LlamaOptions { name: "tiny".to_owned(), context: None, blocks: None };
    Arc::new(llama.build(&options).unwrap())
}

pub(crate) fn tiny_model(seed: u64) -> Arc<ModelFile> {
    let (checkpoint, tokenizer) = Tiny::new(seed).llama2c();
    build(&Llama::from_llama2c(&checkpoint, &tokenizer).unwrap())
}
