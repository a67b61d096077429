//! Building and running models.

use crate::made_up::Shape;
use opml_engine::{Engine, ModelFile};
use opml_model::{
    bert::{Bert, BertOptions, encode_tokens},
    checkpoint::Blocks,
};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

pub(crate) fn build(bert: &Bert<'_>, blocks: Option<Blocks>) -> Arc<ModelFile> {
    let options = BertOptions { name: "made up".to_owned(), context: None, blocks };
    Arc::new(bert.build(&options).unwrap())
}

/// A text of random tokens of both types.
pub(crate) fn sentence(shape: Shape, most: usize, rng: &mut ChaCha8Rng) -> Vec<(u32, u32)> {
    let length = rng.random_range(1..=most);
    let first = rng.random_range(0..=length);
    (0..length)
        .map(|i| (rng.random_range(0..shape.vocabulary as u32), u32::from(i >= first)))
        .collect()
}

/// What the model makes of a text, on the native engine.
pub(crate) fn embed(model: &Arc<ModelFile>, tokens: &[(u32, u32)]) -> Vec<f32> {
    let mut engine = Engine::new(Arc::clone(model), &encode_tokens(tokens)).unwrap();
    engine.run_to_halt(model.header().max_steps).unwrap();
    assert_eq!(engine.refusal(), None);
    engine.output().as_chunks().0.iter().map(|word| f32::from_le_bytes(*word)).collect()
}
