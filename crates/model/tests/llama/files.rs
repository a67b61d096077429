//! One model in every format.

use crate::{build::build, reference::Reference, stories::GREEDY, tiny::Tiny};
use opml_engine::ModelFile;
use opml_model::{
    checkpoint::Blocks,
    llama::{Answer, Generation, Llama, LlamaOptions, Prompt, encode_prompt},
};
use std::sync::Arc;

fn answer(model: Arc<ModelFile>, count: u32) -> Answer {
    let input = encode_prompt(&Prompt::Text(b"abc a".to_vec()), count, &GREEDY);
    let mut generation = Generation::new(model, &input).unwrap();
    while generation.next_token().unwrap().is_some() {}
    Answer::from_output(generation.engine().output()).unwrap()
}

/// The reader's model answers as the float reference does on what the reader has read.
fn agrees(llama: &Llama<'_>, slack: f64) -> Answer {
    let found = answer(build(llama), 12);
    let prompt = llama.tokenizer.encode(b"abc a");
    let (expected, distance) = Reference::new(llama).greedy(&prompt, 12, &[1, 2]);
    eprintln!("closest choice by {distance:.3}");
    let same = found.tokens.iter().zip(&expected).take_while(|(a, b)| a == b).count();
    assert!(distance < slack || found.tokens == expected, "{same} of {}", expected.len());
    assert!(same > 0, "already the first token is another");
    found
}

#[test]
fn every_format_gives_the_same_model() {
    let tiny = Tiny::new(10);
    let (checkpoint, tokenizer) = tiny.llama2c();
    let plain = Llama::from_llama2c(&checkpoint, &tokenizer).unwrap();
    let expected = agrees(&plain, 1e-3);
    let gguf = tiny.gguf(0);
    let gguf = Llama::from_gguf(&gguf).unwrap();
    assert_eq!(build(&gguf).id(), build(&Llama::from_gguf(&tiny.gguf(0)).unwrap()).id());
    assert_eq!(agrees(&gguf, 1e-3), expected);
    let [weights, config, tokens] = tiny.huggingface();
    let halves = Llama::from_safetensors(&weights, &config, &tokens).unwrap();
    assert_eq!(agrees(&halves, 1e-3), expected);
    agrees(&Llama::from_gguf(&tiny.gguf(1)).unwrap(), 1e-3);
}

/// Activations are quantised too, which the reference does not do: it may differ where two tokens are close.
#[test]
fn blocks_answer_about_as_their_values_do() {
    for kind in [8, 2] {
        let file = Tiny::new(11).gguf(kind);
        agrees(&Llama::from_gguf(&file).unwrap(), 0.3);
    }
}

/// Weights of floats become blocks on the way into the model; those that are blocks already, or have rows of another length, do not.
#[test]
fn floats_are_quantised_to_blocks() {
    let tiny = Tiny::new(15);
    let (checkpoint, tokenizer) = tiny.llama2c();
    let plain = Llama::from_llama2c(&checkpoint, &tokenizer).unwrap();
    let quantised = |llama: &Llama<'_>, blocks| {
        let options = LlamaOptions { name: "tiny".to_owned(), context: None, blocks: Some(blocks) };
        llama.build(&options).map(Arc::new)
    };
    let prompt = plain.tokenizer.encode(b"abc a");
    let (expected, distance) = Reference::new(&plain).greedy(&prompt, 1, &[1, 2]);
    for (blocks, slack) in [(Blocks::Q8_0, 0.1), (Blocks::Q4_0, 1.0)] {
        let model = quantised(&plain, blocks).unwrap();
        assert_eq!(model.id(), quantised(&plain, blocks).unwrap().id());
        assert!(model.bytes().len() < build(&plain).bytes().len());
        let found = answer(model, 1).tokens;
        assert!(distance < slack || found == expected, "{blocks}: {found:?}, {expected:?}");
    }
    let file = tiny.gguf(8);
    let error = quantised(&Llama::from_gguf(&file).unwrap(), Blocks::Q4_0).unwrap_err();
    assert!(error.to_string().contains("Q8_0"), "{error}");
}
