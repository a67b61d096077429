//! Sentence embeddings: how many there are in a second, and how near those of both sides are to each other.

mod candle;
mod checkpoint;

use crate::{
    profile::{self, Profile},
    table::{Row, Similarity, cosine},
    timing,
};
use checkpoint::Checkpoint;
use eyre::{Result, ensure};
use opml_engine::{Cpu, Engine, ModelFile};
use opml_model::{
    bert::{Bert, BertOptions, encode_tokens},
    checkpoint::Blocks,
};
use std::{path::Path, sync::Arc, time::Duration};

/// What rows are called.
pub(crate) const NAME: &str = "MiniLM";

/// One sentence a line.
const SENTENCES: &str = include_str!("sentences.txt");
/// Tokens of the text that is timed.
const TOKENS: usize = 128;
/// Both precisions, by name, with the least cosine that counts as the same embedding.
const PRECISIONS: [(&str, Option<Blocks>, f64); 2] =
    [("f32", None, 0.999_99), ("Q8_0", Some(Blocks::Q8_0), 0.99)];

/// Compares embeddings of a checkpoint, or of one that was never trained, with candle's in f32.
///
/// # Errors
/// If one of the sides fails, or they embed a sentence differently.
pub(crate) fn measure(folder: Option<&Path>, cpu: &Cpu) -> Result<(Vec<Row>, Vec<Similarity>)> {
    let checkpoint = open(folder)?;
    let peer = candle::Model::new(&checkpoint.weights, &checkpoint.config)?;
    let (mut rows, mut similarities) = (Vec::new(), Vec::new());
    for (precision, blocks, bar) in PRECISIONS {
        let model = build(&checkpoint, blocks)?;
        let mut least = f64::INFINITY;
        for sentence in SENTENCES.lines() {
            let tokens = tokens(&checkpoint, sentence, TOKENS);
            let [ours, peer] = [run(&model, &tokens, cpu)?.1, peer.embed(&tokens)?];
            let cosine = cosine(&ours, &peer);
            ensure!(cosine >= bar, "{precision}, {sentence:?}: the embeddings' cosine is {cosine}");
            least = least.min(cosine);
        }
        similarities.push(Similarity {
            name: format!("{NAME} {precision}"),
            count: SENTENCES.lines().count(),
            least,
            peer_name: "candle, f32",
        });

        let text = tokens(&checkpoint, &SENTENCES.replace('\n', " "), TOKENS);
        let [ours, peer] =
            timing::best_of_both(|| Ok(run(&model, &text, cpu)?.0), || peer.time(&text))?;
        let rate = |time: Duration| 1.0 / time.as_secs_f64();
        rows.push(Row {
            name: format!("{NAME} {precision}, {TOKENS} tokens"),
            unit: "texts/s",
            ours: rate(ours),
            peer: rate(peer),
            peer_name: "candle, f32",
            ratio: rate(ours) / rate(peer),
        });
    }
    Ok((rows, similarities))
}

/// Where the time of a text goes, operator by operator.
///
/// # Errors
/// If the model cannot be built or run.
pub(crate) fn profile(folder: Option<&Path>, cpu: &Cpu) -> Result<()> {
    let checkpoint = open(folder)?;
    let text = tokens(&checkpoint, &SENTENCES.replace('\n', " "), TOKENS);
    for (precision, blocks, _) in PRECISIONS {
        let model = build(&checkpoint, blocks)?;
        let engine = Engine::new(model, &encode_tokens(&text))?;
        profile::print(&format!("{NAME} {precision}"), &Profile::of(engine.with_cpu(cpu.clone()))?);
    }
    Ok(())
}

fn open(folder: Option<&Path>) -> Result<Checkpoint> {
    folder.map_or_else(Checkpoint::made_up, Checkpoint::read)
}

fn build(checkpoint: &Checkpoint, blocks: Option<Blocks>) -> Result<Arc<ModelFile>> {
    let options = BertOptions { name: NAME.to_owned(), context: None, blocks };
    let bert = Bert::from_safetensors(&checkpoint.weights, &checkpoint.config)?;
    Ok(Arc::new(bert.build(&options)?))
}

fn tokens(checkpoint: &Checkpoint, text: &str, most: usize) -> Vec<(u32, u32)> {
    checkpoint.vocabulary.encode(text, most)
}

/// The time of one embedding, and the embedding.
fn run(model: &Arc<ModelFile>, tokens: &[(u32, u32)], cpu: &Cpu) -> Result<(Duration, Vec<f32>)> {
    let max = model.header().max_steps;
    let mut engine = Engine::new(Arc::clone(model), &encode_tokens(tokens))?.with_cpu(cpu.clone());
    let time = timing::time(|| Ok(engine.run_to_halt(max).map(drop)?))?;
    ensure!(engine.refusal().is_none(), "the program was refused: {:?}", engine.refusal());
    let words = engine.output().as_chunks().0;
    Ok((time, words.iter().map(|word| f32::from_le_bytes(*word)).collect()))
}
